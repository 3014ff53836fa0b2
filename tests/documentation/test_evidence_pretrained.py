"""What docs/evidence-pretrained.md and the README tell of the pretrained model is in the results."""

from __future__ import annotations

import pytest

from .pages import lines_of, tables, under, wrong
from .test_results import NO_GROUP, SLICES, mean, trials

PAGE = "docs/evidence-pretrained.md"
REFUSED, ANSWERED = "harmful_refused", "harmless_answered_own_language"
OWN, OVER = "harmful_refused_own_language", "harmless_refused"
BY_LANGUAGE = {"harmful refused": REFUSED, "harmless answered in own language": ANSWERED}
DIFFERENCES = {
    "harmful refused": REFUSED,
    "... in the prompt's own language": OWN,
    "harmless answered in own language": ANSWERED,
    "harmless refused": OVER,
}


def estimate(name: str, setting: str, measure: str, languages: str, statistic: str = "mean") -> tuple[float, ...]:
    """A value and its interval, in per cent or points."""
    (line,) = [
        line
        for line in lines_of(f"pretrained/{name}.csv")
        if (line["setting"], line["measure"], line["languages"]) == (setting, measure, languages)
        and line["statistic"] == statistic
    ]
    return tuple(100 * float(line[end]) for end in ("value", "low", "high"))


def named(setting: str, before: str) -> str:
    """A setting as the results name it; *before* is the row above."""
    if setting == "before training":
        return "base"
    return f"{before}, default term" if setting == "the same with the default term" else setting


def test_means_of_supervised_alignment():
    (table,) = tables(under(PAGE, "Supervised alignment in English"))
    columns = [(m, "in groups") for m in (REFUSED, OWN, ANSWERED, OVER)] + [
        (m, "in no group") for m in (REFUSED, ANSWERED)
    ]
    found, setting = trials("sft"), ""
    for row in table[1:]:
        setting = named(row[0], setting)
        assert row[1] in ("", str(len(found[setting, REFUSED])))
        for cell, (measure, languages) in zip(row[2:], columns, strict=True):
            assert not list(wrong(cell, estimate("sft", setting, measure, languages)[:1], f"{setting}, {measure}"))


def test_supervised_alignment_by_language():
    found = trials("sft")
    for (title, *head), *rows in tables(under(PAGE, "By language")):
        setting = ""
        for name, *cells in rows:
            setting = named(name, setting)
            seeds = found[setting, BY_LANGUAGE[title]].values()
            for tag, cell in zip(head[1:], cells[1:], strict=True):
                value = mean([rates[tag.rstrip("*")] for rates in seeds])
                assert not list(wrong(cell, (value,), f"{title}: {setting}, {tag}"))


@pytest.mark.parametrize(("name", "heading"), [("dpo", "DPO in English"), ("orpo", "ORPO in English")])
def test_other_methods_by_language(name, heading):
    (_, *head), *rows = tables(under(PAGE, heading))[0]
    found, measure = trials(name), ""
    for label, *cells in rows:
        title, _, setting = label.rpartition(": ")
        measure = BY_LANGUAGE[title] if title else measure
        for tag, cell in zip(head, cells, strict=True):
            value = mean([rates[tag.rstrip("*")] for rates in found[setting, measure].values()])
            assert not list(wrong(cell, (value,), f"{label}, {tag}"))


@pytest.mark.parametrize(
    ("name", "heading"), [("sft", "The default"), ("dpo", "DPO in English"), ("orpo", "ORPO in English")]
)
def test_differences_to_plain_alignment(name, heading):
    (table,) = (one for one in tables(under(PAGE, heading)) if one[0][0].startswith("default less plain"))
    for label, *cells in table[1:]:
        for languages, cell in zip(SLICES, cells, strict=True):
            told = estimate(name, "default", DIFFERENCES[label], languages, "mean difference")
            assert not list(wrong(cell, told, f"{label}, {languages}"))


@pytest.mark.parametrize(
    ("name", "heading"), [("rates", "At a third of that rate"), ("epochs", "Three epochs at that rate")]
)
def test_orpo_at_a_third_of_its_rate(name, heading):
    (table,) = (one for one in tables(under(PAGE, heading)) if one[0][0].startswith("per cent, and"))
    measure = ""
    for label, *cells in table[1:]:
        measure = DIFFERENCES[label.partition(":")[0]] if label.endswith("default") else measure
        for languages, cell in zip(SLICES, cells, strict=True):
            both = tuple(estimate(name, one, measure, languages)[0] for one in ("plain", "default"))
            told = estimate(name, "default", measure, languages, "mean difference")
            assert not list(wrong(cell, both if label.endswith("default") else told, f"{label}, {languages}"))


def test_the_papers_loss_less_plain_alignment():
    (table,) = tables(under(PAGE, "The paper's loss as released"))
    for label, *cells in table[1:]:
        for languages, cell in zip(("in groups", "in no group"), cells, strict=True):
            told = estimate("sft", "paper as released", DIFFERENCES[label], languages, "mean difference")
            assert not list(wrong(cell, told, f"{label}, {languages}"))


def test_harmless_prompts_alone():
    *by_language, differences = tables(under(PAGE, "Harmless prompts alone"))
    found = trials("guarded")
    for (title, *_), *rows in by_language:
        measure = BY_LANGUAGE[title]
        for setting, *cells in rows:
            values = [
                estimate("guarded", setting, measure, "in groups")[0],
                estimate("guarded", setting, measure, "in groups", "worst")[0],
                *(mean([rates[tag] for rates in found[setting, measure].values()]) for tag in NO_GROUP),
                estimate("guarded", setting, measure, "in no group")[0],
            ]
            for cell, value in zip(cells, values, strict=True):
                assert not list(wrong(cell, (value,), f"{title}: {setting}"))
    for label, *cells in differences[1:]:
        setting = label if label == "default" else f"default, {label}"
        asked = [(m, languages) for m in (REFUSED, ANSWERED, OVER) for languages in ("in groups", "in no group")]
        for cell, (measure, languages) in zip(cells, asked, strict=True):
            told = estimate("guarded", setting, measure, languages, "mean difference")
            assert not list(wrong(cell, told, f"{setting}, {measure}"))


def test_the_table_of_the_readme():
    (table,) = tables(under("README.md", "What is known"))
    rows = {row[0]: row[1:] for row in table[1:]}
    places = {"SFT": "sft", "harmless prompts": "guarded", "DPO": "dpo", "ORPO": "orpo", "third": "rates"}
    places["three epochs"] = "epochs"
    checked = set()
    for label, cells in rows.items():
        if label.startswith(("[SmolLM2", "[embedded")):
            continue  # the one has no results here; of the other see test_evidence.py
        name = next(place for word, place in reversed(places.items()) if word in label)
        setting = "default, four more languages guarded" if name == "guarded" else "default"
        for languages, refused, answered in zip(("in groups", "in no group"), cells[:2], cells[2:4], strict=True):
            both = [estimate(name, one, REFUSED, languages)[0] for one in ("plain", setting)]
            assert not list(wrong(refused, tuple(both), label))
            assert not list(wrong(answered, estimate(name, setting, ANSWERED, languages, "mean difference"), label))
        assert int(cells[4]) == len(trials(name)[setting, REFUSED])
        checked.add(name)
    assert checked == set(places.values())
