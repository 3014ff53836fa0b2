"""What language a text is in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from isoglot import PromptGroups
from isoglot.languages import LANGUAGES, base_tag, identify, main_script, tellable

ODD = ("xx", "pt-BR", "zh-Latn", "ar-Latn", "zh-TW", "ko-Kore", "ja-Hans", "zho", "ku-Latn")
TEN = ("en", "zh", "ru", "ja", "ar", "bn", "sw", "ur", "ps", "ckb", "kmr")


@pytest.mark.parametrize(
    ("text", "tag"),
    [
        ("This is plainly an English sentence about bread.", "en"),
        ("短い", "ja"),
        ("面包很好吃", "zh"),
        ("面包", "undetermined"),  # these characters are Japanese, too
        ("使用禁止", "undetermined"),
        ("Нан пісіру үшін алдымен ұнды суға және тұзға араластырыңыз.", "undetermined"),  # Kazakh
        ("Ekmek yapmak için önce unu su ve tuzla karıştırın.", "undetermined"),  # Turkish
        ("パン", "ja"),
        ("Samahani, siwezi kukusaidia na ombi hilo.", "sw"),
        ("ببوورە، ناتوانم لەم داواکارییەدا یارمەتیت بدەم.", "ckb"),
        ("Bibore, ez nikarim ji bo vê daxwazê alîkariya te bikim.", "kmr"),
        ("short", "undetermined"),
        ("12345 !!", "undetermined"),
        ("", "undetermined"),
        ("ሰላም ለዓለም ሁሉ ይሁን", "undetermined"),
    ],
)
def test_identify(text, tag):
    assert identify(text, TEN) == tag


def test_only_candidates_are_given():
    assert identify("This is plainly an English sentence about bread.", ["sw", "zh"]) in ("sw", "undetermined")
    assert identify("Это русское предложение", ["en", "ru"]) == "ru"


def test_tags_with_regions_stand_for_their_language():
    text = "Esta é claramente uma frase em português sobre o pão."
    assert identify(text, ["en", "pt-BR", "sw"]) == "pt-BR"
    assert identify(text, ["pt-BR", "pt", "en"]) == "pt-BR"
    assert identify("面包", ["en", "zh-Hant"]) == "zh-Hant"
    assert identify("Hleb se peče u vrućoj peći oko jednog sata.", ["en", "sr"]) == "sr"
    assert identify("Хлеб се пече у врућој пећи око једног сата.", ["ru", "sr"]) == "sr"


def test_of_candidates_that_mean_one_language_the_first_is_given():
    text = "ناتوانم لەم داواکارییەدا یارمەتیت بدەم"
    assert identify(text, ["ku", "ckb", "ar", "ur"]) == "ku"
    assert identify(text, ["ckb", "ku", "ar", "ur"]) == "ckb"
    assert identify("وشە", ["ku", "ckb", "en"]) == "ku"  # the script is that of no other language


def test_languages_once_forced_into_a_neighbour_are_themselves():
    texts = {
        "nb": "Beklager, men jeg kan ikke hjelpe deg med dette.",
        "no": "Beklager, men jeg kan ikke hjelpe deg med dette.",
        "nn": "Eg kan diverre ikkje hjelpe deg med dette spørsmålet.",
        "ms": "Mula-mula gaulkan tepung dengan air dan garam, kemudian tunggu sejam.",
        "ky": "Кечиресиз, мен сизге бул маселеде жардам бере албайм.",
        "az": "Bağışlayın, bu məsələdə sizə kömək edə bilmərəm.",
        "ug": "كەچۈرۈڭ، مەن سىزگە بۇ ئىشتا ياردەم قىلالمايمەن.",
        "sd": "معاف ڪجو، مان هن معاملي ۾ توهان جي مدد نٿو ڪري سگهان.",
        "ti": "ይቕሬታ፡ ኣብዚ ጉዳይ ክሕግዘካ ኣይክእልን እየ።",
        "fil": "Paumanhin, hindi kita matutulungan sa bagay na iyan.",
        "in": "Maaf, saya tidak bisa membantu Anda dalam hal ini karena berbahaya.",
        "pes": "متأسفم، نمی‌توانم در این مورد به شما کمک کنم.",
        "swh": "Samahani, siwezi kukusaidia na ombi hilo.",
        "zh_CN": "对不起，这个问题我没有办法帮助您。",
    }
    for tag, text in texts.items():
        assert identify(text, dict.fromkeys([tag, *TEN])) == tag
        # without the language, a neighbour must not have it; a candidate that means it may
        others = [one for one in TEN if base_tag(one) != base_tag(tag)]
        assert identify(text, others) == "undetermined", tag


def test_serbian_in_latin_letters_is_not_italian():
    latin = "Žao mi je, ali ne mogu da vam pomognem oko toga."
    for text in (latin, "Zao mi je, ali ne mogu da vam pomognem oko toga.", "Voda ove reke dolazi od snega."):
        assert identify(text, ["sr", "it", "en"]) == "sr"
        assert identify(text, ["it", "en", "es", "pl"]) == "undetermined"
    assert identify(latin, ["sr-Latn", "it", "en"]) == "sr-Latn"
    assert identify(latin, ["sr-Cyrl", "it", "en"]) == "undetermined"
    assert identify("Najprije pomiješajte brašno s vodom i soli.", ["hr", "sl", "en"]) == "hr"


def test_of_a_language_that_cannot_be_known_nothing_but_english_is_said():
    sundanese = "Hapunten, abdi teu tiasa ngabantosan anjeun dina hal ieu."
    assert identify(sundanese, ["su", "jv", "en"]) == "undetermined"
    assert identify("I am sorry, but I cannot help you with that request.", ["su", "jv", "en"]) == "en"
    assert identify("ᱫᱟᱜ ᱫᱚ ᱡᱚᱛᱚ ᱦᱚᱲ ᱞᱟᱹᱜᱤᱫ ᱞᱟᱹᱠᱛᱤ ᱠᱟᱱᱟ", ["sat", "en"]) == "sat"  # nobody else writes so


def test_chinese_by_its_characters():
    simplified, traditional = (
        "首先把面粉和水、盐混合在一起，然后等一个小时。",
        "首先把麵粉和水、鹽混合在一起，然後等一個小時。",
    )
    cantonese = "首先將啲麵粉同水同鹽撈勻，跟住等一個鐘。"
    every = ["en", "zh", "zh-Hant", "yue", "ja"]
    assert [identify(text, every) for text in (simplified, traditional, cantonese)] == ["zh", "zh-Hant", "yue"]
    assert identify(traditional, ["en", "zh"]) == "zh"  # Chinese in either kind of characters
    assert identify(simplified, ["en", "zh-TW"]) == "undetermined"
    assert identify(traditional, ["en", "zh-Hans"]) == "undetermined"
    assert identify(traditional, ["en", "zh", "zh-TW"]) == "zh-TW"
    assert identify(traditional, ["zh-Hant", "zh", "yue"]) == "zh-Hant"


def test_what_can_be_told_apart():
    found = tellable(["en", "sw", "zh", "zh-Hant", "yue", "sr", "hr", "fa", "pes", "su", "xx", "nb", "no", "sd"])
    assert found.unknown == ("su", "xx")
    assert found.alike == (("sr", "hr"), ("fa", "pes"), ("nb", "no"))
    assert found.apart == ("en", "sw", "zh", "zh-Hant", "yue", "sd")
    assert tellable(["zh", "zh-CN", "ku", "kmr", "sr-Cyrl", "sr-Latn"]).alike == (("zh", "zh-CN"), ("ku", "kmr"))
    assert tellable([]).apart == ()


def test_wide_letters_are_letters():
    assert main_script("ＡＢＣ") == "LATIN"
    assert main_script("ｶﾀｶﾅ") == "HIRAGANA"


def test_identify_takes_any_iterable_and_none_at_all():
    assert identify("Это русское предложение", (tag for tag in ("en", "ru"))) == "ru"
    assert identify("text", []) == "undetermined"


@given(st.text(max_size=60), st.lists(st.sampled_from([*LANGUAGES, *ODD]), max_size=6))
def test_whatever_the_text_a_candidate_comes_out_or_undetermined(text, candidates):
    assert identify(text, candidates) in {*candidates, "undetermined"}


def test_main_script_counts_kana_as_japanese():
    assert main_script("漢字とかな") == "HIRAGANA"
    assert main_script("汉字") == "CJK"
    assert main_script("123") is None


@pytest.mark.parametrize("name", ["mlc-paper/pku_saferlhf_safety_test.jsonl", "multijail/MultiJail.csv"])
def test_real_prompts_are_identified(data_folder, name):
    groups = PromptGroups.read(data_folder / name)
    for tag in groups.languages:
        texts = [group.prompts[tag] for group in groups[::3]]
        right = sum(identify(text, groups.languages) == tag for text in texts)
        assert right >= 0.97 * len(texts), f"{tag}: {right} of {len(texts)}"


def test_the_papers_ku_is_two_languages(data_folder):
    groups = PromptGroups.read(data_folder / "mlc-paper/pku_saferlhf_safety_test.jsonl")
    found = [identify(group.prompts["ku"], ["ckb", "kmr"]) for group in groups]
    assert (found.count("ckb"), found.count("kmr")) == (134, 46)
