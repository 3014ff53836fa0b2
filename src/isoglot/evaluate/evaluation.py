"""Evaluates a model on prompt groups: responses, verdicts, numbers, and what they were computed with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import ModelError, problem
from ..extras import need
from ..files import write_json
from ..judges import BatchJudge, Judge, RuleJudge
from ..models.messages import say_lost_turns
from ..models.systems import say_own_systems
from ..models.template import system_of
from ..progress import Show, Silent
from ..runs import Key, Response
from ..runs.evaluations import PROTOCOL
from ..runs.folder import LOCK, held
from ..runs.shards import shards_in
from .answering.answers import Answers
from .answering.cells import Assignment
from .answering.responses import Generator
from .answering.shards import answered_in, held_in_turn, merge
from .judging.agreement import settle
from .judging.one_judge import Evaluation, judge_folder
from .protocol.card import About
from .protocol.made_with import asked, goes_on, of_template
from .protocol.protocol_files import begin_protocol


def run_evaluation(
    model: Any,
    tokenizer: Any,
    assignment: Assignment,
    output: Path,
    *,
    judge: Judge | BatchJudge | None = None,
    batch_size: int = 16,
    name: str = "",
    progress: Callable[[int, int], None] | None = None,
    show: Show | None = None,
    about: About | None = None,
) -> Evaluation | None:
    """Evaluates a model that is here: what :func:`isoglot.evaluate` does, once it is called.

    Returns:
        What it gave; None for a shard, while others are not done.
    """
    need("eval", "evaluate")  # said before anything is generated
    from ..models.fingerprint import model_hash  # which loads torch

    show, decoding = show or Silent(), assignment.decoding
    show.begin("Looking at the weights")
    _refuse_diverged(model)
    which = {
        "model": name or getattr(model.config, "_name_or_path", "") or type(model).__name__,
        "model_hash": model_hash(model),
        **of_template(tokenizer),
    }
    prompts = [prompt for group in assignment.groups for prompt in group.prompts.values()]
    say_lost_turns(prompts, "groups", tokenizer)
    say_own_systems(prompts, "groups", system_of(tokenizer))
    generator = Generator(
        model,
        tokenizer,
        max_new_tokens=decoding.max_new_tokens,
        batch_size=batch_size,
        temperature=decoding.temperature,
        seed=decoding.seed,
    )

    def generate(answers: Answers) -> None:
        tell = progress or (lambda *_: None)
        tell(*answers.come())
        for batch in generator(answers.missing):
            answers.add(batch)
            tell(*answers.come())

    begun = begin_protocol({**which, **asked(assignment)}, assignment.groups, judge, about, model, tokenizer)
    return answered_and_judged(generate, begun, assignment, output, judge=judge, show=show)


def _refuse_diverged(model: Any) -> None:
    """Refuses a model with weights that are not finite.

    Raises:
        ModelError: naming the first.
    """
    from ..models.finite import not_finite_weight

    if (bad := not_finite_weight(model)) is not None:
        step = "It has diverged in training: evaluate an earlier checkpoint"
        raise ModelError(problem("model", "finite weights", f"infinity or not a number in {bad}", step))


def answered_and_judged(
    answer: Callable[[Answers], None],
    protocol: Mapping[str, Any],
    assignment: Assignment,
    output: Path,
    *,
    judge: Judge | BatchJudge | None,
    show: Show,
) -> Evaluation | None:
    """The way of every evaluation, whoever answers: the folder held, answers as they come, verdicts, numbers.

    Args:
        answer: adds an answer to each cell that has none.
        protocol: what the evaluation is made with, as far as it is known before.
        assignment: what is asked.
        output: the evaluation's folder.
        judge: gives the verdicts; None: the offline rules.
        show: called with progress.

    Returns:
        What it gave; None for a shard, while others are not done.

    Raises:
        RunError: if the folder holds an evaluation with other settings, or another process is at work in it.
    """
    shard, path = assignment.shard, assignment.path(output)
    with held(output, LOCK if shard is None else shard.lock):
        if not goes_on(output, protocol):
            write_json(output / PROTOCOL, dict(protocol))
        order = [cell.key for cell in assignment.cells]
        elsewhere: dict[Key, Response] = {}
        if shard is not None:
            elsewhere = answered_in(output, besides=path)
        elif shards_in(output):  # which were begun before
            merge(output, len(order), order)
        show.begin("Generating")
        answers = Answers(path, assignment.own, elsewhere=elsewhere, show=show)
        with answers.writing():
            answer(answers)
        if shard is None:
            show.begin("Judging")
            return _judged(output, protocol, judge or RuleJudge(), show)
    with held_in_turn(output):
        # Without shards another one has put them together, and judged.
        if not shards_in(output) or len(answered_in(output)) < len(order):
            return None
        merge(output, len(order), order)
        show.begin("Judging")
        return _judged(output, protocol, judge or RuleJudge(), show)


def _judged(output: Path, protocol: Mapping[str, Any], judge: Judge | BatchJudge, show: Show) -> Evaluation:
    """The verdicts and numbers, laid beside those of judges that have been there before."""
    done = judge_folder(output, protocol, judge, show.advance)
    settle(output)
    return done
