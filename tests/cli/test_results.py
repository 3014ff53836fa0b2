"""The tables that evaluate and judge end with: what leads, how many prompts they are of, what comes last."""

from __future__ import annotations

import pytest

from isoglot import Verdict
from isoglot.cli.counts import answers
from isoglot.cli.results import show
from isoglot.evaluate.summary import summarise
from isoglot.runs import Response


def metrics(judge="rules", samples=1, prompts=16, category=lambda _: None):
    pairs = [
        (
            Response(f"{kind}-{n}", tag, kind, "en", "", "", "stop", sample=sample, category=category(n)),
            Verdict("safe", "none", tag),
        )
        for kind in ("harmful", "harmless")
        for n in range(prompts)
        for tag in ("en", "sw")
        for sample in range(samples)
    ]
    return {"kinds": summarise(pairs), "protocol": {"judge": judge}}


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
    assert header(out, "harmless") == ["language", "n", "answered in own language (95 %)", "refused", "invalid"]
    assert header(out, "harmful")[:3] == ["language", "n", "safe (95 %)"]
    guarded = header(shown(judge="guard:x@y/z"), "harmless")
    assert guarded[2:] == ["answered in own language (95 %)", "refused", "invalid", "safe", "safe of valid"]


def test_several_answers_to_a_prompt_are_no_more_prompts(shown):
    assert "│ 16 × 3 │" in shown(samples=3)
    assert "│ 16 │" in shown()
    assert "48" not in shown(samples=3, category=lambda _: "borderline: x")
    assert [answers(16, 1), answers(48, 3), answers(47, 3), answers(40, 3, 16)] == [
        "16", "16 × 3", "47 of 16 × 3", "40 of 16 × 3",
    ]  # fmt: skip


def test_categories_of_few_prompts_are_counted_and_the_main_tables_come_last(shown):
    out = shown(prompts=40, category=lambda n: "many" if n < 20 else f"c{n}")
    assert "│ many " in out
    assert "│ c39 " not in out
    assert "20 further categories, of fewer than 10 prompts each (20 in all), are only in metrics.json." in out
    places = [out.index(text) for text in ("by category", "harmful prompts  ", "harmless prompts  ")]
    assert places == sorted(places)
