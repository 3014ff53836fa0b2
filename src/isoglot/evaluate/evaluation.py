"""Evaluates a model on prompt groups: responses, verdicts, numbers, and what they were computed with."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..errors import ModelError, problem
from ..extras import need
from ..files import write_json
from ..groups import PromptGroups
from ..judges import BatchJudge, Judge, RuleJudge
from ..progress import Show, Silent
from ..runs import RESPONSES
from ..runs.evaluations import PROTOCOL
from ..runs.folder import held
from .card import About
from .judging import Evaluation, judge_folder
from .keeping import begin_protocol
from .protocol import asked, goes_on, of_template
from .responses import Generator, generate_responses


def run_evaluation(
    model: Any,
    tokenizer: Any,
    groups: PromptGroups,
    output: str | Path,
    *,
    judge: Judge | BatchJudge | None,
    max_new_tokens: int,
    batch_size: int,
    name: str,
    progress: Callable[[int, int], None] | None,
    show: Show | None,
    about: About | None = None,
) -> Evaluation:
    """What :func:`isoglot.evaluate` does, once it is called."""
    need("eval", "evaluation")  # said before anything is generated
    from ..models.fingerprint import model_hash
    from ..models.finite import not_finite_weight
    from ..models.systems import say_own_systems
    from ..models.template import system_of

    show = show or Silent()
    show.begin("Looking at the weights")
    bad = not_finite_weight(model)
    if bad is not None:
        step = "It has diverged in training: evaluate an earlier checkpoint"
        raise ModelError(problem("model", "finite weights", f"infinity or not a number in {bad}", step))
    output = Path(output)
    protocol = {
        "model": name or getattr(model.config, "_name_or_path", "") or type(model).__name__,
        "model_hash": model_hash(model),
        **asked(groups, max_new_tokens=max_new_tokens),
        **of_template(tokenizer),
    }
    say_own_systems((p for group in groups for p in group.prompts.values()), "groups", system_of(tokenizer))
    protocol = begin_protocol(protocol, groups, judge, about, model, tokenizer)
    generator = Generator(model, tokenizer, max_new_tokens=max_new_tokens, batch_size=batch_size)

    def told(done: int, total: int) -> None:
        show.advance(done, total)
        if progress is not None:
            progress(done, total)

    with held(output):
        if not goes_on(output, protocol):
            write_json(output / PROTOCOL, protocol)
        show.begin("Generating")
        generate_responses(generator, groups, output / RESPONSES, progress=told)
        show.begin("Judging")
        return judge_folder(output, protocol, judge or RuleJudge(), show.advance)
