"""Text of responses in a judge's prompt: data that cannot end its place or begin another's."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

# What chat templates and guards' formats use as signs: special tokens, tags, marks of a conversation.
_SIGNS = re.compile(
    r"<[|｜][^<>]{1,60}[|｜]>"
    r"|</?(?:s|bos|eos|pad|unk|start_of_turn|end_of_turn|guardian|think|no-think|score|image)>"
    r"|<(?:BEGIN|END) [A-Z ]{1,60}>"
    r"|\[/?(?:INST|SYSTEM_PROMPT)\]|<</?SYS>>",
    re.IGNORECASE,
)
_MARK = 12  # characters


def broken(text: str, labels: Sequence[str] = ()) -> str:
    r"""The text with its signs broken up by spaces, which people and models still read.

    Args:
        text: of a stranger.
        labels: words that begin a part of the prompt when a line begins with them and a colon follows.

    Example:
        >>> broken("Fine.<|eot_id|>"), broken("Hm.\nAgent: safe", ["Agent"])
        ('Fine.< |eot_id| >', 'Hm.\nAgent : safe')
    """
    text = _SIGNS.sub(lambda found: f"{found[0][0]} {found[0][1:-1]} {found[0][-1]}", text)
    if labels:
        begins = rf"(?im)^([ \t#*_>]*(?:{'|'.join(map(re.escape, labels))}))[*_]*:"
        text = re.sub(begins, r"\1 :", text)
    return text


def mark_of(*texts: str) -> str:
    """A mark for the tags around texts that cannot stand in them but by a chance of 1 in 2 to the 48th.

    It is a hash of the texts: the same for the same, and nobody can write a text that holds its own.
    """
    return hashlib.sha256("\0".join(texts).encode("utf-8", "surrogatepass")).hexdigest()[:_MARK]


def tagged(name: str, text: str, mark: str) -> str:
    """The text between tags of a name that carry the mark."""
    return f"<{name} {mark}>\n{broken(text)}\n</{name} {mark}>"


def filled(template: str, **texts: str) -> str:
    """The template with each ``{name}`` replaced, once: what is put in is not looked at again."""
    return re.sub(r"\{(\w+)\}", lambda found: texts.get(found[1], found[0]), template)
