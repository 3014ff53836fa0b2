"""The registry, and what language a text is in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from isoglot import PromptGroups
from isoglot.errors import ConfigError
from isoglot.languages import LANGUAGES, base_tag, identify, is_rtl, is_tag, language, main_script

TEN = ("en", "zh", "ru", "ja", "ar", "bn", "sw", "ur", "ps", "ckb", "kmr")


def test_tags():
    assert is_tag("zh-Hant")
    assert is_tag("ckb")
    assert not is_tag("english language")
    assert not is_tag("")
    assert language("zh-Hant").name == "Traditional Chinese"
    with pytest.raises(ConfigError, match="known BCP-47 tag"):
        language("xx")
    assert [tag for tag in ("ar", "ur", "ps", "ckb", "fa", "he") if not is_rtl(tag)] == []
    assert not is_rtl("en")
    assert is_rtl("ar-EG")
    assert not is_rtl("xx")


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
    assert language("PT").tag == "pt"
    assert base_tag("zh-Hant") == "zh"
    assert base_tag("xx") is None


def test_of_candidates_that_mean_one_language_the_first_is_given():
    text = "ناتوانم لەم داواکارییەدا یارمەتیت بدەم"
    assert identify(text, ["ku", "ckb", "ar", "ur"]) == "ku"
    assert identify(text, ["ckb", "ku", "ar", "ur"]) == "ckb"
    assert identify("وشە", ["ku", "ckb", "en"]) == "ku"  # the script is that of no other language


def test_wide_letters_are_letters():
    assert main_script("ＡＢＣ") == "LATIN"
    assert main_script("ｶﾀｶﾅ") == "HIRAGANA"


def test_identify_takes_any_iterable_and_none_at_all():
    assert identify("Это русское предложение", (tag for tag in ("en", "ru"))) == "ru"
    assert identify("text", []) == "undetermined"


@settings(deadline=None)  # the first call reads the model
@given(st.text(max_size=60), st.lists(st.sampled_from([*LANGUAGES, "xx", "pt-BR"]), max_size=6))
def test_whatever_the_text_a_candidate_comes_out_or_undetermined(text, candidates):
    assert identify(text, candidates) in {*candidates, "undetermined"}


def test_main_script_counts_kana_as_japanese():
    assert main_script("漢字とかな") == "HIRAGANA"
    assert main_script("汉字") == "CJK"
    assert main_script("123") is None


def test_the_registry_is_whole():
    for tag, entry in LANGUAGES.items():
        assert is_tag(tag)
        assert entry.name
        assert entry.script


@pytest.mark.parametrize("name", ["mlc-paper/pku_saferlhf_safety_test.jsonl", "multijail/MultiJail.csv"])
def test_real_prompts_are_identified(data_folder, name):
    groups = PromptGroups.read(data_folder / name)
    for tag in groups.languages:
        texts = [group.prompts[tag] for group in groups]
        right = sum(identify(text, groups.languages) == tag for text in texts)
        assert right >= 0.97 * len(texts), f"{tag}: {right} of {len(texts)}"


def test_the_papers_ku_is_two_languages(data_folder):
    groups = PromptGroups.read(data_folder / "mlc-paper/pku_saferlhf_safety_test.jsonl")
    found = [identify(group.prompts["ku"], ["ckb", "kmr"]) for group in groups]
    assert (found.count("ckb"), found.count("kmr")) == (134, 46)
