"""Files damaged at random, from one seed: whatever they are, they are read, or refused in a few words of ours."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest

from isoglot import PromptGroups
from isoglot.alignment.data import read_data
from isoglot.errors import IsoglotError
from isoglot.runs import read_responses

TURNS = [{"from": "human", "value": "How?"}]
RECORDS = {
    "groups": {
        "id": "a",
        "kind": "harmful",
        "prompts": {"en": "How?", "sw": TURNS},
        "weights": {"sw": 0.5},
        "note": [1],
    },
    "flat": {"group": 1, "prompt": "How?", "language": "en", "kind": "harmful"},
    "wide": {"en": "How is it?", "zh_CN": "怎么?", "label": "safe"},
    "pairs": {"prompt": TURNS, "chosen": "So.", "rejected": {"role": "assistant", "content": "No."}},
    "pku": {"prompt": TURNS, "prompt_sw": TURNS, "chosen": {"from": "gpt", "value": "So."}},
    "response": {
        "group": "a",
        "language": "en",
        "kind": None,
        "pivot": "en",
        "prompt": "?",
        "response": "!",
        "finish": "",
    },
}
PIECES = [
    *(b"null", b"[", b"]", b"{", b"}", b'"', b'""', b",", b"\n", b"\r", b"\t", b"\x00", b"\xff", b"\xef\xbb\xbf", b"-"),
    *(b"NaN", b"1e999", b"9" * 400, b"[" * 500, rb"\ud800", b"'", b"=1+1", b"\x1b[2J", "\u202e".encode()),
]
ODD = [
    None,
    1,
    -1,
    True,
    1e300,
    float("nan"),
    10**400,
    "",
    " ",
    "x",
    [],
    [1],
    [[{}]],
    {},
    {"a": 1},
    {"en": None},
    "\ud800",
]


def texts() -> dict[str, bytes]:
    """File name -> its bytes, of every form."""
    made = {f"{name}.jsonl": "".join(json.dumps(one) + "\n" for _ in range(3)) for name, one in RECORDS.items()}
    made |= {f"{name}.json": json.dumps([one, one], indent=1) for name, one in RECORDS.items()}
    made["table.csv"] = 'id,kind,en,sw,no\n1,harmful,"How,\nthen?",Vipi?,x\n2,harmless,Why?,Kwa nini?,y\n'
    made["prompts.tsv"] = "prompt\tlabel\nHow?\tsafe\nWhy?\tunsafe\n"
    made["MultiJail.csv"] = "id,source,tags,en,sw\n1,x,\"['a', 'b']\",How?,Vipi?\n"
    made["lines.txt"] = "How?\nWhy?\n"
    return {name: text.encode() for name, text in made.items()}


def damaged(content: bytes, draw: random.Random) -> bytes:
    """The bytes with pieces taken out, put in, written over or doubled."""
    made = bytearray(content)
    for _ in range(draw.randint(1, 5)):
        place, other = draw.randrange(len(made) + 1), draw.randrange(len(made) + 1)
        how = draw.randrange(4)
        if how == 0:
            del made[place : place + draw.randint(1, 30)]
        elif how == 1:
            made[place:place] = draw.choice(PIECES)
        elif how == 2:
            made[place : place + draw.randint(1, 10)] = draw.choice(PIECES)
        else:
            made[place:place] = made[other : other + 40]
    return bytes(made)


def odd(value, draw: random.Random):
    """The value with parts of it replaced by what does not belong there."""
    if draw.random() < 0.15:
        return draw.choice(ODD)
    if isinstance(value, dict):
        return {
            draw.choice(["", "no tag", "id", key]) if draw.random() < 0.1 else key: odd(v, draw)
            for key, v in value.items()
        }
    return [odd(item, draw) for item in value] if isinstance(value, list) else value


def attempts(path: Path):
    yield lambda: PromptGroups.read(path).fingerprint
    yield lambda: PromptGroups.read(path, kind="harmful", skip_bad_rows=True).write(path.parent / "again.jsonl")
    yield lambda: PromptGroups.read(path, kind="harmful", columns={"en": "prompt"}, tell=str)
    yield lambda: read_data(path, ("chosen", "rejected"), chat=True)
    yield lambda: read_data(path, ("completion",), chat=False, skip_bad_rows=True)
    yield lambda: read_responses(path)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("seed", range(4))
def test_damaged_files_are_read_or_refused(tmp_path, seed):
    draw, said = random.Random(seed), []
    for _ in range(100):
        name, content = draw.choice(list(texts().items()))
        path = tmp_path / name
        if name.endswith(".jsonl") and draw.random() < 0.5:
            path.write_text("".join(json.dumps(odd(RECORDS[path.stem], draw)) + "\n" for _ in range(3)))
        else:
            path.write_bytes(damaged(content, draw))
        for attempt in attempts(path):
            try:
                attempt()
            except IsoglotError as error:
                said.append(str(error))
    assert len(said) > 100  # else nothing was damaged
    assert 0 < min(map(len, said)) <= max(map(len, said)) < 10_000
