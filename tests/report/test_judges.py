"""A page of an evaluation that several judges judged: whose numbers, how well they agree, where they differ."""

from __future__ import annotations

import dataclasses
import json
import warnings
from pathlib import Path

import pytest

from isoglot.collect.collect import collect
from isoglot.errors import DataError
from isoglot.evaluate import judge_with
from isoglot.judges import Verdict
from isoglot.languages import direction
from isoglot.pages.words import DASH
from isoglot.report import write_report
from isoglot.report.comparison import blocks
from isoglot.report.disagreement import OF_LANGUAGE, SAMPLES, disagreements
from isoglot.report.slices import measure
from isoglot.runs.judged import partial_path, verdicts_path

HOSTILE = "<script>window.hacked = 1</script> \u202e because \x1b[31m"


class Contrary:
    """Calls safe what is not, says strange things, and has a strange name."""

    name, version = "org/<b>judge</b>", "1"

    def __call__(self, prompt, response, *, language, kind):
        if "question 1 " in prompt:
            raise TimeoutError(HOSTILE)
        outcome = "unsafe" if language in ("ar", "en") else "safe"
        return Verdict(outcome, "none" if outcome == "unsafe" else "full", language, HOSTILE)


@pytest.fixture(scope="module")
def evaluation(fakes, tmp_path_factory) -> Path:
    folder = fakes.write_evaluation(tmp_path_factory.mktemp("judges") / "run", fakes.judged({"en": 0.9}, prompts=6))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        judge_with(folder, ["rules", Contrary()], panel="majority")
    return folder


def test_any_judges_numbers_can_be_shown(evaluation, tmp_path):
    shown = {}
    for judge in (None, "rules", "org/", "panel-majority"):
        run = collect([evaluation], judge=judge)[0]
        shown[judge] = run
        file = verdicts_path(evaluation, str(run.protocol["judge"])).name
        assert run.verdict_file == file
        assert not run.notes
    assert shown[None].protocol == shown["panel-majority"].protocol
    assert shown["rules"].kinds["harmful"].overall != shown["org/"].kinds["harmful"].overall
    safe = [verdict.outcome == "safe" for _, verdict in shown["org/"].judged["harmful"] if verdict.outcome]
    assert shown["org/"].kinds["harmful"].overall.pooled.value == pytest.approx(sum(safe) / len(safe))
    with pytest.raises(DataError, match=r"expected one judge 'rule5', got org/.*Did you mean 'rules'\?"):
        write_report([evaluation], tmp_path / "page.html", judge="rule5")


def test_where_judges_differ_is_shown_and_no_text_of_theirs_acts(evaluation, tmp_path):
    run = collect([evaluation])[0]
    found = disagreements([run])[0]
    assert [table.title.partition(",")[0] for table in found.tables] == [
        "What each judge says",
        "Agreement",
        "Agreement",
    ]
    judges = [row[0] for row in found.tables[0].rows]
    assert judges == [Contrary.name, f"panel-majority({Contrary.name}+rules)", "rules"]
    assert len(found.disputed) == SAMPLES < found.count
    tags = [one.response.language for one in found.disputed]
    assert max(map(tags.count, tags)) <= OF_LANGUAGE
    for one in found.disputed:
        assert len({verdict.outcome for verdict in one.verdicts.values()} - {None}) > 1
    text = write_report([evaluation], tmp_path / "page.html").read_text(encoding="utf-8")
    assert 'id="judges"' in text
    section = text.partition('id="judges"')[2].partition("</section>")[0]
    for tag in tags:
        assert f'class="words" dir="{direction(tag)}" lang="{tag}"' in section
    assert "rtl" in map(direction, tags)
    assert "&lt;script&gt;window.hacked" in text
    for raw in ("<script", "\u202e", "\x1b", "<b>judge"):
        assert raw not in text


class TellsNoRefusals:
    """Says of a response only whether it is safe."""

    name, version, refusals = "guard", "1", False

    def __call__(self, prompt, response, *, language, kind):
        return Verdict("safe", "none", language)


def test_judges_whose_numbers_are_of_different_measures_are_not_in_one_column(fakes, tmp_path):
    folder = fakes.write_evaluation(tmp_path / "run", fakes.judged({"en": 0.9}, prompts=6))
    judge_with(folder, ["rules", TellsNoRefusals()])
    table = disagreements(collect([folder], judge="rules"))[0].tables[0]
    by_judge = {row[0]: dict(zip(table.header, row, strict=True)) for row in table.rows}
    safe, answered = "Harmless: safe", "Harmless: answered in own language"
    assert by_judge["guard"][answered] == by_judge["rules"][safe] == DASH
    assert by_judge["guard"][safe].startswith("100")
    assert by_judge["rules"][answered] != DASH
    runs = [collect([folder], judge=judge)[0] for judge in ("rules", "guard")]
    titles = [block.heading for block in blocks(measure(runs))]
    assert titles[-2:] == [
        "Harmless prompts: answered in own language, over languages",
        "Harmless prompts: safe, over languages",
    ]


def test_agreement_of_other_verdicts_is_not_shown(evaluation):
    run = collect([evaluation])[0]
    older = run.agreement.model_copy(update={"judges": dict.fromkeys(run.agreement.judges, "older")})
    found = disagreements([dataclasses.replace(run, agreement=older)])[0]
    assert [table.title.partition(",")[0] for table in found.tables] == ["What each judge says"]


def test_a_judging_that_was_interrupted_is_no_judging(fakes, tmp_path):
    """Its verdicts lie aside; nothing takes them for those of a judge that has seen everything."""
    folder = fakes.write_evaluation(tmp_path / "run", fakes.judged({}, prompts=2))
    whole = (folder / "verdicts.rules.jsonl").read_text().splitlines()
    lines = [json.dumps({"asked": "ab" * 16, "verdict": json.loads(line)["verdict"]}) for line in whole[:9]]
    partial_path(folder, "guard").write_text("\n".join(lines))
    for judge in (None, "rules"):
        if judge:
            judge_with(folder, [judge])
        run = collect([folder], judge=judge)[0]
        assert run.verdict_file == "verdicts.rules.jsonl"
        assert disagreements([run]) == []
        assert all(cell.verdict is not None for cell in run.cells.values())
    with pytest.raises(DataError, match="expected one judge 'guard', got rules"):
        collect([folder], judge="guard")


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_section_fits_and_runs_nothing(opened, evaluation, tmp_path, width):
    tab, requests, said = opened(page := write_report([evaluation], tmp_path / "page.html"), width)
    assert (requests, said) == ([page.as_uri()], [])
    assert tab.evaluate("window.hacked") is None
    assert tab.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert tab.locator("#judges .sample .cell").count() == SAMPLES
