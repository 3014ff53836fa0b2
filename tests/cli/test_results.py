"""The tables that evaluate and judge end with: what leads, how many prompts they are of, what comes last."""

from __future__ import annotations

import pytest

from isoglot import Verdict
from isoglot.cli.output.counts import answers
from isoglot.cli.output.results import show
from isoglot.evaluate.numbers.summary import summarise
from isoglot.metrics import wilson
from isoglot.runs import Response


def pairs_of(samples=1, prompts=16, category=lambda _: None):
    return [
        (
            Response(f"{kind}-{n}", tag, kind, "en", "", "", "stop", sample=sample, category=category(n)),
            Verdict("safe", "none", tag),
        )
        for kind in ("harmful", "harmless")
        for n in range(prompts)
        for tag in ("en", "sw")
        for sample in range(samples)
    ]


def metrics(judge="rules", **options):
    return {"kinds": summarise(pairs_of(**options)), "protocol": {"judge": judge}}


@pytest.fixture
def shown(capsys):
    def run(**options):
        show(metrics(**options), json=False)
        return capsys.readouterr().out

    return run


def header(out: str, title: str) -> list[str]:
    line = out.partition(f"{title} prompts  ")[2].splitlines()[2]
    return [cell.strip() for cell in line.strip("┃").split("┃")]


def test_the_table_of_harmless_prompts_leads_with_what_is_asked_of_them(shown):
    out = shown()
    assert header(out, "harmless") == [
        "language",
        "n",
        "answered in own language (95 %)",
        "refused",
        "invalid",
        "unsure",
    ]
    assert header(out, "harmful")[:3] == ["language", "n", "safe (95 %)"]
    guarded = header(shown(judge="guard:x@y/z"), "harmless")
    assert guarded[2:] == ["answered in own language (95 %)", "refused", "invalid", "unsure", "safe", "safe of valid"]


def row(out: str, title: str, tag: str) -> dict[str, str]:
    lines = out.partition(f"{title} prompts  ")[2].splitlines()
    found = next(line for line in lines if line.startswith(f"│ {tag} "))
    return dict(zip(header(out, title), (cell.strip() for cell in found.strip("│").split("│")), strict=True))


def test_how_often_the_judge_is_unsure_is_said_by_language(capsys):
    pairs = pairs_of()
    unsure = {"harmful-0", "harmful-1"}
    pairs = [
        (one, Verdict("unsure", "none", "undetermined") if one.group in unsure and one.language == "sw" else said)
        for one, said in pairs
    ]
    show({"kinds": summarise(pairs), "protocol": {"judge": "rules"}}, json=False)
    out = capsys.readouterr().out
    assert (row(out, "harmful", "sw")["unsure"], row(out, "harmful", "en")["unsure"]) == ("12 %", "0 %")


def test_on_how_many_the_judge_failed_is_said_by_language(capsys):
    """Rates are of the rest, so a judge that fails in one language only must be seen to."""
    lost = {"harmful-0", "harmful-1", "harmful-2"}
    pairs = [
        (one, Verdict(None, None, "sw", error="no") if one.group in lost and one.language == "sw" else said)
        for one, said in pairs_of()
    ]
    show({"kinds": summarise(pairs), "protocol": {"judge": "guard:x@y/z"}}, json=False)
    out = capsys.readouterr().out
    assert (row(out, "harmful", "sw")["judge failed"], row(out, "harmful", "en")["judge failed"]) == ("3", "0")
    assert "judge failed" not in header(out, "harmless")


def test_of_a_judge_that_does_not_tell_refusals_there_is_no_table_of_them(capsys):
    pairs = [(one, Verdict("safe", None, "sw")) for one, _ in pairs_of(category=lambda _: "borderline: x")]
    show({"kinds": summarise(pairs), "protocol": {"judge": "guard:x@y/z"}}, json=False)
    assert "prompts refused" not in capsys.readouterr().out


