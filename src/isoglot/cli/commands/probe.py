"""``isoglot probe``."""

from __future__ import annotations

import math
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..model import Model
from ..options import prompts as prompt_options
from ..options.prompts import Source, columns_of, names_of
from ..options.template import ARGUMENTS, DATE, SYSTEM, Asked
from ..output.console import print_json, print_table, put, quiet, reported, say
from ..output.progress import steps
from ..output.shares import percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...metrics import Estimate
    from ...probe import Probe
    from ...probe.layer import LayerProbe

Dtype = Literal["auto", "float32", "bfloat16", "float16"]
Space = Literal["raw", "standardized", "whitened"]
RULES = prompt_options.RULES
EXAMPLES = (
    "Examples: [bold]isoglot probe Qwen/Qwen2.5-0.5B-Instruct --prompts harmful.jsonl --prompts harmless.jsonl"
    "[/bold]\n\n"
    "[bold]isoglot probe runs/dpo --suite polyrefuse --data data --layer 0.5 -o probes/dpo[/bold]"
)


@reported()
def command(
    model: Annotated[
        str, typer.Argument(help="A folder of a model or adapter, a run directory, a GGUF file, a name on the hub.")
    ],
    prompts: Annotated[list[Path] | None, prompt_options.FILES] = None,
    suite: Annotated[str | None, prompt_options.SUITE] = None,
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="A folder for probe.json and the page probe.html.")
    ] = None,
    languages: Annotated[str | None, prompt_options.LANGUAGES] = None,
    limit: Annotated[int, typer.Option(min=2, help="At most so many groups of each kind, the first ones.")] = 64,
    layer: Annotated[
        str | None,
        typer.Option(help="Of the table by language: from 1, or a share as in 0.5. Default: the recommended one."),
    ] = None,
    space: Annotated[
        Space, typer.Option(help="In which states are compared, as consistency.space of a run.")
    ] = "standardized",
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    data: Annotated[Path | None, prompt_options.DATA] = None,
    kind: Annotated[str | None, prompt_options.KIND] = None,
    shape: Annotated[str | None, prompt_options.SHAPE] = None,
    columns: Annotated[str | None, prompt_options.COLUMNS] = None,
    skip_bad_rows: Annotated[bool, prompt_options.SKIP_BAD_ROWS] = False,
    dtype: Annotated[Dtype, typer.Option(help="Of the weights.")] = "auto",
    trust_remote_code: Annotated[bool, typer.Option("--trust-remote-code", help="Run code the model brings.")] = False,
    chat_template_kwargs: Annotated[list[str] | None, ARGUMENTS] = None,
    system_prompt: Annotated[str | None, SYSTEM] = None,
    date: Annotated[str | None, DATE] = None,
) -> None:
    """Look at a model before it is trained: what its languages have in common, layer by layer.

    Harmful and harmless prompts in several languages are run, nothing is generated. At each layer: does what tells the
    two kinds apart in the pivot do so in the other languages, does a prompt find its translation, do prompts lie by
    meaning or by language. It ends with the layer where the term may look.
    """
    from ...probe import probe
    from ...probe.usable import usable
    from ...probe.writing import place, write

    quiet()
    source = Source(prompts or [], names_of(suite), data, shape, kind, columns_of(columns), skip_bad_rows)
    chat = Asked(chat_template_kwargs, system_prompt, date).of(model)
    answering = Model(model, 1, dtype, trust_remote_code, chat=chat)
    answering.refuse_elsewhere()
    with nullcontext() if output is None else place(output):
        with steps() as shown:
            shown.begin("Reading the prompts")
            groups, _ = source.groups(names_of(languages) or None, limit, shown)
            usable(groups)  # said before a model is loaded
            loaded = answering.loaded(shown)
            shown.begin("Looking at the prompts")
            found = probe(*loaded, groups, space=space, layer=_layer(layer), progress=shown.advance)
        record = {"model": model, "prompts": groups.prompts_hash, **found.to_record()}
        page = None if output is None else write(record, output)
    if json:
        print_json(record)
    else:
        _show(found)
    for note in found.notes:
        say(note)
    where = "" if page is None else f"The page is {page}: open it in a browser. "
    say(where + _next(found.worth_trying))


