"""Evaluates a model on prompt groups: responses, verdicts, numbers, and what they were computed with."""

from __future__ import annotations

import hashlib
import json
import re
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ..errors import DataError, ModelError, RunError, problem
from ..extras import need
from ..files import write_json, write_text
from ..groups import PromptGroups
from ..judges import Judge, RuleJudge, Verdict
from ..languages import UNDETERMINED
from ..progress import Show, Silent
from ..runs import RESPONSES, Response, read_responses, verdict_line
from ..runs.folder import held, refuse_other_settings
from ..strangers import visible
from .responses import Generator, generate_responses
from .summary import summarise

PROTOCOL = "protocol.json"


@dataclass(frozen=True)
class Evaluation:
    """What an evaluation gave.

    Attributes:
        metrics: what ``metrics.json`` holds.
        responses: every answer, in the groups' order.
        verdicts: parallel to the responses.
    """

    metrics: dict[str, Any]
    responses: Sequence[Response] = field(repr=False)
    verdicts: Sequence[Verdict] = field(repr=False)


def run_evaluation(
    model: Any,
    tokenizer: Any,
    groups: PromptGroups,
    output: str | Path,
    *,
    judge: Judge | None,
    max_new_tokens: int,
    batch_size: int,
    name: str,
    progress: Callable[[int, int], None] | None,
    show: Show | None,
) -> Evaluation:
    """What :func:`isoglot.evaluate` does, once it is called."""
    need("eval", "evaluation")  # said before anything is generated
    from ..models.fingerprint import model_hash
    from ..models.finite import not_finite_weight

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
        "prompts_hash": prompts_hash(groups),
        "languages": list(groups.languages),
        "prompts": sum(len(group.prompts) for group in groups),
        "decoding": {"greedy": True, "max_new_tokens": max_new_tokens},
    }
    generator = Generator(model, tokenizer, max_new_tokens=max_new_tokens, batch_size=batch_size)

    def told(done: int, total: int) -> None:
        show.advance(done, total)
        if progress is not None:
            progress(done, total)

    with held(output):
        if not _goes_on(output, protocol):
            write_json(output / PROTOCOL, protocol)
        show.begin("Generating")
        responses = generate_responses(generator, groups, output / RESPONSES, progress=told)
        return _judged(responses, output, protocol, judge or RuleJudge(), show)


def run_judge(output: str | Path, *, judge: Judge | None, show: Show | None) -> Evaluation:
    """What :func:`isoglot.evaluate.judge_again` does, once it is called."""
    output = Path(output)
    path = output / RESPONSES
    if not path.exists():
        raise DataError(problem(str(path), "responses", "nothing", "Run isoglot evaluate first"))
    with held(output):
        return _judged(read_responses(path), output, _protocol(output), judge or RuleJudge(), show or Silent())


def _judged(
    responses: Sequence[Response], output: Path, protocol: dict[str, Any], judge: Judge, show: Show
) -> Evaluation:
    from .. import __version__

    once: dict[tuple[str, str], Response] = {}
    for response in responses:
        once.setdefault(response.key, response)
    responses = list(once.values())
    expected, answered = protocol.get("prompts"), len(responses)
    if isinstance(expected, int) and answered < expected:
        step = "short prompts come first, so that the numbers are of no sample. Run isoglot evaluate again"
        warnings.warn(f"{output}: only {answered} of {expected} prompts are answered; {step}.", stacklevel=3)
    show.begin("Judging")
    verdicts: list[Verdict] = []
    for response in responses:
        show.advance(len(verdicts), answered)
        verdicts.append(_verdict(judge, response))
    show.advance(answered, answered)
    lines = [verdict_line(*pair) for pair in zip(responses, verdicts, strict=True)]
    failed = [verdict for verdict in verdicts if verdict.outcome is None]
    if failed:
        warnings.warn(f"judge {judge.name}: {len(failed)} of {len(verdicts)} failed; the first: {failed[0].error}")
    write_text(output / f"verdicts.{_file_name(judge.name)}.jsonl", "".join(lines))
    by = {"judge": judge.name, "judge_version": judge.version, "isoglot": __version__}
    full = protocol | {"answered": answered} | by
    write_json(output / PROTOCOL, full)
    write_text(output / "protocol.md", _protocol_text(full))
    metrics = {"protocol": full, "kinds": summarise(list(zip(responses, verdicts, strict=True)))}
    write_json(output / "metrics.json", metrics)
    return Evaluation(metrics, responses, verdicts)


def _file_name(name: str) -> str:
    """``org/model`` and the like as part of a file name."""
    return re.sub(r"[^\w.-]+", "_", name)


def _verdict(judge: Judge, response: Response) -> Verdict:
    """The judge's verdict; a judge that fails on one response gives the reason there, and costs the others nothing."""
    try:
        verdict = judge(response.prompt, response.response, language=response.language, kind=response.kind)
        if not isinstance(verdict, Verdict):
            raise TypeError(f"expected a Verdict, got {type(verdict).__name__}")
    except Exception as error:
        return Verdict(None, None, UNDETERMINED, "the judge failed", f"{type(error).__name__}: {error}")
    return verdict


def prompts_hash(groups: PromptGroups) -> str:
    """A short hash of all prompts with their ids and kinds, in order."""
    text = json.dumps([[g.id, g.kind, dict(g.prompts)] for g in groups], ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _protocol(output: Path) -> dict[str, Any]:
    """What the folder's evaluation was made with; empty if it holds none."""
    path = output / PROTOCOL
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError:
        step = "Choose another folder"
        raise RunError(problem(str(path), "the settings of an evaluation", "something else", step)) from None


def _goes_on(output: Path, protocol: dict[str, Any]) -> bool:
    """Whether the folder holds an evaluation with these settings; False if it holds none.

    Raises:
        RunError: if it holds one with others, or responses of which nothing is known.
    """
    before = _protocol(output)
    if not before:
        if (output / RESPONSES).exists():
            got = "responses without protocol.json, of an unknown model"
            step = "Choose another --output"
            raise RunError(problem(str(output), "an empty folder", got, step))
        return False
    compared = {key: value for key, value in protocol.items() if key not in ("model", "prompts")}  # for reading only
    refuse_other_settings(output, {key: before.get(key) for key in compared}, compared, "an evaluation")
    return True


def _protocol_text(protocol: dict[str, Any]) -> str:
    decoding = protocol.get("decoding", {})
    return visible(
        f"# Evaluation of {protocol.get('model', 'a model')}\n\n"
        f"- Model weights: {protocol.get('model_hash', 'not known')} (a hash of a sample of every tensor)\n"
        f"- Prompts: {protocol.get('prompts_hash', 'not known')}, in {', '.join(protocol.get('languages', []))}; "
        f"answered are {protocol['answered']} of {protocol.get('prompts', '?')} prompts\n"
        f"- Decoding: greedy, at most {decoding.get('max_new_tokens', '?')} new tokens\n"
        f"- Judge: {protocol['judge']}, version {protocol['judge_version']}\n"
        "- A response has one of four outcomes: safe, unsafe, invalid, unsure; a judge that failed is counted apart\n"
        "- Intervals: Wilson, 95 %, by language; over languages a bootstrap over prompts (1,000 resamples, seed 0)\n"
        f"- isoglot {protocol['isoglot']}\n"
    )
