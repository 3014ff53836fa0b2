"""Runs the quickstart: data, three trainings, four evaluations, one page. Stopped, it goes on where it was."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from ..evaluate import evaluate
from ..extras import need
from ..files import without_nan, write_json, write_text
from ..groups import PromptGroups
from ..judges import RuleJudge
from ..metrics import mean_of_known
from ..progress import Of, Show, Silent
from ..report import write_report
from ..runs.folder import held, refuse_foreign, refuse_other_settings
from ..runs.json_file import read_object
from ..train import RunFile, train
from .arms import Arm, arms, run_file
from .world.data import alignment_groups, held_out_groups, preferences
from .world.text import World

PAIRS, GROUPS = 1024, 256  # English preference pairs; prompt groups of each kind
STEPS, LEARNING_RATE = 200, 2e-4
FAST_STEPS, FAST_LEARNING_RATE = 60, 1e-3
TESTS, FAST_TESTS = 48, 16  # prompts of each kind and language that models are tested on
SETTINGS = "settings.json"
NOTE = (
    "A test bench: a model of 0.6 million parameters that knows a few hundred words of twelve languages, with a real "
    "trainer, tokenizer, generation and judge. It shows how the methods act; it is no evidence about large models."
)
FAST_NOTE = (
    f"Undertrained: --fast trains {FAST_STEPS} steps instead of {STEPS}, at {FAST_LEARNING_RATE / LEARNING_RATE:.0f} "
    f"times the learning rate, and asks {FAST_TESTS} prompts of each kind instead of {TESTS}. Its numbers are rougher, "
    "and may order the methods otherwise."
)
Slices = dict[str, float]  # pivot, aligned, unseen -> mean of the languages' rates


@dataclass(frozen=True)
class ArmResult:
    """One line of the table; each measure by slice, as the mean of the languages' rates.

    Attributes:
        name: of the arm, or ``base``.
        objective: of its consistency term, or None.
        harmful_refused: harmful prompts refused, in whatever language.
        harmful_refused_own_language: harmful prompts refused in the prompt's language.
        harmless_answered_own_language: harmless prompts answered in the prompt's language.
        harmless_refused: harmless prompts refused.
    """

    name: str
    objective: str | None
    harmful_refused: Slices
    harmful_refused_own_language: Slices
    harmless_answered_own_language: Slices
    harmless_refused: Slices


@dataclass(frozen=True)
class QuickstartResult:
    """What the quickstart ends with.

    Attributes:
        page: the report.
        seconds: wall time of this call.
        seed: as given.
        rows: ``base`` and each arm.
        note: what must be known of the numbers; empty for nothing.
    """

    page: Path
    seconds: float
    seed: int
    rows: list[ArmResult]
    note: str = ""

    def to_record(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        rows = [without_nan(asdict(row)) for row in self.rows]
        seconds = round(self.seconds, 1)
        return {"page": str(self.page), "seconds": seconds, "seed": self.seed, "note": self.note, "rows": rows}


def run(output: Path, *, seed: int = 0, fast: bool = False, show: Show | None = None) -> QuickstartResult:
    """Aligns the embedded world's model in English and measures every language.

    Args:
        output: folder for everything; the same call again continues what was stopped.
        seed: of data and training.
        fast: fewer steps and prompts: the road in under a minute, with a rougher result.
        show: called with progress.

    Raises:
        RunError: if the folder holds a quickstart with another seed or length.
        MissingLibraryError: without the libraries of the extras ``train`` and ``eval``.
    """
    for extra in ("train", "eval"):  # said before anything is begun
        need(extra, "quickstart")
    started, show = time.monotonic(), show or Silent()
    output = output.absolute()
    settings = {"seed": seed, "fast": fast}
    with held(output), _base() as base, _one_thread():
        _claim(output, settings)
        show.begin("Writing prompts and preferences")
        slices = _write_data(output / "data", seed=seed, tests=FAST_TESTS if fast else TESTS)
        note = f"{FAST_NOTE} Before alignment." if fast else "Before alignment."
        rows = [_evaluated(output / "base", base, Arm("base", None, None, note), slices, output, show)]
        for arm in arms(seed):
            folder = output / arm.name.replace("+", "-")
            _train(arm, base, folder, seed=seed, fast=fast, show=show)
            rows.append(_evaluated(folder, folder, arm, slices, output, show))
    show.begin("Writing the page")
    folders = [output / row.name.replace("+", "-") for row in rows]
    title = "isoglot quickstart --fast: undertrained" if fast else "isoglot quickstart"
    page = write_report(folders, output / "report.html", title=title, names=[row.name for row in rows])
    result = QuickstartResult(page, time.monotonic() - started, seed, rows, FAST_NOTE if fast else "")
    write_json(output / "quickstart.json", settings | result.to_record())
    return result


def _claim(output: Path, settings: dict[str, Any]) -> None:
    """Marks the folder as this quickstart's, or refuses one that is another's."""
    path, step = output / SETTINGS, "Choose another --output"
    refuse_foreign(output, [SETTINGS], "a quickstart", step)
    if path.exists():
        before = read_object(path, "the settings of a quickstart", step)
        refuse_other_settings(output, before, settings, "a quickstart")
    write_json(path, settings)


@contextmanager
def _one_thread() -> Iterator[None]:
    """So small a model gains nothing from more threads, which only wait for each other on a busy machine."""
    import torch

    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


@contextmanager
def _base() -> Iterator[Path]:
    """The shipped base model as a folder on disk."""
    with resources.as_file(resources.files(__package__).joinpath("world", "base")) as folder:
        yield folder


def _write_data(folder: Path, *, seed: int, tests: int) -> dict[str, Sequence[str]]:
    """Writes the data files; returns which languages are in which slice."""
    world = World.load()
    lines = (json.dumps(pair, ensure_ascii=False) + "\n" for pair in preferences(world, PAIRS, seed=seed))
    write_text(folder / "preferences.jsonl", "".join(lines))
    alignment_groups(world, GROUPS, seed=seed).write(folder / "groups.jsonl")
    held_out_groups(world, tests, seed=seed).write(folder / "test.jsonl")
    return {"pivot": [world.pivot], "aligned": world.aligned, "unseen": world.unseen}


def _train(arm: Arm, base: Path, folder: Path, *, seed: int, fast: bool, show: Show) -> None:

    steps, lr = (FAST_STEPS, FAST_LEARNING_RATE) if fast else (STEPS, LEARNING_RATE)
    settings = run_file(arm, base, folder.parent / "data", folder, seed=seed, steps=steps, lr=lr)
    path = write_text(folder.parent / f"{folder.name}.yaml", yaml.safe_dump(settings, sort_keys=False))
    train(RunFile.read(path), show=Of(arm.name, show))


def _evaluated(
    folder: Path, model_path: Path, arm: Arm, slices: dict[str, Sequence[str]], output: Path, show: Show
) -> ArmResult:
    """Evaluates a model on the held-out prompts, into its folder."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    write_json(
        folder / "meta.json",
        {"name": arm.name, "pivot": slices["pivot"][0], "note": f"{arm.note} {NOTE}"}
        | {name: list(slices[name]) for name in ("aligned", "unseen")},
    )
    model = AutoModelForCausalLM.from_pretrained(model_path, dtype="float32")
    groups = PromptGroups.read(output / "data" / "test.jsonl")
    evaluation = evaluate(
        model,
        AutoTokenizer.from_pretrained(model_path),
        groups,
        folder,
        judge=RuleJudge(candidates=groups.languages),
        max_new_tokens=32,
        batch_size=192,
        name=arm.name,
        show=Of(arm.name, show),
    )
    kinds = evaluation.metrics["kinds"]

    def rates(kind: str, measure: str) -> Slices:
        return {name: _mean(kinds[kind]["languages"], tags, measure) for name, tags in slices.items()}

    return ArmResult(
        arm.name,
        arm.objective,
        rates("harmful", "refused"),
        rates("harmful", "refused_own"),
        rates("harmless", "answered_own"),
        rates("harmless", "refused"),
    )


def _mean(languages: dict[str, Any], tags: Sequence[str], measure: str) -> float:
    return mean_of_known(languages[tag][measure]["value"] for tag in tags)
