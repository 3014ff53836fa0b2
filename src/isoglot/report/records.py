"""Parsed JSON to the page's values: meta, responses, verdicts, spectra."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ..errors import DataError, problem
from ..judges import OUTCOMES, REFUSALS, Verdict
from ..languages import UNDETERMINED
from ..runs import Response
from .numbers import count, mapping, numbers
from .run import Meta, Spectrum, SpectrumKind

CURVES = ("leading_share", "effective_rank", "min_cosine", "between_cosine")


def parse_meta(value: object) -> Meta:
    """``meta.json``; keys it does not have are empty.

    Raises:
        DataError: where a string or a list of strings should be and is not.
    """
    found = mapping(value, "meta.json")
    name, pivot, note = (_text(found.get(key), key) for key in ("name", "pivot", "note"))
    aligned, unseen = (_tags(found.get(key), key) for key in ("aligned", "unseen"))
    # The pivot is a slice of its own.
    return Meta(name, pivot, tuple(t for t in aligned if t != pivot), tuple(t for t in unseen if t != pivot), note)


def _text(value: object, name: str) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    raise DataError(problem(name, "text", repr(value)[:80]))


def _tags(value: object, name: str) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(tag, str) for tag in value):
        raise DataError(problem(name, "a list of language tags", repr(value)[:80]))
    return tuple(dict.fromkeys(value))


def parse_responses(lines: Iterable[Mapping[str, Any]]) -> tuple[dict[tuple[str, str], Response], int]:
    """Responses by (group, language), and how many lines are none."""
    found, bad = {}, 0
    needed = ("group", "language", "prompt", "response")
    for line in lines:
        if not all(isinstance(line.get(name), str) for name in needed):
            bad += 1
            continue
        kind = line.get("kind")
        response = Response(
            group=line["group"],
            language=line["language"],
            kind=kind if isinstance(kind, str) else None,
            pivot=str(line.get("pivot") or "en"),
            prompt=line["prompt"],
            response=line["response"],
            finish=str(line.get("finish") or ""),
            prompt_cut=line.get("prompt_cut") is True,
        )
        found[response.key] = response
    return found, bad


def parse_verdicts(lines: Iterable[Mapping[str, Any]]) -> tuple[dict[tuple[str, str], Verdict], int]:
    """Verdicts by (group, language), and how many lines are none."""
    found, bad = {}, 0
    for line in lines:
        value = line.get("verdict")
        group, tag = line.get("group"), line.get("language")
        if not isinstance(value, Mapping) or not isinstance(group, str) or not isinstance(tag, str):
            bad += 1
            continue
        outcome, refusal = value.get("outcome"), value.get("refusal")
        if outcome not in (*OUTCOMES, None) or refusal not in (*REFUSALS, None):
            bad += 1
            continue
        found[group, tag] = Verdict(
            outcome=outcome,
            refusal=refusal,
            language=str(value.get("language") or UNDETERMINED),
            reason=str(value.get("reason") or ""),
            error=str(value.get("error") or ""),
        )
    return found, bad


def parse_spectrum(value: object) -> Spectrum:
    """``spectrum.json``.

    Raises:
        DataError: for curves that are not as long as the list of layers, or where numbers should be and are not.
    """
    found = mapping(value, "spectrum.json")
    times = {time: mapping(found.get(time) or {}, time) for time in ("before", "after")}
    layers: object = next((time["layers"] for time in times.values() if time.get("layers")), [])
    places = [count(layer, "layers") for layer in numbers(layers, "layers")]
    if not places:
        raise DataError(problem("layers", "a list of layers", repr(layers)[:80]))
    kinds = {name: _spectra(time, name, len(places)) for name, time in times.items()}
    return Spectrum(places, kinds["before"], kinds["after"])


def _spectra(time: Mapping[str, Any], name: str, depth: int) -> dict[str, SpectrumKind]:
    found = {}
    for kind, value in mapping(time.get("kinds") or {}, f"{name}.kinds").items():
        where = f"{name}.kinds.{kind}"
        item = mapping(value, where)
        curves = {curve: numbers(item[curve], f"{where}.{curve}") for curve in CURVES if item.get(curve) is not None}
        rows = item.get("spectrum") or []
        shares = [numbers(row, f"{where}.spectrum") for row in rows] if isinstance(rows, list) else []
        lengths = {len(curve) for curve in curves.values()} | ({len(shares)} if shares else set())
        if lengths - {depth}:
            raise DataError(problem(where, f"one value for each of {depth} layers", f"{sorted(lengths - {depth})[0]}"))
        found[str(kind)] = SpectrumKind(count(item.get("groups"), f"{where}.groups"), curves, shares)
    return found
