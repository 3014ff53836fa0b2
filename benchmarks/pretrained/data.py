"""The data of the benchmark, from other people's files: alignment in English, prompt groups, held-out prompts.

Languages: English is the pivot, eight more are in the groups, four are in none. The prompts are PolyRefuse's, the
answers that English alignment learns are Alpaca's. No prompt of a test is near one that is trained on.
"""

from __future__ import annotations

import functools
import json
import random
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

PIVOT = "en"
IN_GROUPS = ("de", "es", "fr", "ru", "it", "ar", "ja", "ko")
IN_NO_GROUP = ("nl", "pl", "th", "yo")
SEARCH_LANGUAGES = ("en", "de", "fr", "ru", "ar", "ja", "ko", "nl", "th")
TEST, SEARCH, HARMLESS_GROUPS, ANSWERS = 60, 16, 200, 420  # prompts of each kind, groups, answered instructions
LAST = "groups-guarded.jsonl"  # the file that is written last
HELD_OUT = 60  # answered instructions that are not trained on
ALIKE = 0.5  # share of character 4-grams, of those that either of two English texts has, from which they are one prompt
LONGEST_ANSWER = 260  # characters
OWN_ANSWERS = 24  # of each of the groups' languages, as many as refusals

Row = dict[str, Any]


def write_data(source: Path, output: Path) -> None:
    """Writes every file of the benchmark.

    Args:
        source: folder with ``polyrefuse/`` and ``instructions/``.
        output: gets ``groups.jsonl``, ``groups-guarded.jsonl`` (harmless prompts in all languages), ``test.jsonl``,
            ``search.jsonl``, ``sft.jsonl``, ``sft-translated.jsonl``, ``held-out.jsonl`` (answered instructions of no
            training) and the prompts for which a model's own answers are needed: ``questions.jsonl``, those of
            ``sft.jsonl``, and ``questions-in-languages.jsonl``.
    """
    rng, refusals = random.Random(0), _refusals()
    harmful, harmless = _prompts(source, "harmful_train", "harmful_val"), _prompts(source, "harmless_test")
    held_out = len(harmful) - 39  # the source's own validation part comes last
    rng.shuffle(order := list(range(held_out)))
    harmful = [harmful[place] for place in (*range(held_out, len(harmful)), *order)]
    rng.shuffle(harmless)
    tests = {"test": (0, TEST), "search": (TEST, TEST + SEARCH)}
    for name, (start, end) in tests.items():
        tags = (PIVOT, *IN_GROUPS, *IN_NO_GROUP) if name == "test" else SEARCH_LANGUAGES
        parts = [("harmful", harmful[start:end]), ("harmless", harmless[start:end])]
        _write(output / f"{name}.jsonl", [_group(kind, row, tags) for kind, rows in parts for row in rows])
    kept = [row[PIVOT] for row in (*harmful[: TEST + SEARCH], *harmless[: TEST + SEARCH])]
    to_refuse = _unlike(harmful[TEST + SEARCH :], kept)
    to_keep = _unlike(harmless[TEST + SEARCH :], kept)[:HARMLESS_GROUPS]
    tags = (PIVOT, *IN_GROUPS)
    parts = [("harmful", to_refuse), ("harmless", to_keep)]
    _write(output / "groups.jsonl", [_group(kind, row, tags) for kind, rows in parts for row in rows])
    answers = _unlike(_answers(source, rng), kept)
    answered, left = answers[:ANSWERS], answers[ANSWERS:]
    refused = [{"prompt": row[PIVOT], "completion": rng.choice(refusals[PIVOT])} for row in to_refuse]
    good = _answered(answered)
    rng.shuffle(rows := refused + good)
    _write(output / "sft.jsonl", rows)
    _write(output / "questions.jsonl", [{"id": f"q{n}", "prompts": {PIVOT: r["prompt"]}} for n, r in enumerate(rows)])
    translated = []
    for row in to_refuse:  # as many rows as in English alone: each prompt in one language
        tag = rng.choice(tags)
        translated.append({"prompt": row[tag], "completion": rng.choice(refusals[tag])})
    rng.shuffle(rows := translated + good)
    _write(output / "sft-translated.jsonl", rows)
    held_out = _unlike(left, [row[PIVOT] for row in answered])[:HELD_OUT]
    _write(output / "held-out.jsonl", _answered(held_out))
    asked = [
        {"id": f"{tag}-{n}", "prompts": {tag: row[tag]}}
        for n, row in enumerate(to_keep)
        for tag in rng.sample(IN_GROUPS, 2)
    ]
    _write(output / "questions-in-languages.jsonl", asked)
    guarded = [_group("harmless", row, (*tags, *IN_NO_GROUP)) for row in to_keep]
    _write(output / LAST, [*(_group("harmful", row, tags) for row in to_refuse), *guarded])


def write_preferences(output: Path, own: dict[str, str]) -> int:
    """Writes ``preferences.jsonl``: the answers of ``sft.jsonl`` against the started model's own.

    Args:
        output: folder with ``sft.jsonl``.
        own: ``q0`` and so on -> the model's answer to that row's prompt.

    Returns:
        How many rows are left out, their own answer being empty or the same.
    """
    rows = _lines(output / "sft.jsonl")
    pairs = [
        {"prompt": row["prompt"], "chosen": row["completion"], "rejected": own[f"q{place}"].strip()}
        for place, row in enumerate(rows)
    ]
    fine = [pair for pair in pairs if pair["rejected"] and pair["rejected"] != pair["chosen"].strip()]
    _write(output / "preferences.jsonl", fine)
    return len(pairs) - len(fine)


