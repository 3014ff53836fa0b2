"""What a model answered to one prompt and what a judge said of it, as records and as lines of files."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TypeVar

from ..errors import RunError, problem
from ..escaping import in_json
from ..files import as_json
from ..judges import Verdict
from ..languages import UNDETERMINED
from ..validation import checked, checked_json
from .json_file import json_object

RESPONSES = "responses.jsonl"
Key = tuple[str, str, int]  # group, language and sample
_RARE = ("sample", "category", "history", "reasoning")  # left out where there is nothing to say
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Response:
    """A model's answer to one cell.

    Attributes:
        group: the prompt group's id.
        language: the prompt's.
        kind: the prompt's (``harmful``, ``harmless`` or None).
        pivot: the group's pivot.
        prompt: the prompt's text.
        response: the answer, without special tokens.
        finish: why it ended: ``"stop"`` (the model ended it), ``"length"``, or what a provider says else, such as
            ``"content_filter"``.
        prompt_cut: whether the prompt was too long for the model's context, and its beginning left out.
        sample: number of the answer among several to the same prompt, from 0.
        category: the prompt group's, such as a kind of harm.
        history: messages ``{"role", "content"}`` before the last one, of a conversation.
        reasoning: what the model thought before the answer, where it marks that.
    """

    group: str
    language: str
    kind: str | None
    pivot: str
    prompt: str
    response: str
    finish: str
    prompt_cut: bool = False
    sample: int = 0
    category: str | None = None
    history: tuple[Mapping[str, Any], ...] = ()
    reasoning: str = ""

    @property
    def key(self) -> Key:
        """What identifies it among the responses: group, language and sample."""
        return self.group, self.language, self.sample

    @classmethod
    def parse(cls, record: Mapping[str, Any]) -> Response:
        """From one line's object; ``kind``, ``pivot`` and ``finish`` may be absent or null.

        Raises:
            DataError: with everything that is wrong with it.
        """
        return checked(cls, _filled(record, {"kind": None, "pivot": "en", "finish": ""}), "response")

    @classmethod
    def read(cls, line: bytes) -> Response:
        """From one line of ``responses.jsonl``, as :meth:`parse`.

        Raises:
            DataError: with everything that is wrong with it.
            ValueError: for a line that is no object of JSON.
        """
        found = checked_json(cls, line)
        return cls.parse(json_object(line)) if found is None else found

    def line(self) -> str:
        """Its line in ``responses.jsonl``."""
        record = {field.name: getattr(self, field.name) for field in fields(self)}
        return as_json({name: value for name, value in record.items() if name not in _RARE or value}) + "\n"


def parse_verdict(record: Mapping[str, Any]) -> tuple[Key, Verdict]:
    """Whose verdict it is, and the verdict, from one object of ``verdicts.<judge>.jsonl``.

    Raises:
        DataError: with everything that is wrong with it.
    """
    group, tag = (checked(str, record.get(name), name) for name in ("group", "language"))
    given = record.get("verdict")
    if isinstance(given, Mapping):
        given = _filled(given, {"outcome": None, "refusal": None, "language": UNDETERMINED})
    sample = record.get("sample")
    return (group, tag, 0 if sample is None else checked(int, sample, "sample")), checked(Verdict, given, "verdict")


@dataclass(frozen=True)
class _VerdictLine:
    """A line of ``verdicts.<judge>.jsonl`` that says everything."""

    group: str
    language: str
    verdict: Verdict
    sample: int = 0


def read_verdict(line: bytes) -> tuple[Key, Verdict]:
    """Whose verdict it is, and the verdict, from one line of ``verdicts.<judge>.jsonl``.

    Raises:
        DataError, ValueError: as :meth:`Response.read`.
    """
    found = checked_json(_VerdictLine, line)
    if found is None:
        return parse_verdict(json_object(line))
    return (found.group, found.language, found.sample), found.verdict


@dataclass(frozen=True)
class _AskedLine:
    """What of a line says which question the verdict answers."""

    verdict: Verdict
    asked: str = ""


def read_asked(line: bytes) -> tuple[str, Verdict]:
    """A verdict and a hash of what the judge was asked, from one line; the hash is empty where it does not say.

    Raises:
        DataError, ValueError: as :meth:`Response.read`.
    """
    found = checked_json(_AskedLine, line) or checked(_AskedLine, json_object(line), "verdict")
    return found.asked, found.verdict


def asked_line(asked: str, verdict: Verdict) -> str:
    """A line that :func:`read_asked` reads, of a verdict that is not yet among the responses'."""
    return _text_line({"asked": asked, "verdict": verdict.to_record()})


def _filled(record: Any, defaults: Mapping[str, Any]) -> Any:
    """The record with a default for each of these that is absent or null; what is no object stays as it is."""
    if not isinstance(record, Mapping):
        return record
    return dict(record) | {name: value for name, value in defaults.items() if record.get(name) is None}


def verdict_line(response: Response, verdict: Verdict, asked: str = "") -> str:
    """A verdict's line in ``verdicts.<judge>.jsonl``.

    Args:
        response: whose.
        verdict: on it.
        asked: a hash of what the judge was asked, of a judge that is not asked the same twice.
    """
    which: dict[str, Any] = {"group": response.group, "language": response.language}
    if response.sample:
        which["sample"] = response.sample
    if asked:
        which["asked"] = asked
    return _text_line(which | {"verdict": verdict.to_record()})


def _text_line(record: Mapping[str, Any]) -> str:
    """The line of a record without numbers that might be none."""
    return in_json(json.dumps(record, ensure_ascii=False)) + "\n"


def read_responses(path: Path) -> Iterator[Response]:
    """The responses of a file, one at a time; a last line that a kill left half-written is ignored.

    Raises:
        RunError: for any other line that is none.
    """
    return _records(path, Response.read, "a response")


def read_verdicts(path: Path) -> Iterator[tuple[Key, Verdict]]:
    """The verdicts of a file, one at a time, each with whose it is; as :func:`read_responses`."""
    return _records(path, read_verdict, "a verdict")


def first_of_each(
    items: Iterable[T], key: Callable[[T], Key], dropped: Callable[[int], None] = lambda _: None
) -> Iterator[T]:
    """The first item of each cell: one that was answered, or judged, twice counts once, everywhere in the same way.

    Args:
        items: responses or verdicts, or what holds them.
        key: an item's group, language and sample.
        dropped: called at the end with how many others there were, if there were some.
    """
    seen, count = set[Key](), 0
    for item in items:
        if key(item) in seen:
            count += 1
        else:
            seen.add(key(item))
            yield item
    if count:
        dropped(count)


def _records(path: Path, read: Callable[[bytes], T], what: str) -> Iterator[T]:
    with open(path, "rb") as file:  # a kill may leave half a character, too
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                yield read(line)
            except (ValueError, TypeError):  # a DataError is a ValueError
                if not line.endswith(b"\n"):
                    return
                step = "Move the file away, or choose another folder"
                raise RunError(problem(f"{path}, line {number}", what, "something else", step)) from None