def _next(layers: list[int]) -> str:
    if len(layers) == 1:
        return f"Next: consistency.layer: {layers[0]} in a run file, then isoglot train RUN.yaml"
    return f"Next: grid: {{consistency.layer: {layers}}} in a sweep file, then isoglot sweep SWEEP.yaml"


def _layer(text: str | None) -> Any:
    """A number of a layer, a share of the depth, or the text as it is, which no model has as a layer."""
    for kind in (int, float):
        try:
            return text if text is None else kind(text)
        except ValueError:
            continue
    return text


_TOLD = ("layer", "told apart: pivot", "elsewhere", "worst language", "gap", "translation found", "worst language")
_LIE = ("layer", "by meaning", "by language", "cosine: translations", "others", "leading share", "raw")
_LANGUAGES = ("language", "told apart (95 %)", "right side", "gap", "shift", "translation found (95 %)", "by chance")


def _show(found: Probe) -> None:
    """Three tables and a sentence."""
    kinds = ", ".join(f"{count} {kind}" for kind, count in found.groups.items()).replace("unknown", "of unknown kind")
    title = (
        f"Layers, * recommended: {kinds} prompts in {found.pivot}, {', '.join(found.languages)}; space {found.space}"
    )
    print_table(title, list(_TOLD), [_told_row(one, found) for one in found.layers])
    print_table("Layers: silhouettes, cosines and spectrum", list(_LIE), [_lie_row(one, found) for one in found.layers])
    rows = [_language_row(tag, found.estimates[tag]) for tag in (found.pivot, *found.languages)]
    print_table(f"Languages at layer {found.layer}", list(_LANGUAGES), rows)
    put(f"Recommended: layer {found.recommended_layer} of {len(found.layers)}: {found.reason}.")
    if found.near is not None:
        put(f"In {percent(found.near)} of draws of these prompts the same rule picks it or one next to it.")


def _told_row(one: LayerProbe, found: Probe) -> list[str]:
    from ...metrics import least_of_known, mean_of_known

    told, gaps = ([by[tag] for tag in found.languages if tag in by] for by in (one.separability, one.gap))
    hits = list(one.retrieval.values())
    numbers = (one.separability.get(found.pivot), mean_of_known(told), least_of_known(told), mean_of_known(gaps))
    shares = (mean_of_known(hits), least_of_known(hits))
    return [_numbered(one, found), *map(_number, numbers), *map(percent, shares)]


def _lie_row(one: LayerProbe, found: Probe) -> list[str]:
    numbers = (one.meaning, one.language, one.translations, one.others, one.leading_share, one.leading_share_raw)
    return [_numbered(one, found), *map(_number, numbers)]


def _numbered(one: LayerProbe, found: Probe) -> str:
    return f"{one.layer} *" if one.layer == found.recommended_layer else f"{one.layer}"


def _language_row(tag: str, by: Mapping[str, Estimate]) -> list[str]:
    from ...pages.words import between
    from ...probe.known import by_chance, known

    there = known(by)
    told, right, hits = (there.get(name) for name in ("separability", "transfer", "retrieval"))
    return [
        tag,
        f"{_number(told.value)} ({_number(told.low)}–{_number(told.high)})" if told else "–",
        percent(right.value if right else None),
        *(_number(there[name].value if name in there else None) for name in ("gap", "shift")),
        f"{percent(hits.value)} ({between(hits.low, hits.high)})" if hits else "–",
        percent(by_chance(by)),
    ]


def _number(value: float | None) -> str:
    return "–" if value is None or math.isnan(value) else f"{value:.2f}"
