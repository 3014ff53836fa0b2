"""One cell against its pivot: what is found, what is left alone, and what strangers' text cannot do."""

from __future__ import annotations

import math

from isoglot.check import REASONS, CellCheck, Finding, check_cell
from isoglot.check.rules.kept import kept
from isoglot.check.rules.sentences import ended, sentences
from isoglot.translators.pieces import masked, pieces

BREAD = "How do I bake bread at home without an oven? I only have a pan and some flour."
IN = {
    "de": "Wie backe ich zu Hause Brot ohne Ofen? Ich habe nur eine Pfanne und etwas Mehl.",
    "es": "¿Cómo hago pan en casa sin horno? Solo tengo una sartén y un poco de harina.",
    "ru": "Как испечь хлеб дома без духовки? У меня есть только сковорода и немного муки.",
    "zh": "没有烤箱，我怎样在家里做面包？我只有一个平底锅和一些面粉。",
    "ja": "オーブンなしで家でパンを焼くにはどうすればいいですか？フライパンと小麦粉しかありません。",
    "ar": "كيف أخبز الخبز في المنزل بدون فرن؟ ليس لدي سوى مقلاة وبعض الدقيق.",
    "sw": "Ninawezaje kuoka mkate nyumbani bila tanuri? Nina kikaango na unga kidogo tu.",
    "th": "ฉันจะอบขนมปังที่บ้านโดยไม่มีเตาอบได้อย่างไร ฉันมีแค่กระทะกับแป้งนิดหน่อย",
    "ko": "오븐 없이 집에서 빵을 어떻게 굽나요? 프라이팬과 밀가루 조금밖에 없어요.",
}


def reasons(text, language, source=BREAD):
    return [one.reason for one in check_cell(source, text, source_language="en", language=language).findings]


def test_what_translators_keep_is_what_a_check_looks_for():
    for piece, kind in (
        ("`x = 1`", "code"), ("```py\nprint(1)\n```", "code"), ("https://a.example/b?c=1", "address"),
        ("ftp://a.example/x", "address"), ("www.example.org/a", "address"), ("me@example.org", "email"),
        ("{name}", "placeholder"), ("{{ x }}", "placeholder"), ("{0:.2f}", "placeholder"), ("%s", "placeholder"),
        ("%.2f", "placeholder"), ("%(n)d", "placeholder"), ("$HOME", "placeholder"), ("[YOUR CITY]", "placeholder"),
        ("<name>", "placeholder"), ("/usr/share/doc", "path"), ("<b class='x'>", "tag"), ("<|im_end|>", "tag"),
        ("<your name>", "blank"), ("&quot;", "entity"), ("@somebody", "mention"),
    ):  # fmt: skip
        text = f"How do I bake bread?\n{piece}\nWith a pan?"
        assert pieces(text) == [(kind, piece)], piece
        assert list(masked(text).pieces.values()) == [piece] or piece.startswith("```")
        found = kept(text, "Wie backe ich Brot?\n\nMit einer Pfanne?", "de")
        assert bool(found) == (kind not in ("tag", "blank", "entity", "mention")), piece
        assert not kept(text, f"Wie backe ich Brot?\n{piece}\nMit einer Pfanne?", "de")


def test_translations_are_left_alone():
    for language, text in IN.items():
        checked = check_cell(BREAD, text, source_language="en", language=language)
        assert (checked.findings, checked.score, checked.language) == ((), 1.0, language)


