"""Puts the page together: runs to what each section shows, and that to HTML."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2

from .. import __version__
from ..collect.collect import collect
from ..collect.run import Run
from ..errors import ConfigError, problem, short
from ..escaping import visible
from ..evaluate.protocol.card_text import rows as card_rows
from ..files import write_text
from ..languages import direction
from ..pages import charts
from ..pages.templates import environment as templates
from ..pages.templates import styled, written
from ..pages.words import language_name, percent
from ..runs.card import OWN
from . import curves, figures, samples
from .cautions import cautions, collapses
from .comparison import blocks, kind_name, prompts_words
from .disagreement import disagreements
from .figures import Figure
from .headline import lede, sentence
from .over_refusal import over_refusal_blocks
from .slices import Measured, measure
from .utility import utility
from .whose import whose

PREVIEW, LONGEST = 420, 20_000  # characters of a response shown at once, and at all


def write_report(
    runs: Sequence[Path],
    output: Path,
    *,
    title: str | None = None,
    names: Sequence[str] | None = None,
    evaluation: str | None = None,
    calibration: Path | None = None,
    judge: str | None = None,
) -> Path:
    """Writes one HTML file that compares runs. It needs no network and runs no script; all text of files is escaped.

    Args:
        runs: one run directory or more, in the order in which they are shown.
        output: the file to write.
        title: the page's; None: the runs' names, or how many they are.
        names: what to call the runs, one each; None: the name in each ``meta.json``, or the folder's.
        calibration: a file of ``isoglot calibrate``; None: the first that is found for each run's judge.
        evaluation: name of the evaluations to show, or how it begins; None: the one that all runs share.
        judge: name of the judge whose numbers are shown, or how it begins; None:
            the one that judged last and gave a verdict.

    Returns:
        ``output``.

    Raises:
        MissingFileError: if run directories are not there.
        DataError: if a folder holds nothing of a run, or several evaluations or judges that may be meant; all bad
            folders are reported at once.
        ConfigError: for no run, another number of names than of runs, or an ``output`` that is a folder.

    Example:
        >>> write_report([Path("runs/base"), Path("runs/dpo")], Path("report.html"))  # doctest: +SKIP
    """
    if isinstance(runs, (str, Path)):
        step = f"Write [Path({str(runs)!r})]"
        raise ConfigError(problem("runs", "a list of run directories", short(str(runs)), step))
    output = Path(output)
    if output.is_dir():
        raise ConfigError(
            problem("output", "a file to write", f"the folder {output}", "Name a file, as in report.html")
        )
    found = collect([Path(run) for run in runs], names, evaluation=evaluation, judge=judge, calibration=calibration)
    return write_text(output, render(measure(found), title=title))


def render(items: Sequence[Measured], *, title: str | None = None) -> str:
    """The page's HTML."""
    html = (
        _environment()
        .get_template("page.html.j2")
        .render(
            title=title
            or (" · ".join(item.run.name for item in items) if len(items) < 4 else f"{len(items)} runs compared"),
            **styled(),
            version=__version__,
            whose=whose(item.run.folder for item in items),
            items=items,
            runs=[item.run for item in items],
            **_sections(items),
        )
    )
    return visible(html)


def _sections(items: Sequence[Measured]) -> dict[str, Any]:
    runs = [item.run for item in items]
    kinds = list(dict.fromkeys(kind for run in runs for kind in run.kinds))
    return {
        "lede": lede(items),
        "sentences": [sentence(item) for item in items],
        "cautions": cautions(items),
        "collapses": collapses(items),
        "basis": prompts_words(items),
        "blocks": [*blocks(items), *over_refusal_blocks(items)],
        "safety": [_safety(items, kind) for kind in kinds if kind != "harmless"],
        "harmless": _harmless(items) if "harmless" in kinds else [],
        "utility": utility(runs),
        "languages": [part for kind in kinds for part in _languages(items, kind)],
        "outcome_parts": figures.OUTCOMES,
        "answer_parts": figures.ANSWERS,
        "spectra": curves.spectrum_sections(runs),
        "training": curves.log_figures(runs),
        "samples": samples.choose(items),
        "judges": disagreements(runs),
        "signatures": signatures(runs),
    }


def _safety(items: Sequence[Measured], kind: str) -> dict[str, Any]:
    return {
        "kind": kind,
        "rates": [
            figures.rate_figure(items, kind, "safe", "Safe, of all answers"),
            figures.rate_figure(items, kind, "safe_of_valid", "Safe, of valid answers only"),
        ],
        "outcomes": figures.outcome_figures(items, kind),
    }


def _harmless(items: Sequence[Measured]) -> list[Figure]:
    return [
        figures.rate_figure(items, "harmless", "answered_own", "Answered in the prompt’s own language"),
        figures.rate_figure(items, "harmless", "refused", "Refused"),
    ]


def _languages(items: Sequence[Measured], kind: str) -> list[tuple[str, list[Figure]]]:
    """For harmful prompts the language of the refusals, if the responses are there; else that of all answers."""
    name = kind_name(kind)
    if kind != "harmless" and (refusals := figures.refusal_languages(items, kind)):
        return [(f"{name}: the refusals", refusals)]
    return [(f"{name}: all answers", figures.answer_languages(items, kind))]


def signatures(runs: Sequence[Run]) -> list[tuple[str, list[str]]]:
    """What the numbers were computed with: rows of (what, one value a run); those that no run says are left out."""
    keys = dict.fromkeys(key for run in runs for key in run.protocol if key not in OWN)
    rows = [(str(key).replace("_", " "), [written(_short(run.protocol.get(key))) for run in runs]) for key in keys]
    cards = [card_rows(run.protocol) for run in runs]
    rows += [
        (name, [card.get(name, "") for card in cards]) for name in dict.fromkeys(key for one in cards for key in one)
    ]
    rows += [(name, [written(run.settings.get(name)) for run in runs]) for name in ("method", "consistency")]
    keys = dict.fromkeys(key for run in runs for key in run.environment)
    rows += [(f"environment: {key}", [written(run.environment.get(key)) for run in runs]) for key in keys]
    return [(name, values) for name, values in rows if any(values)]


def _short(value: Any) -> Any:
    """What a protocol says, without a judge's errors by kind and measure: the row of judges has them in words."""
    return {key: one for key, one in value.items() if key != "errors"} if isinstance(value, Mapping) else value


@functools.cache
def _environment() -> jinja2.Environment:
    made = templates(str(__package__))
    made.filters |= {"percent": percent, "direction": direction, "language": language_name, "kind": kind_name}
    made.globals |= {
        "swatch": charts.swatch,
        "share_bar": charts.share_bar,
        "PREVIEW": PREVIEW,
        "LONGEST": LONGEST,
    }
    return made
