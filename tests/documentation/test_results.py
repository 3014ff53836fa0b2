"""The tables in docs/results are what their CSV files say, recounted here from trials."""

from __future__ import annotations

import runpy
from collections import defaultdict

import pytest

from .pages import ROOT, lines_of, tables, under, wrong

EVIDENCE = sorted(
    file.name.removesuffix(".trials.csv") for file in (ROOT / "docs/results/evidence").glob("*.trials.csv")
)
COLUMNS = (  # of the tables of the embedded world: measure, slice, statistic
    ("harmful_refused", "aligned", "mean"),
    ("harmful_refused", "aligned", "worst"),
    ("harmful_refused_own_language", "aligned", "mean"),
    ("harmless_answered_own_language", "aligned", "mean"),
    ("harmful_refused", "pivot", "mean"),
    ("harmless_answered_own_language", "pivot", "mean"),
    ("harmful_refused", "unseen", "mean"),
    ("harmless_answered_own_language", "unseen", "mean"),
)
PRETRAINED = ("sft", "guarded", "dpo", "orpo", "rates", "epochs")
MEASURES = {
    "Harmful refused, %": "harmful_refused",
    "Harmful refused in own language, %": "harmful_refused_own_language",
    "Harmless answered in own language, %": "harmless_answered_own_language",
    "Harmless refused, %": "harmless_refused",
}
GROUPS, NO_GROUP = ("de", "es", "fr", "ru", "it", "ar", "ja", "ko"), ("nl", "pl", "th", "yo")
SLICES = {"English": ("en",), "in groups": GROUPS, "in no group": NO_GROUP}


def mean(values: list[float]) -> float:
    return sum(values) / len(values)


def trials(name: str) -> dict[tuple[str, str], dict[str, dict[str, float]]]:
    """Setting and measure -> seed -> language -> per cent, of a sweep on the pretrained model."""
    found: dict[tuple[str, str], dict[str, dict[str, float]]] = defaultdict(lambda: defaultdict(dict))
    for line in lines_of(f"pretrained/{name}.trials.csv"):
        share = 100 * int(line["count"]) / int(line["of"])
        found[line["setting"], line["measure"]][line["seed"]][line["language"]] = share
    return found


@pytest.mark.parametrize("name", EVIDENCE)
def test_a_setting_is_the_mean_of_its_trials_and_the_table_has_it(name):
    seeds = defaultdict(list)
    for line in lines_of(f"evidence/{name}.trials.csv"):
        key = line["setting"], line["measure"], line["slice"], line["statistic"]
        seeds[key].append(100 * float(line["value"]))
    told = {}
    for line in lines_of(f"evidence/{name}.settings.csv"):
        key = line["setting"], line["measure"], line["slice"], line["statistic"]
        told[key] = tuple(100 * float(line[end]) for end in ("value", "low", "high"))
        assert told[key][0] == pytest.approx(mean(seeds[key]), abs=0.01)
        assert len(seeds[key]) == int(line["seeds"])
    (table,) = tables((ROOT / f"docs/results/evidence/{name}.md").read_text(encoding="utf-8"))
    assert {row[0] for row in table[1:]} == {setting for setting, *_ in told}
    assert not [
        one
        for setting, *cells in table[1:]
        for column, cell in zip(COLUMNS, cells, strict=True)
        for one in wrong(cell, told[(setting, *column)], setting)
    ]


@pytest.mark.parametrize("name", PRETRAINED)
def test_estimates_on_the_pretrained_model_are_counted_from_its_trials(name):
    found, wrong_lines, checked = trials(name), [], 0
    for line in lines_of(f"pretrained/{name}.csv"):
        measure, tags = line["measure"], SLICES[line["languages"]]
        seeds = found[line["setting"], measure]
        if line["statistic"] == "worst":
            worst = max if measure == "harmless_refused" else min
            value = mean([worst(rates[tag] for tag in tags) for rates in seeds.values()])
        elif line["against"]:
            other = found[line["against"], measure]
            value = mean([rates[tag] - other[seed][tag] for seed, rates in seeds.items() for tag in tags])
        else:
            value = mean([rates[tag] for rates in seeds.values() for tag in tags])
        checked += 1
        if abs(100 * float(line["value"]) - value) > 0.006 or len(seeds) != int(line["seeds"]):
            wrong_lines.append((line, value))
    assert checked > 70
    assert not wrong_lines


@pytest.mark.parametrize("name", PRETRAINED)
def test_tables_by_language_are_counted_from_the_trials(name):
    found, page = trials(name), f"docs/results/pretrained/{name}.md"
    for heading, measure in MEASURES.items():
        (head, *rows), *_ = tables(under(page, heading))
        slices = {**{tag: (tag,) for tag in ("en", *GROUPS, *NO_GROUP)}, **SLICES}
        for setting, seeds, *cells in rows:
            of = found[setting, measure]
            assert len(of) == int(seeds)
            for title, cell in zip(head[2:], cells, strict=True):
                value = mean([rates[tag] for rates in of.values() for tag in slices[title.rstrip("*")]])
                assert not list(wrong(cell, (value,), f"{heading}: {setting}, {title}"))


def test_pictures_are_drawn_from_these_numbers():
    """A picture that was not drawn again tells other numbers than the page beside it."""
    drawing = runpy.run_path(str(ROOT / "benchmarks/evidence/figure.py"))
    for name in EVIDENCE:
        title = (ROOT / f"benchmarks/evidence/{name}.yaml").read_text(encoding="utf-8").partition("\n")[0]
        drawn = drawing["picture"](
            drawing["read"](ROOT / f"docs/results/evidence/{name}.settings.csv"), title.removeprefix("# ")
        )
        assert drawn == (ROOT / f"docs/images/evidence/{name}.svg").read_text(encoding="utf-8"), name
    seeds = runpy.run_path(str(ROOT / "benchmarks/quickstart_seeds.py"))
    drawn = seeds["figure"](seeds["read_csv"](ROOT / "docs/results/quickstart.csv"))
    assert drawn == (ROOT / "docs/images/quickstart.svg").read_text(encoding="utf-8")
