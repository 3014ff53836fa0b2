"""Run directories: what is missing or broken becomes a note, what is no run an error."""

from __future__ import annotations

import dataclasses
import json
import math
import shutil
from pathlib import Path

import pytest

from isoglot.collect.cells import answers
from isoglot.collect.collect import collect
from isoglot.errors import ConfigError, DataError, MissingFileError
from isoglot.report.page import write_report
from isoglot.report.slices import measure


@pytest.fixture(scope="session")
def small_run(fakes, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pairs = fakes.judged({"en": 0.9, "sw": 0.2}, languages=("en", "sw"), prompts=4)
    folder = fakes.write_evaluation(tmp_path_factory.mktemp("small") / "run", pairs)
    return fakes.write_training(folder, layers=2)


def copied(folder: Path, to: Path) -> Path:
    return Path(shutil.copytree(folder, to / "run"))


def test_a_whole_run_has_no_notes(four_runs: list[Path], fakes):
    base, dpo, *_ = collect(four_runs)
    assert not base.notes  # never trained: nothing of training is missed
    assert not dpo.notes
    assert (base.name, dpo.name, base.trained, dpo.trained) == ("base", "dpo", False, True)
    assert len(dpo.cells) == 2 * 30 * len(fakes.LANGUAGES)
    assert all(cell.verdict is not None for cell in dpo.cells.values())
    assert dpo.spectrum.layers == list(range(1, 9))
    assert dpo.settings["consistency"]["layer"] == 0.5


def test_all_bad_folders_are_told_at_once(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError) as caught:
        collect([tmp_path / "empty", tmp_path / "file", tmp_path / "nowhere"])
    for name in ("empty", "file", "nowhere"):
        assert str(tmp_path / name) in str(caught.value)
    with pytest.raises(MissingFileError, match="nowhere"):
        collect([tmp_path / "nowhere"])


@pytest.mark.parametrize("place", ["utility.json", "evaluations/utility/utility.json"])
def test_utility_alone_makes_a_run(place: str, tmp_path: Path):
    """As of a base model, of which nothing else is asked."""
    file = tmp_path / "base" / place
    file.parent.mkdir(parents=True)
    score = {"value": 0.5, "low": 0.1, "high": 0.9, "n": 4}
    task = {"languages": {"sw": {"task": "riddles_sw", "score": score}}, "mean": score}
    file.write_text(json.dumps({"asked": {}, "tasks": {"riddles": task}}))
    [run] = collect([tmp_path / "base"])
    assert (run.name, run.trained) == ("base", False)
    assert "riddles" in write_report([tmp_path / "base"], tmp_path / "page.html").read_text()


def test_settings_that_cannot_work(four_runs: list[Path], tmp_path: Path):
    with pytest.raises(ConfigError, match="one run directory"):
        collect([])
    with pytest.raises(ConfigError, match="4 runs, got 1 names"):
        collect(four_runs, ["a"])
    with pytest.raises(ConfigError, match="a file to write"):
        write_report(four_runs, tmp_path)


def test_given_names_go_first_and_equal_names_are_numbered(four_runs: list[Path]):
    assert [run.name for run in collect(four_runs[:3], ["x", "y", "x"])] == ["x", "y", "x (2)"]
    assert [run.name for run in collect([four_runs[1], four_runs[1]])] == ["dpo", "dpo (2)"]


FILES = ("metrics.json", "protocol.json", "responses.jsonl", "verdicts.rules.jsonl", "run.yaml", "log.jsonl",
         "spectrum.json", "environment.json")  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_each_file_may_be_missing(name: str, small_run: Path, tmp_path: Path):
    folder = copied(small_run, tmp_path)
    (folder / name).unlink()
    (run,) = collect([folder])
    assert [note.file for note in run.notes] == [name]
    assert run.notes[0].remedy.startswith("isoglot ")
    assert name in write_report([folder], tmp_path / "page.html").read_text(encoding="utf-8")


BROKEN = [
    "",
    "null",
    "[1, 2]",
    '"text"',
    "{",
    "\x00",
    "NaN",
    "[" * 3_000,
    "- a\n- b: [",
    "!!python/name:os.system",
    '{"kinds": 3, "before": 3, "step": "x", "layers": {}}',
    '{"kinds": {"harmful": {"languages": {"sw": {"n": "many", "safe": 3}}}}}',
    '{"kinds": {"harmful": {"languages": {"sw": {"n": 1e999, "safe": {"value": Infinity}}}}}}',
    '{"before": {"layers": [1, 2], "kinds": {"all": {"leading_share": [0.5]}}}, "after": null}',
    '{"step": 1, "loss": 1' + "0" * 400 + '}\n{"step": true, "loss": NaN}\n',
]


@pytest.mark.parametrize("text", BROKEN, ids=range(len(BROKEN)))
def test_no_broken_file_stops_the_page(text: str, small_run: Path, tmp_path: Path):
    folders = []
    for name in (*FILES, "meta.json"):
        folders.append(copied(small_run, tmp_path / name))
        (folders[-1] / name).write_text(text, encoding="utf-8")
    assert write_report(folders, tmp_path / "page.html").stat().st_size > 10_000


def test_a_file_that_is_no_text(small_run: Path, tmp_path: Path):
    folder = copied(small_run, tmp_path)
    for name in (*FILES, "meta.json"):
        (folder / name).write_bytes(b"\xff\xfe\x80")
    (run,) = collect([folder])
    assert {note.file for note in run.notes} == {*FILES, "meta.json"}


def test_half_a_last_line_is_ignored_and_other_bad_lines_are_counted(small_run: Path, tmp_path: Path):
    folder = copied(small_run, tmp_path)
    lines = (folder / "log.jsonl").read_text(encoding="utf-8")
    (folder / "log.jsonl").write_text("oops\n" + lines + '{"step": 100, "lo', encoding="utf-8")
    (run,) = collect([folder])
    assert [note.text for note in run.notes] == ["has 1\u00a0line that is no object of JSON, left out"]
    assert len(run.log) == 20


def test_responses_are_read_whatever_is_wrong_with_some(small_run: Path, tmp_path: Path):
    folder = copied(small_run, tmp_path)
    (before,) = collect([folder])
    path, verdicts = folder / "responses.jsonl", folder / "verdicts.rules.jsonl"
    rows, judged = (item.read_bytes().splitlines(keepends=True) for item in (path, verdicts))
    again = json.loads(rows[0]) | {"response": "again", "kind": None}
    rows[:0] = [b"\n", b"[1]\n", b'{"group": 3}\n', b"\xff\n", json.dumps(again).encode() + b"\r\n"]
    path.write_bytes(b"".join(rows) + '{"group": "é'.encode()[:-1])  # a kill leaves half a character, too
    record = json.loads(judged[0])
    other = json.dumps(record | {"verdict": record["verdict"] | {"language": "undetermined"}}).encode() + b"\n"
    verdicts.write_bytes(b"".join([*judged, b'{"group": "none", "language": "en", "verdict": {}}\n', other]))
    (run,) = collect([folder])
    assert list(run.cells) == list(before.cells)
    assert [note.text for note in run.notes] == [
        "has 2\u00a0lines that are no object of JSON, left out",
        "has 1\u00a0line that is no response, left out",
        "has 1\u00a0line that is of a prompt with an earlier response, left out",
        "has 1\u00a0line that is of a response with an earlier verdict, left out",
    ]
    first = next(iter(run.cells.values()))
    assert first.kind is None
    ((response, verdict),) = answers([first], folder, run.verdict_file).values()
    assert response.response == "again"
    assert dataclasses.asdict(verdict) == json.loads(judged[0])["verdict"]


def test_null_is_nan_and_not_zero(small_run: Path, tmp_path: Path):
    folder = copied(small_run, tmp_path)
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    metrics["kinds"]["harmful"]["overall"]["fleiss_kappa"] = None
    (folder / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    (run,) = collect([folder])
    assert math.isnan(run.kinds["harmful"].overall.fleiss_kappa)


def test_a_response_is_read_as_it_was_written(tmp_path: Path, fakes):
    pairs = fakes.judged({}, prompts=2, languages=("sw",), hostile=False)
    pairs = [(dataclasses.replace(response, prompt_cut=n == 1), verdict) for n, (response, verdict) in enumerate(pairs)]
    (run,) = collect([fakes.write_evaluation(tmp_path / "run", pairs)])
    assert list(answers(run.cells.values(), run.folder, run.verdict_file).values()) == pairs
    assert run.kinds["harmful"].languages["sw"].prompts_cut == 1


def test_a_run_that_says_nothing_takes_the_slices_of_one_that_does(four_runs: list[Path], fakes, tmp_path: Path):
    silent = fakes.write_evaluation(tmp_path / "silent", fakes.judged({}, prompts=3))
    item, other = measure(collect([silent, four_runs[1]]))
    assert item.borrowed
    assert item.slices == other.slices
    (alone,) = measure(collect([silent]))
    assert {part: len(tags) for part, tags in alone.slices.items()} == {"pivot": 1, "other": 11}