def write_answered(output: Path, own: Sequence[tuple[str, str, str]]) -> None:
    """Writes ``sft-answered.jsonl``: ``sft-translated.jsonl`` with harmless answers in the groups' languages.

    They take the places of as many English ones, so that there are as many rows.

    Args:
        output: folder with ``sft-translated.jsonl``.
        own: language, prompt and answer of each that can be had; ``OWN_ANSWERS`` a language are taken.
    """
    rng, taken = random.Random(0), []
    for tag in IN_GROUPS:
        found = [(prompt, _whole(answer)) for language, prompt, answer in own if language == tag]
        rows = [{"prompt": prompt, "completion": answer} for prompt, answer in found if answer]
        taken += rows[:OWN_ANSWERS]
    refusals = {refusal for of in _refusals().values() for refusal in of}
    kept = _lines(output / "sft-translated.jsonl")
    answered = [place for place, row in enumerate(kept) if row["completion"] not in refusals]
    for place, row in zip(rng.sample(answered, len(taken)), taken, strict=True):
        kept[place] = row
    _write(output / "sft-answered.jsonl", kept)


def write_added(output: Path, languages: Mapping[str, str]) -> None:
    """Writes ``sft-added.jsonl``: all of ``sft.jsonl`` and, in each of the groups' languages, a few rows more.

    Args:
        output: folder with ``sft.jsonl`` and ``sft-answered.jsonl``, from which the rows come: ``OWN_ANSWERS`` refusals
            and as many harmless answers a language.
        languages: prompt -> its language, of the harmless answers.
    """
    of_language = {refusal: tag for tag, of in _refusals().items() for refusal in of}
    rows = _lines(output / "sft.jsonl")
    others = _lines(output / "sft-answered.jsonl")
    for tag in sorted(IN_GROUPS):
        rows += [row for row in others if of_language.get(row["completion"]) == tag][:OWN_ANSWERS]
        answers = [row for row in others if row["completion"] not in of_language]
        rows += [row for row in answers if languages.get(row["prompt"]) == tag][:OWN_ANSWERS]
    random.Random(0).shuffle(rows)
    _write(output / "sft-added.jsonl", rows)


def _whole(answer: str) -> str:
    """An answer to the end of its last whole sentence; empty if there is none."""
    return answer[: max(answer.rfind(end) for end in ".!?。！？؟") + 1]


def alike(one: str, other: str) -> float:
    """Share of character 4-grams that two texts have in common, of those that either has."""
    return _overlap(_grams(one), _grams(other))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one & other)
    return both / max(1, len(one) + len(other) - both)


@functools.cache
def _grams(text: str) -> frozenset[str]:
    text = " ".join(text.lower().split())
    return frozenset(text[place : place + 4] for place in range(max(1, len(text) - 3)))


def _answered(rows: Sequence[Row]) -> list[Row]:
    return [{"prompt": row[PIVOT], "completion": row["answer"]} for row in rows]


def _unlike(rows: Iterable[Row], kept: Sequence[str]) -> list[Row]:
    """The rows whose English is near none of the kept texts."""
    grams = [_grams(text) for text in kept]
    return [row for row in rows if all(_overlap(_grams(row[PIVOT]), other) < ALIKE for other in grams)]


def _prompts(source: Path, *parts: str) -> list[Row]:
    """PolyRefuse's prompts by language, parallel by position; rows with an empty cell are left out."""
    columns = {}
    for tag in (PIVOT, *IN_GROUPS, *IN_NO_GROUP):
        rows = [row for part in parts for row in _json(source / "polyrefuse" / f"{part}_translated_{tag}.json")]
        columns[tag] = [(row.get("instruction_translated") or row["instruction"] or "").strip() for row in rows]
    cells = zip(*columns.values(), strict=True)
    found = [{"id": f"{parts[0]}-{n}", **dict(zip(columns, texts, strict=True))} for n, texts in enumerate(cells)]
    assert all(all(row.values()) for row in found), "an empty cell"
    return found


def _answers(source: Path, rng: random.Random) -> list[Row]:
    """Alpaca's instructions with answers short enough to learn from, cut at a sentence's end."""
    found = []
    for row in _json(source / "instructions" / "alpaca_en_demo.json"):
        answer = _short(row["output"].strip())
        if not row.get("input") and answer and len(answer) > 40:
            found.append({PIVOT: row["instruction"].strip(), "answer": answer})
    rng.shuffle(found)
    return found


def _short(answer: str) -> str | None:
    if len(answer) <= LONGEST_ANSWER:
        return answer
    end = answer.rfind(". ", 0, LONGEST_ANSWER)
    return answer[: end + 1] if end > 60 else None


def _group(kind: str, row: Row, tags: Sequence[str]) -> Row:
    return {"id": row["id"], "pivot": PIVOT, "kind": kind, "prompts": {tag: row[tag] for tag in tags}}


def _refusals() -> dict[str, list[str]]:
    return yaml.safe_load((Path(__file__).parent / "refusals.yaml").read_text(encoding="utf-8"))


def _lines(path: Path) -> list[Row]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def _json(path: Path) -> list[Row]:
    return json.loads(path.read_text(encoding="utf-8"))


def _write(path: Path, rows: Iterable[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
