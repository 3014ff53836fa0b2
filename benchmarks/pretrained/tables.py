"""From a sweep's trials to tables: shares by language, intervals by prompts and seeds, paired differences to plain."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from data import IN_GROUPS, IN_NO_GROUP, PIVOT
from losses import ANSWERS, LOSSES

from isoglot.metrics.seeds import interval, interval_of_worst, rates, resample, resampled_rates, statistic
from isoglot.sweep.outcomes import CRITERIA, table

PLAIN = "plain"  # the setting that all others are compared with
SLICES = {"English": (PIVOT,), "in groups": IN_GROUPS, "in no group": IN_NO_GROUP}


class Estimate(NamedTuple):
    """A share, or a difference of shares, with its 95 % interval; ``n``: prompts, seeds, languages."""

    value: float
    low: float
    high: float
    n: tuple[int, int, int]


def write_tables(sweep: Path, output: Path, name: str) -> None:
    """Writes ``NAME.md``, ``NAME.csv`` (every estimate) and two tables of the trials.

    ``NAME.trials.csv`` has each seed, measure and language; ``NAME.costs.csv`` what each trial took, and its losses on
    held-out text.
    """
    settings = _settings(sweep)
    output.mkdir(parents=True, exist_ok=True)
    lines, rows = [], []
    for setting, trials in settings.items():
        for seed, trial in sorted(trials.items(), key=lambda item: str(item[0])):
            for measure, by_language in trial["outcomes"].items():
                for tag, codes in by_language.items():
                    lines.append([setting, seed, measure, tag, codes.count("1"), len(codes) - codes.count("-")])
        for measure in CRITERIA:
            for slice_name, tags in SLICES.items():
                rows += _estimates(setting, trials, settings.get(PLAIN), measure, slice_name, tags)
    _write(output / f"{name}.trials.csv", ["setting", "seed", "measure", "language", "count", "of"], lines)
    costs = [
        [setting, seed, what, value]
        for setting, trials in settings.items()
        for seed, trial in sorted(trials.items(), key=lambda item: str(item[0]))
        for what, value in [*trial["costs"].items(), *((f"loss {tag}", x) for tag, x in trial["losses"].items())]
    ]
    _write(output / f"{name}.costs.csv", ["setting", "seed", "what", "value"], costs)
    names = ["setting", "against", "measure", "languages", "statistic", "value", "low", "high", "prompts", "seeds"]
    _write(output / f"{name}.csv", names, rows)
    (output / f"{name}.md").write_text(_page(settings), encoding="utf-8")


def _settings(sweep: Path) -> dict[str, dict[Any, Mapping[str, Any]]]:
    """Setting -> seed -> what ``trial.json`` says, for the trials that the sweep's own table names."""
    known = json.loads((sweep / "sweep.json").read_text(encoding="utf-8"))["settings"]
    found: dict[str, dict[Any, Mapping[str, Any]]] = {}
    for one in known:
        for folder in one["trials"].values():
            path = sweep / folder / "trial.json"
            if path.exists():
                trial = json.loads(path.read_text(encoding="utf-8"))
                losses = path.with_name(LOSSES)
                trial["losses"] = json.loads(losses.read_text(encoding="utf-8")) if losses.exists() else {}
                trial["costs"] = _costs(path.parent)
                found.setdefault(one["name"], {})[trial["seed"]] = trial
    return found


def _costs(folder: Path) -> dict[str, float]:
    """What a trial took: CPU seconds, memory, and how much of a step's tokens the term had."""
    found: dict[str, float] = {}
    environment = folder / "environment.json"
    told = json.loads(environment.read_text(encoding="utf-8")) if environment.exists() else {}
    usage = told.get("usage", {})
    if "cpu_seconds" in usage:  # not of the wall: trials may run side by side
        found["training, CPU s"] = usage["cpu_seconds"]
    if held := usage.get("peak_memory_bytes"):
        found["peak memory, GiB"] = round(held / 2**30, 2)
    log = folder / "log.jsonl"
    lines = log.read_text(encoding="utf-8").splitlines() if log.exists() else []
    shares = [line["consistency/token_share"] for line in map(json.loads, lines) if "consistency/token_share" in line]
    if shares:
        found["share of tokens"] = round(float(np.mean(shares)), 3)
    return found


def _tables(trials: Mapping[Any, Mapping[str, Any]], measure: str, tags: Sequence[str]) -> dict[Any, np.ndarray]:
    """Seed -> (prompts, languages) of the slice's languages that were tested."""
    return {
        seed: table(trial["outcomes"][measure], [tag for tag in tags if tag in trial["outcomes"][measure]])
        for seed, trial in trials.items()
    }


def share(tables: Sequence[np.ndarray], *, worst: bool, high_is_good: bool) -> Estimate:
    """The mean over languages, or each seed's worst language, averaged over seeds."""
    which, prompts = "worst" if worst else "mean", len(tables[0])
    found = rates(tables)
    drawn = resampled_rates(tables, resample([len(one) for one in tables], shared=True))
    value = float(statistic(found, which, high_is_good=high_is_good)[0])
    if worst:
        ends = interval_of_worst(drawn, found, value, prompts=prompts, high_is_good=high_is_good)
    else:
        draws = statistic(drawn, which, high_is_good=high_is_good)
        ends = interval(draws, value, seeds=len(tables), prompts=prompts)
    return Estimate(value, *ends, _sizes(tables))