def test_a_judge_that_does_not_tell_refusals_leads_with_what_it_tells(capsys):
    pairs = [(one, Verdict("safe", None, "sw")) for one, _ in pairs_of(samples=2)]
    kinds = summarise(pairs)
    assert kinds["harmless"]["overall"]["measure"] == "safe"
    assert "any_unsafe" not in kinds["harmless"]["overall"]  # what is asked of harmful prompts
    show({"kinds": kinds, "protocol": {"judge": "guard:x@y/z"}}, json=False)
    out = capsys.readouterr().out
    assert header(out, "harmless")[2:4] == ["safe (95 %)", "safe of valid"]
    assert row(out, "harmless", "sw")["answered in own language"] == "–"
    assert "Mean of languages: safe 100 % (81 % – 100 %)" in out.partition("harmless prompts  ")[2]


def test_any_unsafe_of_several_answers_stands_in_the_table_with_its_interval(capsys):
    """Of 16 prompts the first four have one unsafe answer each among three, in Swahili."""
    pairs = [
        (one, Verdict("unsafe", "none", "sw") if one.sample == 1 and one.language == "sw" and number < 4 else said)
        for one, said in pairs_of(samples=3)
        for number in [int(one.group.partition("-")[2])]
    ]
    show({"kinds": summarise(pairs), "protocol": {"judge": "rules"}}, json=False)
    out = capsys.readouterr().out
    low, high = wilson(4, 16)[1:3]
    assert row(out, "harmful", "sw")["any unsafe of 3 (95 %)"] == f"25 % ({100 * low:.0f} % – {100 * high:.0f} %)"
    assert "any unsafe" not in out.partition("harmless prompts  ")[2]


def test_several_answers_to_a_prompt_are_no_more_prompts(shown):
    assert "│ 16 × 3 │" in shown(samples=3)
    assert "│ 16 │" in shown()
    assert "48" not in shown(samples=3, category=lambda _: "borderline: x")
    assert [answers(16, 1, 16), answers(48, 3, 16), answers(40, 3, 16)] == ["16", "16 × 3", "40 of 16 × 3"]


@pytest.mark.parametrize("how", ["not there", "not judged"])
def test_missing_answers_make_no_fewer_prompts(capsys, how):
    """Three answers of 16 prompts are missing: 45 are there, as many as of 15 prompts that have them all."""
    pairs = pairs_of(samples=3, category=lambda _: "borderline: x")
    lost = [(f"harmless-{n}", "sw", 2) for n in range(3)]
    kept = []
    for response, verdict in pairs:
        if (response.group, response.language, response.sample) not in lost:
            kept.append((response, verdict))
        elif how == "not judged":
            kept.append((response, Verdict(None, None, "sw")))
    show({"kinds": summarise(kept), "protocol": {"judge": "rules"}}, json=False)
    table = capsys.readouterr().out.partition("borderline prompts refused  ")[2].partition("Mean of languages")[0]
    rows = [[cell.strip() for cell in line.split("│")[1:3]] for line in table.splitlines() if "│" in line]
    assert rows == [["en", "16 × 3"], ["sw", "45 of 16 × 3"]]


def test_categories_of_few_prompts_are_counted_and_the_main_tables_come_last(shown):
    out = shown(prompts=40, category=lambda n: "many" if n < 20 else f"c{n}")
    assert "│ many " in out
    assert "│ c39 " not in out
    assert "20 further categories, of fewer than 10 prompts each (20 in all), are only in metrics.json." in out
    places = [out.index(text) for text in ("by category", "harmful prompts  ", "harmless prompts  ")]
    assert places == sorted(places)


@pytest.mark.parametrize("known", [False, True])
def test_rates_that_labels_cannot_correct_are_no_table_of_dashes(capsys, known):
    found = metrics()
    found["protocol"]["judge_calibration"] = {"file": "calibration.rules.json", "labels": 30}
    nothing = {"value": None, "low": None, "high": None, "n": 0, "method": "none"}
    for part in found["kinds"].values():
        for one in [*part["languages"].values(), part["overall"]]:
            one["corrected"] = {name: dict(nothing) for name in ("refused", "answered")}
    if known:
        found["kinds"]["harmful"]["languages"]["sw"]["corrected"]["refused"] |= {"value": 0.5, "low": 0.2, "high": 0.8}
    show(found, json=False)
    out = capsys.readouterr().out
    assert ("→" in out, "Corrected by calibration.rules.json" in out) == (known, known)
    said = "Not corrected: calibration.rules.json does not show how often the judge is right on such responses."
    assert (said in out) == (not known)
    assert "mean of languages: refused –" not in out
