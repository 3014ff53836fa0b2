"""Token counts of real prompts in ten languages and of the answers to them: numbers only, no text.

They lie in ``lengths.json``. To count anew, from the paper's test prompts (github.com/Yuyan-B/MLC, CC-BY-NC-4.0) with
the vocabulary files of Qwen (``qwen.tiktoken``, as in the package dashscope) and of the first Mistral models
(``tokenizer.model.v1``, as in mistral-common), with tiktoken and sentencepiece installed:

    python benchmarks/step_cost/lengths.py pku_saferlhf_safety_test.jsonl qwen.tiktoken tokenizer.model.v1
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

FILE = Path(__file__).with_name("lengths.json")
LANGUAGES = ("en", "zh", "ar", "ru", "ja", "bn", "sw", "ur", "ps", "ku")
QWEN_SPLIT = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*"
    r"|\s*[\r\n]+|\s+(?!\S)|\s+"
)
# What the chat templates put around one message, the generation prompt included; Qwen's has a system message too.
AROUND = {"32k": 8, "150k": 29}
NAMES = {"32k": "Mistral, 32,000 entries", "150k": "Qwen, 151,643 entries"}


class Row(NamedTuple):
    """Tokens of one prompt, template included, in each language, and of two English answers to it."""

    prompts: list[int]  # in the order of LANGUAGES, the pivot first
    chosen: int
    rejected: int


def read(vocabulary: str) -> list[Row]:
    """The counts of one tokenizer, ``32k`` or ``150k``."""
    rows = json.loads(FILE.read_text(encoding="utf-8"))["rows"][vocabulary]
    return [Row(prompts, chosen, rejected) for chosen, rejected, *prompts in rows]


def _count(records: list[dict[str, Any]], size: Callable[[str], int], around: int) -> list[list[int]]:
    names = ["prompt", *(f"prompt_{tag}" for tag in LANGUAGES[1:])]
    return [
        [size(record[side]["value"]) + 1 for side in ("chosen", "rejected")]  # one ends the answer
        + [size(record[name][0]["value"]) + around for name in names]
        for record in records
    ]


def main(prompts: str, qwen: str, mistral: str) -> None:
    """Counts and writes the file."""
    import base64

    import sentencepiece
    import tiktoken

    lines = Path(qwen).read_text(encoding="ascii").splitlines()
    ranks = {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}
    large = tiktoken.Encoding("qwen", pat_str=QWEN_SPLIT, mergeable_ranks=ranks, special_tokens={})
    small = sentencepiece.SentencePieceProcessor(model_file=mistral)
    records = [json.loads(line) for line in Path(prompts).read_text(encoding="utf-8").splitlines()]
    rows = {
        "32k": _count(records, lambda text: len(small.encode(text)), AROUND["32k"]),
        "150k": _count(records, lambda text: len(large.encode_ordinary(text)), AROUND["150k"]),
    }
    head = {
        "source": "PKU-SafeRLHF test prompts in ten languages of arXiv 2602.16660 (Yuyan-B/MLC); token counts only",
        "columns": ["chosen", "rejected", *LANGUAGES],
        "tokenizers": NAMES,
        "tokens of the chat template, in each prompt's count": AROUND,
    }
    text = json.dumps(head, indent=1)[:-2] + ',\n "rows": {\n'
    text += ",\n".join(
        f' "{name}": [\n' + ",\n".join(f"  {row}" for row in found) + "\n ]" for name, found in rows.items()
    )
    text += "\n }\n}\n"
    FILE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