def difference(tables: Sequence[np.ndarray], against: Sequence[np.ndarray]) -> Estimate:
    """The mean difference of two settings with the same seeds and prompts, by a bootstrap over both.

    One prompt in all its languages is drawn as one, for both settings; as for shares, an interval over few seeds is
    stretched.
    """
    differences = [one - other for one, other in zip(tables, against, strict=True)]
    slots = resample([len(one) for one in differences], shared=True)
    value = float(statistic(rates(differences), "mean", high_is_good=True)[0])
    draws = statistic(resampled_rates(differences, slots), "mean", high_is_good=True)
    known, seeds = draws[~np.isnan(draws)], len(differences)
    stretch = math.sqrt(seeds / (seeds - 1)) if seeds > 1 else 1.0
    low, high = (value + stretch * (float(end) - value) for end in np.quantile(known, [0.025, 0.975]))
    return Estimate(value, low, high, _sizes(differences))


def _sizes(tables: Sequence[np.ndarray]) -> tuple[int, int, int]:
    return len(tables[0]), len(tables), tables[0].shape[1]


def _estimates(
    setting: str,
    trials: Mapping[Any, Mapping[str, Any]],
    plain: Mapping[Any, Mapping[str, Any]] | None,
    measure: str,
    slice_name: str,
    tags: Sequence[str],
) -> list[list[Any]]:
    tables = _tables(trials, measure, tags)
    if not tables or not next(iter(tables.values())).shape[1]:
        return []
    made = [
        ["", which, share(list(tables.values()), worst=which == "worst", high_is_good=CRITERIA[measure].high_is_good)]
        for which in ("mean", "worst")
    ]
    base = _tables(plain or {}, measure, tags)
    seeds = sorted(seed for seed in tables if seed is not None and seed in base)
    if setting != PLAIN and seeds:
        made.append([PLAIN, "mean difference", difference([tables[s] for s in seeds], [base[s] for s in seeds])])
    return [
        [setting, against, measure, slice_name, which, *(round(x, 4) for x in one[:3]), one.n[0], one.n[1]]
        for against, which, one in made
    ]


def _page(settings: Mapping[str, Mapping[Any, Mapping[str, Any]]]) -> str:
    """Shares by language, in percent, means over the seeds."""
    parts = []
    for measure, words in ((name, one.words) for name, one in CRITERIA.items()):
        tags = [
            tag for tag in (PIVOT, *IN_GROUPS, *IN_NO_GROUP) if any(_has(c, measure, tag) for c in settings.values())
        ]
        head = ["setting", "seeds", *(f"{tag}*" if tag in IN_NO_GROUP else tag for tag in tags), *SLICES]
        lines = [" | ".join(head), " | ".join("---" for _ in head)]
        for setting, trials in settings.items():
            by_tag = [_percent(list(_tables(trials, measure, [tag]).values())) for tag in tags]
            by_slice = [_percent(list(_tables(trials, measure, slice_tags).values())) for slice_tags in SLICES.values()]
            lines.append(" | ".join([setting, str(len(trials)), *by_tag, *by_slice]))
        parts.append(f"## {words[0].upper()}{words[1:]}, %\n\n" + "\n".join(f"| {line} |" for line in lines))
    parts += _table_of(settings, "losses", "Loss on held-out text, nats a token", _named)
    parts += _table_of(settings, "costs", "What a trial took", str)
    return "\n\n".join(parts) + "\n\n\\* in no group\n"


def _table_of(
    settings: Mapping[str, Mapping[Any, Mapping[str, Any]]], part: str, title: str, named: Callable[[str], str]
) -> list[str]:
    """Means over the seeds of what trials know of themselves; no table where none does."""
    names = list(
        dict.fromkeys(name for trials in settings.values() for trial in trials.values() for name in trial[part])
    )
    if not names:
        return []
    lines = [" | ".join(["setting", "seeds", *map(named, names)]), " | ".join("---" for _ in [*names, 0, 0])]
    for setting, trials in settings.items():
        known = [trial[part] for trial in trials.values() if trial[part]]
        values = [[one[name] for one in known if name in one] for name in names]
        means = [float(np.mean(of)) if of else math.nan for of in values]
        shown = ["" if math.isnan(x) else f"{x:.0f}" if x >= 100 else f"{x:.3g}" for x in means]
        lines.append(" | ".join([setting, str(len(known)), *shown]))
    return [f"## {title}\n\n" + "\n".join(f"| {line} |" for line in lines)]


def _named(tag: str) -> str:
    if tag == ANSWERS:
        return "English answers"
    return f"{tag}*" if tag in IN_NO_GROUP else tag


def _has(trials: Mapping[Any, Mapping[str, Any]], measure: str, tag: str) -> bool:
    return any(tag in trial["outcomes"][measure] for trial in trials.values())


def _percent(tables: Sequence[np.ndarray]) -> str:
    if not tables or not tables[0].shape[1]:
        return ""
    return f"{100 * float(statistic(rates(tables), 'mean', high_is_good=True)[0]):.0f}"


def _write(path: Path, head: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    with open(path, "w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([head, *rows])
