"""Evaluation: a model's answers to prompt groups, judged, counted, with intervals.

The package itself imports nothing heavy: it is imported with ``isoglot``, so that ``isoglot.evaluate`` is the function.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..groups import PromptGroups
    from ..judges import BatchJudge, Judge
    from ..progress import Show
    from ..providers.usage import Price
    from .judging.one_judge import Evaluation
    from .protocol.card import About

__all__ = ["evaluate", "judge_again", "judge_with"]


def evaluate(
    model: Any,
    tokenizer: Any,
    groups: PromptGroups,
    output: str | Path,
    *,
    judge: Judge | BatchJudge | None = None,
    max_new_tokens: int = 256,
    batch_size: int = 16,
    samples: int = 1,
    temperature: float = 0.0,
    seed: int = 0,
    name: str = "",
    progress: Callable[[int, int], None] | None = None,
    show: Show | None = None,
    about: About | None = None,
) -> Evaluation:
    """Generates answers to every cell, judges them and writes everything into a folder.

    A call that was interrupted continues where it stopped: the same call again generates only what is missing.

    Args:
        model: a causal language model.
        tokenizer: its tokenizer.
        groups: the prompts.
        output: folder for ``responses.jsonl``, ``verdicts.<judge>.jsonl``, ``metrics.json``, ``protocol.json``.
        judge: gives the verdicts; None: the offline rules.
        max_new_tokens: longest answer.
        batch_size: prompts at a time.
        samples: answers to each prompt.
        temperature: 0 takes the likeliest token always; several samples want more.
        seed: of the draws.
        name: of the model, for the protocol.
        progress: called with the number of cells answered and of all.
        show: called with progress, step by step: the weights looked at, answers generated, answers judged.
        about: more for the protocol card, and whether every field of it must be known.

    Raises:
        RunError: if the folder holds an evaluation with other settings (which ones is said; the number of prompts at
            a time may differ), if another process is at work in it, or if ``about`` is strict and a field is not known.
        ConfigError: for arguments of another kind, all at once; if ``max_new_tokens`` does not fit into the model's
            context, or a number is out of its range.
        ModelError: for a model whose weights are not finite.
        MissingLibraryError: without the libraries of the extra ``eval``.

    A judge that raises, or returns anything but a :class:`Verdict`, gives an outcome of None on that response, which is
    counted apart; a warning says how many.
    """
    from .answering.cells import Assignment
    from .answering.decoding import Decoding
    from .arguments import check_arguments
    from .evaluation import run_evaluation

    check_arguments(model, tokenizer, groups, judge)
    done = run_evaluation(
        model,
        tokenizer,
        Assignment(groups, Decoding(max_new_tokens, temperature, samples, seed)),
        Path(output),
        judge=judge,
        batch_size=batch_size,
        name=name,
        progress=progress,
        show=show,
        about=about,
    )
    assert done is not None  # which only a shard's is
    return done


def judge_again(output: str | Path, *, judge: Judge | BatchJudge | None = None, show: Show | None = None) -> Evaluation:
    """Judges the responses of a folder again, without generating; writes its verdicts and numbers anew.

    Args:
        output: the folder.
        judge: gives the verdicts; None: the offline rules.
        show: called with progress.

    Raises:
        DataError: if the folder has no responses.
        MissingLibraryError: without the libraries of the extra ``eval``.
    """
    from ..judges import RuleJudge

    return next(iter(judge_with(output, [judge or RuleJudge()], show=show).values()))


def judge_with(
    output: str | Path,
    judges: Sequence[str | Judge | BatchJudge] = (),
    *,
    panel: str | None = None,
    prices: Sequence[Price] = (),
    show: Show | None = None,
) -> dict[str, Evaluation]:
    """Judges the responses of a folder by several judges, without generating.

    Each judge has its own ``verdicts.<judge>.jsonl`` and ``metrics.<judge>.json``; ``metrics.json`` is that of the last
    one that gave a verdict. How well the judges agree, those of earlier calls included, is in ``agreement.json``.

    Args:
        output: the folder.
        judges: judges, or how :func:`~isoglot.judges.named.named` knows them; none: those whose verdicts are there
            already, for a panel of them, or else the offline rules.
        panel: ``majority`` or ``worst``: one more judge, last, made of these judges' verdicts.
        prices: of a million tokens: none, one for all judges, or one for each.
        show: called with progress.

    Returns:
        Names of the judges -> their evaluations, in the order given.

    Raises:
        DataError: if the folder has no responses.
        ConfigError: for a judge or panel that is not known, a judge given twice, a panel of fewer than two.
        MissingLibraryError: without the libraries of the extra ``eval``.
    """
    from .judging.several_judges import run_judges

    return run_judges(output, judges, panel=panel, prices=prices, show=show)
