"""Tags, names, scripts, and what a tag stands for."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from py3langid.langid import MODEL_FILE, LanguageIdentifier
from transformers.models.nllb.tokenization_nllb import FAIRSEQ_LANGUAGE_CODES

from isoglot import PromptGroup, PromptGroups
from isoglot.errors import ConfigError, DataError
from isoglot.judges import RuleJudge
from isoglot.judges.answer_language import answer_language
from isoglot.judges.offline.wording import with_phrases
from isoglot.languages import (
    LANGUAGES,
    among,
    base_tag,
    canonical_tag,
    direction,
    flores_codes,
    instead,
    is_tag,
    language,
    language_scripts,
    of_country,
    target_language,
)
from isoglot.languages.tags import own


def test_tags_are_read_in_any_form():
    assert is_tag("zh-Hant")
    assert is_tag("ckb")
    assert not is_tag("english language")
    assert not is_tag("")
    forms = {
        "en": ["EN", " en", "eng", "eng_Latn", "en "],
        "sw": ["swh", "swa", "SW", "swh_Latn"],
        "zh": ["zho", "cmn", "chi", "zho_Hans"],
        "zh-CN": ["zh_CN", "zh-cn", "zho-CN"],
        "zh-Hant": ["zho_Hant", "zh-hant", "ZH_HANT"],
        "he": ["iw", "heb"],
        "id": ["in", "ind"],
        "tl": ["fil", "tgl"],
        "nb": ["nob", "nob_Latn"],
        "no": ["nor", "no"],
        "fa": ["pes", "fas", "per"],
        "ckb": ["ckb_Arab"],
        "kmr": ["kmr_Latn"],
        "ku": ["kur"],
        "sh": ["hbs", "sh"],
        "ace-Arab": ["ace_Arab"],
        "english language": ["english language"],
        "": [""],
    }
    for tag, written in forms.items():
        assert {form: canonical_tag(form) for form in written} == dict.fromkeys(written, tag)
    assert among(" sw", ["en", "sw"]) == "sw"
    assert among("sw", ["en", "swh", "sw"]) == "sw"  # the very one, if it is there


def test_every_language_of_flores_200_is_known():
    codes = flores_codes()
    assert len(codes) == len(set(codes.values())) == 204
    # NLLB's own list has all but two, and Santali under the wrong script.
    assert set(FAIRSEQ_LANGUAGE_CODES) - set(codes) == {"sat_Beng"}
    assert set(codes) - set(FAIRSEQ_LANGUAGE_CODES) == {"sat_Olck", "arb_Latn", "min_Arab"}
    for code, tag in codes.items():
        assert re.fullmatch("[a-z]{3}_[A-Z][a-z]{3}", code)
        assert canonical_tag(tag) == canonical_tag(code) == tag
        found = language(tag)
        assert (found.flores, found.scripts[0]) == (code, code[4:])
        assert base_tag(code[:3]) == tag.partition("-")[0], code


def test_every_entry_is_whole():
    for tag, entry in LANGUAGES.items():
        assert is_tag(tag)
        assert canonical_tag(tag) == entry.tag == tag
        assert entry.name not in ("", tag)
        assert entry.autonym, tag
        assert entry.script
        assert set(entry.members) <= set(LANGUAGES)
        assert entry.macrolanguage is None or tag in LANGUAGES[entry.macrolanguage].members
    assert with_phrases() <= set(LANGUAGES)


def test_the_labels_are_the_identifiers():
    labels = set(LanguageIdentifier.from_model_file(MODEL_FILE).labels)
    assert set(own()["labels"].split()) == labels
    asked = {label for entry in LANGUAGES.values() for label in (*entry.detector, *entry.often_called)}
    assert asked - labels == {"ckb", "kmr"}  # which it calls otherwise


def test_what_a_language_is():
    assert (language("sw").name, language("sw").autonym) == ("Swahili", "Kiswahili")
    assert (language("kmr").name, language("kmr").autonym) == ("Northern Kurdish (Kurmanji)", "kurmancî")
    assert (language("zh-Hant").name, language("zh-TW").tag) == ("Traditional Chinese", "zh-Hant")
    assert (language("sr-Latn").name, language("sr-Latn").autonym) == ("Serbian (Latin)", "srpski")
    assert language("PT").tag == language("pt-BR").tag == "pt"
    assert (base_tag("zh-Hant"), base_tag("eng"), base_tag("xx")) == ("zh", "en", None)
    assert language("ku").members == ("ckb", "kmr")
    assert (language("kmr").macrolanguage, language("yue").macrolanguage, language("prs").macrolanguage) == (
        "ku",
        "zh",
        "fa",
    )
    assert [tag for tag in LANGUAGES if not LANGUAGES[tag].spaced] == [
        "bo",
        "dz",
        "ja",
        "km",
        "lo",
        "my",
        "shn",
        "th",
        "yue",
        "zh",
    ]
    with pytest.raises(ConfigError, match=r"known BCP-47 tag, got 'xx'\. Write a tag, as in sw, ckb or zh-Hant"):
        language("xx")
    with pytest.raises(ConfigError, match=r"Write its tag: sw \(Swahili\)"):
        language("swahili")
    with pytest.raises(ConfigError, match=r"Write its tag: ckb \(Central Kurdish \(Sorani\)\)"):
        language("Sorani")


def test_the_code_of_a_country_leads_to_its_languages():
    for code, tag in {
        "cn": "zh", "jp": "ja", "kr": "ko", "ua": "uk", "gr": "el", "vn": "vi", "dk": "da", "se": "sv", "cz": "cs",
        "br": "pt", "ir": "fa", "il": "he", "us": "en", "mx": "es", "JPN": "ja", "VNM": "vi",
    }.items():  # fmt: skip
        assert of_country(code)[0] == tag, code
    assert [of_country(one) for one in ("xx", "zz", "q", "Swahili", "1a")] == [[]] * 5
    for text, said in (
        ("cn", r"got 'cn'\. CN is a country's code \(China\)\. Write zh \(Chinese\)\."),
        ("jp", r"JP is a country's code \(Japan\)\. Write ja \(Japanese\)\."),
        ("ph", r"Write en \(English\), tl \(Tagalog\)\."),
        ("swahilli", r"Did you mean sw \(Swahili\)\?"),
        ("jap", r"Write a tag, as in sw, ckb or zh-Hant"),  # no other tag for want of a better one
    ):
        with pytest.raises(ConfigError, match=said):
            language(text)


@pytest.mark.parametrize(
    ("tag", "there"),
    [("uk", "en"), ("ar", "es"), ("sv", "es"), ("be", "nl"), ("bn", "ms"), ("uk-UA", "en")],
)
def test_a_tag_of_a_language_is_no_code_of_a_country_though_it_is_written_the_same(tag, there):
    groups = PromptGroups([PromptGroup("1", {"zh": "a", there: "b"}, pivot=there, kind="harmless")])
    with pytest.raises(DataError) as raised:
        groups.select(languages=[tag])
    assert str(raised.value).endswith(f"expected some of {there}, zh, got {tag!r}.")


def test_a_tag_that_is_not_there_leads_to_one_that_is():
    there = ["en", "ja", "zh-CN", "sw"]
    assert [instead(one, there) for one in ("jp", "Chinese", "swa", "xx")] == [
        "Did you mean 'ja'?", "Did you mean 'zh-CN'?", "Did you mean 'sw'?", "",
    ]  # fmt: skip
    assert instead("Chinese", ["en", "zh-TW", "zh"]) == "Did you mean 'zh'?"  # not the first that is some Chinese


def test_directions():
    arabic_and_hebrew = ("ar", "ur", "ps", "ckb", "fa", "he", "ug", "sd", "yi", "ar-EG", "ace-Arab")
    assert {direction(tag) for tag in arabic_and_hebrew} == {"rtl"}
    assert {direction(tag) for tag in ("en", "ar-Latn", "ace", "ku-Latn")} == {"ltr"}
    assert [direction(tag) for tag in ("ku", "ku-Arab", "ku-Latn", "sr", "arb", "xx")] == [
        "auto", "rtl", "ltr", "ltr", "rtl", "auto",
    ]  # fmt: skip
    assert language_scripts("sr") == {"CYRILLIC", "LATIN"}
    assert language_scripts("sr-Latn") == {"LATIN"}


def test_somebody_who_writes_must_choose_where_a_tag_means_too_much():
    for tag in ("ku", "kur", "KU"):
        with pytest.raises(ConfigError, match=r"Name ckb \(Central Kurdish \(Sorani\)\) or kmr \(Northern") as caught:
            target_language(tag)
        assert str(caught.value).startswith(f"language: expected one language, got '{tag}'")
    assert "bs (Bosnian) or hr (Croatian) or sr (Serbian)" in _refused("sh")
    with pytest.raises(ConfigError, match="known BCP-47 tag"):
        target_language("klingon")
    said = {tag: target_language(tag) for tag in ("zh", "no", "sr", "fa", "sw", "zh-Hant", "yue", "swh")}
    assert said["zh"].said == "zh is read as zh-Hans: Simplified Chinese."
    assert (said["zh"].tag, said["zh"].language.flores) == ("zh", "zho_Hans")
    assert said["no"].language.flores == "nob_Latn"
    assert said["sr"].language.flores == "srp_Cyrl"
    assert said["fa"].said == "fa is read as its standard (pes, pes_Arab in FLORES-200)."
    assert [tag for tag, one in said.items() if one.said] == ["zh", "no", "sr", "fa"]


def _refused(tag: str) -> str:
    with pytest.raises(ConfigError) as caught:
        target_language(tag)
    return str(caught.value)


def test_files_and_options_may_name_a_language_in_any_form(tmp_path):
    path = tmp_path / "t.csv"
    rows = ["a,How is bread made?,Mkate huokwaje?,Paano ito?,1,12", "b,But why?,Kwa nini tena?,Bakit po?,2,7"]
    path.write_text("\n".join(["id,eng,swh_Latn,fil,no,min", *rows]) + "\n", encoding="utf-8")
    with pytest.warns(UserWarning, match="columns no, min have the form of language tags and no prompts"):
        groups = PromptGroups.read(path, kind="harmless")
    assert groups.languages == ("en", "sw", "tl")  # `no` and `min` are numbers here, not Norwegian and Minangkabau
    assert groups.select(languages=[" EN", "swa"]).languages == ("en", "sw")
    kept = PromptGroups.from_columns({"eng": ["Hello?"], "zh-CN": ["你好"]}, pivot="eng", kind="harmless")
    assert kept.languages == ("en", "zh-CN")  # as in any format
    assert kept.select(languages=["en", "zh_CN"]).languages == ("en", "zh-CN")
    with pytest.raises(DataError, match="expected some of en, zh-CN, got 'ja'"):
        kept.select(languages=["ja"])


def test_a_language_by_its_iso_code_is_the_answers_own():
    assert answer_language("Samahani, siwezi kukusaidia na ombi hilo.", "swh") == "swh"
    assert answer_language("I am sorry, but I cannot help you with that.", "eng") == "eng"
    assert answer_language("I am sorry, but I cannot help you with that.", "swh") == "en"
    verdict = RuleJudge()("How?", "Samahani, siwezi kukusaidia na ombi hilo.", language="swh")
    assert (verdict.refusal, verdict.language) == ("full", "swh")


@pytest.mark.training
def test_help_reads_no_names():
    code = "import sys, isoglot.cli, isoglot.languages; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"babel", "py3langid"} & set(done.stdout.split())