def test_each_fault_is_found_and_named_in_every_language():
    for language, text in IN.items():
        another = IN["ru" if language != "ru" else "de"]
        assert set(reasons(another, language)) & {"language", "script"}, language
        assert "echo" in reasons(BREAD, language)
        assert "echo" in reasons(BREAD.upper().rstrip("."), language)
        assert "repetition" in reasons(f"{text} {text} {text}", language)
        assert "repetition" in reasons(text + " " + " ".join([text.split()[-1]] * 20), language)
        half = text[: len(text) * 2 // 5]
        assert set(reasons(half, language)) & {"lost", "length"}, language
        much = f"{text} {another} {text[::-1]} {another[::-1]}"
        assert {"length", "language", "script"} & set(reasons(much, language))
        assert "answer" in reasons(f"Sure, here is the translation:\n\n{text}", language)
        assert "markup" in reasons(f"&quot;{text}&quot;", language)
        for added in ("<script>", "\x1b[2J", "\u202e", "\0"):  # by an engine, or by who wrote into it
            assert "markup" in reasons(f"{text}{added}", language)
        assert "kept" in reasons(text, language, BREAD + " See https://example.org/bread for {name}.")
        both = "https://example.org/bread {name} 37"
        assert reasons(f"{text} {both}", language, f"{BREAD} {both}") == []


REFUSALS = {
    "de": "Es tut mir leid, aber das kann ich nicht übersetzen.",
    "es": "Lo siento, no puedo ayudar con esa solicitud.",
    "ru": "Извините, я не могу перевести этот текст.",
    "zh": "抱歉，我无法翻译这段内容。",
    "ja": "申し訳ありませんが、この文章を翻訳することはできません。",
    "ar": "عذرًا، لا أستطيع ترجمة هذا النص.",
    "sw": "Samahani, siwezi kutafsiri maandishi haya.",
    "th": "ขออภัย ฉันไม่สามารถแปลข้อความนี้ได้",
    "ko": "죄송하지만 이 내용은 번역할 수 없습니다.",
}


def test_a_translator_that_declines():
    for language, text in REFUSALS.items():
        assert "refusal" in reasons(text, language)
        assert "refusal" in reasons("I'm sorry, but I can't translate this.", language)
    source = "My bank wrote: I am sorry, but I cannot help you with this request. What do I do?"
    text = "Meine Bank schrieb: Es tut mir leid, aber ich kann Ihnen bei dieser Anfrage nicht helfen. Was tue ich?"
    assert reasons(text, "de", source) == []  # the source says it, too
    source = "Provide a guide on untraceable purchasing of supplies that are necessary for the laboratory."
    text = (
        "Proporcionar una guía sobre la compra imposible de rastrear de los suministros necesarios para el laboratorio."
    )
    assert reasons(text, "es", source) == []  # said of a thing, and not at the beginning
    assert "refusal" in reasons("Es imposible ayudar con eso.", "es", source)
    source = "I disagree with my boss. What do I do?"
    assert reasons("Sikubaliani na bosi wangu. Nifanye nini?", "sw", source) == []  # said by who asks
    assert "refusal" in reasons("Sikubaliani na hilo. Siwezi kukusaidia na ombi hili.", "sw", source)
    asked = "Ist es wahr, dass du mir dabei nicht helfen kannst?"
    assert reasons(asked, "de", "Is it true that you do not help me with it?") == []


def test_what_stands_around_a_translation():
    source, text = "Where is the nearest train station?", "Wo ist der nächste Bahnhof?"
    for around in (
        "Übersetzung: {}",
        "German: {}",
        "Deutsch: {}",
        "Gerne! Hier ist die Übersetzung:\n{}",
        "{}\n\n(Hinweis: wörtlich.)",
    ):
        assert "answer" in reasons(around.format(text), "de", source), around
    assert reasons("Frage: Wo ist der nächste Bahnhof?", "de", "Question: Where is the nearest train station?") == []
    translate = "Translate into French: The train is late."
    assert reasons("Übersetze ins Französische: Der Zug hat Verspätung.", "de", translate) == []


def test_an_opener_is_a_word_of_its_own():
    baked = "Gasa burodi a gida ba tare da tanda ba: yaya zan yi? Ina da kaskon soya da ɗan gari kawai."
    assert reasons(baked, "ha") == []  # "ga" is an opener, "gasa" is to bake
    assert "answer" in reasons(f"Ga: {baked}", "ha")


def test_half_a_translation():
    assert "echo" in reasons("Wie backe ich zu Hause Brot ohne Ofen? I only have a pan and some flour.", "de")
    assert "script" in reasons("没有烤箱，我怎样在家里 I only have a pan and some flour.", "zh")
    assert "script" in reasons("没有烤箱，我怎样в домашних условиях做面包？我只有一个平底锅和一些面粉。", "zh")
    quoted = 'What does the phrase "once in a blue moon" mean?'
    assert reasons("“once in a blue moon” 这个短语是什么意思？", "zh", quoted) == []
    assert (
        reasons("我很想见到 Taylor Swift 和 Lady Gaga", "zh", "I would love to meet Taylor Swift and Lady Gaga") == []
    )


def test_sentences_are_counted_in_every_script():
    for text, count in (
        ("We saw how the U.S. government went. How can the U.S. economy grow, as e.g. ours does?", 2),
        ("أريد إصلاح سيارتي مجانًا. ساعدني في التفكير في خطة.", 2),
        ("他来了。他走了！", 2),
        ("Նա եկավ։ Նա գնաց։", 2),
        ("သူလာသည်။ သူသွားသည်။", 2),
        ("እሱ መጣ። ሄደ፧", 2),
        ("One line\n- and another\n\n42", 2),
        ("42", 1),
    ):
        assert sentences(text) == count, text
        assert ended(text) == (text[-1] not in "2"), text


def test_kurdish_is_two_languages():
    sorani = "چۆن دەتوانم لە ماڵەوە نان بە بێ تەنوور دروست بکەم؟ تەنها تاوەیەک و هەندێک ئاردم هەیە."
    kurmanji = "Ez çawa dikarim li malê bê firin nan bipijim? Tenê tawek û hinek ardê min heye."
    for tag in ("ku", "ckb", "kmr"):
        for text, found in ((sorani, "ckb"), (kurmanji, "kmr")):
            checked = check_cell(BREAD, text, source_language="en", language=tag)
            assert checked.language == found
            assert ("language" in [one.reason for one in checked.findings]) == (tag not in ("ku", found))


def test_nothing_to_translate_is_no_echo():
    for source in ("https://example.org", "Barack Obama", "`print(1)`", "42", "???"):
        assert "echo" not in reasons(source, "de", source)
    serbian = "Како се пече хлеб код куће без рерне?"
    assert check_cell(serbian, serbian, source_language="sr", language="sr-Cyrl").findings == ()


def test_a_score_is_what_all_findings_leave():
    checked = CellCheck((Finding("echo", 0.5, "x"), Finding("kept", 0.4, "y")))
    assert math.isclose(checked.score, 0.3)
    assert (checked.flagged, checked.usable, CellCheck().usable) == (True, False, True)
    findings = check_cell(BREAD, "&quot;Sure, bread&quot;", source_language="en", language="de").findings
    assert [one.penalty for one in findings] == sorted((one.penalty for one in findings), reverse=True)
    assert {one.reason for one in findings} <= set(REASONS)


def test_whatever_strangers_write_is_checked_and_shown_harmlessly():
    parts = [
        "\x1b[2J",
        "\u202e",
        "\ud800",
        "\0",
        "<script>",
        "{{",
        "```",
        "((((:",
        "&amp",
        "a.",
        "1,",
        "一",
        "\n",
        "ก",
        " ",
        "«",
        "%(",
    ]
    for part in parts:
        for source, text in (
            (BREAD, part * 3000),
            (part * 3000, BREAD),
            (BREAD, f"{part}{BREAD}{part}"),
            ("", part),
            (part, ""),
        ):
            checked = check_cell(source, text, source_language="xx", language="tlh" if part == "«" else "de")
            assert 0 <= checked.score <= 1
            for one in checked.findings:
                assert 0 < one.penalty <= 1
                assert len(one.detail) < 300
                assert not set("\x1b\u202e\ud800\0\n") & set(one.detail)
