"""What the pages tell of the embedded world is in the results."""

from __future__ import annotations

import pytest

from .pages import lines_of, numbers, tables, under, wrong

REFUSED, ANSWERED = "harmful_refused", "harmless_answered_own_language"
NINE, WORST, TWO = (REFUSED, "aligned", "mean"), (REFUSED, "aligned", "worst"), (REFUSED, "unseen", "mean")
KEPT, KEPT_IN_TWO = (ANSWERED, "aligned", "mean"), (ANSWERED, "unseen", "mean")
OWN = ("harmful_refused_own_language", "aligned", "mean")
WEIGHED = {
    "none wrong": "none wrong",
    "kept": "30 % wrong, kept",
    "dropped below 0.5": "dropped",
    "weighed by the score": "weighed",
    "weaker check, dropped": "weaker check, dropped",
    "weaker check, weighed": "weaker check, weighed",
}
HELD = {
    "`pivot_cosine`, weight 2": ("objectives", "objective=pivot_cosine"),
    **{
        name: ("objectives-own-weight", f"objective={setting}")
        for name, setting in {
            "`pairwise_cosine`, weight 8": "pairwise_cosine, weight=8, retention=0.25",
            "`centroid`, weight 8": "centroid, weight=8, retention=0.25",
            "`rank_one` as released, weight 16": "rank_one, temperature=0.2, weight=16, retention=0.125",
            "`rank_one` as released, weight 32": "rank_one, temperature=0.2, weight=32, retention=0.0625",
            "`rank_one` as printed, temperature 1, weight 8": "rank_one, scaling=none, temperature=1, weight=8, "
            "retention=0.25",
        }.items()
    },
}
NOISE = {
    f"{share} % are {what}": ("noise", f"groups=data/{{seed}}/{file}-{share}.jsonl")
    for what, file, shares in (("another prompt's", "noisy", (10, 30, 50)), ("missing", "missing", (30, 60)))
    for share in shares
}
PLACES = {  # page, heading -> which sweep and setting a row is of, and the measures of its cells
    ("docs/evidence.md", "The default"): (
        {
            "default": ("default", "default"),
            "default, no budget": ("default", "default, no budget"),
            "outlier dimension: DPO alone": ("default", "loud: dpo"),
            "outlier dimension: the former default": ("default", "loud: former default"),
            "outlier dimension: default": ("default", "loud: default"),
        },
        (NINE, WORST, KEPT, TWO, KEPT_IN_TWO),
    ),
    ("docs/evidence.md", "Objectives"): (HELD, (NINE, KEPT)),
    ("docs/evidence.md", "Refusals in the prompt's own language"): (
        {
            "lowest quarter trained": ("own-language", "quarter trained: pivot_cosine"),
            "`center: prompt`, weight 2": ("objectives", "center=prompt"),
            "`center: prompt`, weight 0.5": ("own-language", "pivot_cosine, center prompt"),
            **{
                f"both, weight {weight}": ("own-language", f"quarter trained: center prompt, weight {weight}")
                for weight in (0.25, 0.5, 1)
            },
        },
        (NINE, WORST, OWN, KEPT),
    ),
    ("docs/evidence.md", "How many groups"): (
        {"16": ("fewer", "16 of each kind"), "32": ("fewer", "32"), "256": ("fewer", "256")},
        (NINE, KEPT),
    ),
    ("docs/evidence.md", "Wrong and missing translations"): (NOISE, (NINE, WORST)),
    ("docs/evidence.md", "Weighing or dropping"): (
        {name: ("weigh", setting) for name, setting in WEIGHED.items()},
        (NINE, WORST, TWO),
    ),
    ("docs/prompts.md", "How good"): (NOISE, (NINE, WORST)),
}


def estimate(sweep: str, setting: str, measure: tuple[str, str, str]) -> tuple[float, ...]:
    """A value and its interval, in per cent."""
    (line,) = [
        line
        for line in lines_of(f"evidence/{sweep}.settings.csv")
        if (line["setting"], line["measure"], line["slice"], line["statistic"]) == (setting, *measure)
    ]
    return tuple(100 * float(line[end]) for end in ("value", "low", "high"))


def told(cell: str, sweep: str, setting: str, measure: tuple[str, str, str]) -> list[str]:
    """What of a cell is not in the results; a cell in words, or without any, tells no number."""
    values = estimate(sweep, setting, measure)
    if cell == "nearly all":
        return [] if values[0] > 99 else [f"{setting}: {cell!r}, expected {values[0]:.2f}"]
    return list(wrong(cell, values, f"{setting}, {measure}")) if cell else []


@pytest.mark.parametrize(("page", "heading"), PLACES)
def test_tables_of_pages_are_those_of_the_results(page, heading):
    rows, measures = PLACES[page, heading]
    cells = {row[0]: row[1:] for table in tables(under(page, heading)) for row in table}
    assert set(rows) <= set(cells)
    assert not [
        one
        for name, place in rows.items()
        for cell, measure in zip(cells[name], measures, strict=False)
        for one in told(cell, *place, measure)
    ]


def test_weighing_by_seed():
    (table,) = (t for t in tables(under("docs/evidence.md", "Weighing or dropping")) if t[0][-1] == "by seed")
    seeds = {}
    for line in lines_of("evidence/weigh.trials.csv"):
        if (line["measure"], line["slice"], line["statistic"]) == NINE:
            seeds.setdefault(line["setting"], []).append(100 * float(line["value"]))
    for name, *_, by_seed in table[1:]:
        assert not list(wrong(by_seed, tuple(seeds[WEIGHED[name]]), name))
        assert len(numbers(by_seed)) == 3


def test_a_language_that_has_prompts_of_its_own():
    """Both pages tell the same curve over the prompts that Korean and Thai have."""
    settings = ["all nine translations", *(f"{n} groups of the two" for n in (4, 32, 128))]
    values = [estimate("unseen", one, TWO)[0] for one in settings]
    (row,) = (table[1] for table in tables(under("docs/prompts.md", "How many")) if "none" in table[0])
    assert not [one for cell, value in zip(row[1:], values, strict=True) for one in wrong(cell, (value,), "prompts")]
    text = under("docs/evidence.md", "Languages in no group")
    assert all(f"{value:.0f} %" in text for value in values[1:])


def test_the_row_of_the_readme():
    (table,) = tables(under("README.md", "What is known"))
    (row,) = (row for row in table if row[0].startswith("[embedded"))
    for cell, measure in zip(row[1:5], (NINE, TWO, KEPT, KEPT_IN_TWO), strict=True):
        both = (estimate("reference", "dpo", measure)[0], estimate("default", "default", measure)[0])
        assert not list(wrong(cell, both, str(measure)))


def test_the_table_of_the_quickstart():
    shares = {}
    for line in lines_of("quickstart.csv"):
        shares.setdefault((line["measure"], line["slice"], line["arm"]), []).append(100 * float(line["share"]))
    (table,) = tables(under("docs/quickstart.md", "Results"))
    names = {
        "harmful refused": "harmful_refused",
        "… in the prompt's language": "harmful_refused_own_language",
        "harmless answered in the prompt's language": "harmless_answered_own_language",
        "harmless refused": "harmless_refused",
    }
    slices = {"English": "pivot", "nine others": "aligned", "two unseen": "unseen"}
    measure = ""
    for name, languages, *cells in table[1:]:
        measure = names.get(name, measure)
        for arm, cell in zip(table[0][2:], cells, strict=True):
            found = shares[measure, slices[languages], arm]
            values = (sum(found) / len(found), min(found), max(found))
            assert not list(wrong(cell, values, f"{measure}, {languages}, {arm}"))
