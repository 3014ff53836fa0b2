"""One evaluation with prompts, as ``isoglot evaluate`` is asked for it: where it goes, the work, and what is said."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..errors import RunError, problem
from .again import check_prompts, made_again, own_folder_again, rules_again, show_again
from .model import Model
from .options.prompts import Source
from .output.console import say
from .output.corrected import check_calibration, corrected
from .output.results import results_in, say_of_shard, show
from .output.silent_judges import say_of_silent
from .utility import Wanted
from .utility import run as run_utility

if TYPE_CHECKING:
    from ..evaluate.answering.cells import Assignment
    from ..evaluate.judging.one_judge import Evaluation
    from ..evaluate.numbers.bar import Bar
    from ..evaluate.protocol.card import About
    from ..judges import BatchJudge
    from ..progress import Show


@dataclass(frozen=True)
class Judging:
    """Who judges after the rules, and what corrects their rates; a misspelt one is said as this is made.

    Attributes:
        specs: of the judges, as given; the numbers of the last one that gives verdicts count.
        calibration: a file; None: the first that is found for each judge.
        options: of those that ask a model, as :func:`isoglot.judges.guards.guard` takes them.
        judges: of these specs.

    Raises:
        ConfigError: for judges that are none.
        MissingFileError, RunError, DataError: for a calibration that is not there, or none.
    """

    specs: Sequence[str]
    calibration: Path | None
    options: Mapping[str, Any] = field(default_factory=dict)
    judges: Sequence[BatchJudge] = field(init=False)

    def __post_init__(self) -> None:
        from ..evaluate.judging.several_judges import judges_of_specs

        object.__setattr__(self, "judges", judges_of_specs(self.specs, None, self.options))
        check_calibration(self.calibration)

    def by_all(self, done: Evaluation, show: Show) -> list[Evaluation]:
        """What each judge says, its rates corrected where it is calibrated; last is the one whose numbers count.

        The rules come first, but for judges that gave no verdict at all.
        """
        from ..evaluate import judge_with
        from ..runs.judged import is_silent

        others = judge_with(done.folder, self.judges, show=show).values() if self.judges else ()
        every = [corrected(one, self.calibration) for one in (done, *others)]
        return sorted(every, key=lambda one: not is_silent(one.metrics))


@dataclass(frozen=True)
class Evaluated:
    """An evaluation, as the command line wants it.

    Attributes:
        model: who answers.
        source: of the prompts.
        judging: who judges.
        utility: what else is measured.
        again: the protocol that it is made again from; None: it is a new one.
        output: where results go; None: a folder of its own in the run.
    """

    model: Model
    source: Source
    judging: Judging
    utility: Wanted
    again: Path | None
    output: Path | None

    def folder(self, assignment: Assignment) -> Path:
        """Where results go; sees before anything is generated that there are such tasks, and the same prompts again.

        Args:
            assignment: what is asked.
        """
        from ..evaluate.answering.template import in_protocol
        from ..evaluate.protocol.made_with import asked
        from ..runs.evaluations import own_folder
        from ..runs.folder import refuse_file

        self.utility.check(self.model, assignment.groups.languages)
        written = {} if self.model.chat is None else in_protocol(self.model.chat)
        wanted = asked(assignment) | written
        check_prompts(self.again, wanted, list(self.source.files))
        own = own_folder(run_directory(self.model), self.source.name, wanted)
        folder = self.output or own_folder_again(self.again, own)
        refuse_file(folder)
        return folder

    def run(self, assignment: Assignment, folder: Path, show: Show, known: About) -> list[dict[str, Any]]:
        """Answers, verdicts, and utility.

        Args:
            assignment: what is asked.
            folder: where results go.
            show: told the progress.
            known: what the command line says, for the protocol.

        Returns:
            The numbers of each judge, those that count last and with utility; none for a shard while others are not
            done.
        """
        done = self.model.evaluate(assignment, folder, show, known, rules_again(self.again))
        if done is None:
            return []
        *others, last = [one.metrics for one in self.judging.by_all(done, show)]
        return [*others, last | run_utility(self.utility, self.model, folder, assignment.groups.languages, show)]

    def say(
        self,
        numbers: Sequence[Mapping[str, Any]],
        assignment: Assignment,
        folder: Path,
        *,
        bars: Sequence[Bar],
        json: bool,
    ) -> None:
        """Shows the numbers and where they are, or what a shard waits for.

        Args:
            numbers: what :meth:`run` gave; the last are shown.
            assignment: what was asked.
            folder: where results are.
            bars: what the numbers must reach.
            json: whether plain values are printed.

        Raises:
            Exit: with 1, if a bar is missed, or a judge has given no verdict at all.
        """
        if not numbers:
            say_of_shard(assignment, folder, json=json)
            return
        metrics = numbers[-1]
        again = made_again(self.again, folder)
        show({**metrics, **({"again": again} if again else {})}, json=json)
        show_again(again, json=json)
        say(results_in(folder))
        silent = say_of_silent(numbers)  # first, for the numbers shown are another judge's then
        missed = [text for bar in bars if (text := bar.missed(metrics))]
        for text in missed:
            say(text)
        if missed or silent:
            raise typer.Exit(1)


_OF_A_TRAINING = re.compile(
    r"checkpoint-\d+|(final|best|last|merged)([-_](model|checkpoint))?|model|adapter", re.IGNORECASE
)


def run_directory(model: Model) -> Path:
    """The model's own, or a folder for evaluations of any other model."""
    path = Path(model.name)
    if model.is_elsewhere:
        return Path("runs", "evaluate-" + re.sub(r"[^\w.-]+", "_", model.name))
    return path if (path / "run.yaml").exists() else Path("runs") / f"evaluate-{_called(path.resolve())}"


def _called(path: Path) -> str:
    """The folder's name; where many trainings have one of the same, as a checkpoint, behind that of its training."""
    from ..runs.kept_checkpoints import CHECKPOINTS

    if not _OF_A_TRAINING.fullmatch(path.name):
        return path.name
    training = path.parent.parent if path.parent.name == CHECKPOINTS else path.parent
    return f"{training.name}-{path.name}".lstrip("-")


def refuse_unfinished(path: Path) -> None:
    """A run directory without its model yet would otherwise fail in the loader's words.

    Raises:
        RunError: for a run that has not finished.
    """
    from ..train import RunDirectory

    if (path / "run.yaml").exists() and not RunDirectory(path).finished:
        step = f"Run isoglot train {path / 'run.yaml'} to continue it"
        raise RunError(problem(str(path), "a finished run", "one that was stopped", step))
