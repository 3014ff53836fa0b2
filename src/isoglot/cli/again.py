"""``--from``, ``--strict`` and ``--info``: an evaluation made again, and what its protocol must say."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ..errors import ConfigError, problem, short
from ..files import without_home, write_json
from .output.console import put, reported, say

if TYPE_CHECKING:
    from ..evaluate.answering.cells import Assignment
    from ..evaluate.protocol.card import About
    from ..judges import RuleJudge

_PANEL = "Protocol card"
STRICT = typer.Option(
    "--strict", help="End with status 1 if a field of the protocol card is not known.", rich_help_panel=_PANEL
)
INFO = typer.Option(
    "--info",
    metavar="FIELD=TEXT",
    help="States a field of the protocol card, as in licence=MIT. Repeatable.",
    rich_help_panel=_PANEL,
)
# What no protocol gives: where results go and how they are shown; a server's address; what lets strangers' code run.
# A part of several is no evaluation: it is made again whole.
_OWN = {
    "again",
    "base_url",
    "output",
    "json",
    "dry",
    "strict",
    "info",
    "fail_under",
    "fail_over",
    "trust_remote_code",
    "include_path",
    "shard",
}
_SECRET = re.compile("key|secret|password")


@reported()
def _given_again(ctx: typer.Context, value: Path | None) -> Path | None:
    """The options of a protocol stand in place of those that are not given."""
    if value is not None:
        from ..evaluate.again import read_protocol_file

        command = read_protocol_file(value).get("command")
        known = {parameter.name for parameter in ctx.command.params} - _OWN
        found = {name: one for name, one in command.items() if name in known} if isinstance(command, Mapping) else {}
        if isinstance(found.get("prompts"), list):
            found["prompts"] = [str(_found(str(path), value)) for path in found["prompts"]]
        if isinstance(found.get("model"), str):
            found["model"] = os.path.expanduser(found["model"])
        ctx.default_map = found
        says = ", ".join(f"{name} {short(one)}" for name, one in found.items())
        say(f"{value}: {says or 'no command in it, as of an evaluation made in Python: give its options here'}.")
        if before := stated_before(value):
            say(f"Stated there of the prompts: {', '.join(f'{name}={one}' for name, one in before.items())}.")
    return value


FROM = typer.Option(
    "--from",
    help="A protocol.json (or its folder): run it again, in a folder of its own, and say what differs.",
    rich_help_panel=_PANEL,
    callback=_given_again,
    is_eager=True,
)


def stated_before(again: Path | None) -> dict[str, str]:
    """With ``--from``: what its protocol states of the prompts by hand, which are the same; else empty."""
    if again is None:
        return {}
    from ..evaluate.again import read_protocol_file
    from ..evaluate.protocol.card import of_prompts

    protocol = read_protocol_file(again)
    info, card = protocol.get("info"), protocol.get("card")
    return of_prompts(info, card) if isinstance(info, Mapping) and isinstance(card, Mapping) else {}


def _found(path: str, protocol: Path) -> Path:
    """A path of a protocol: as it is, or next to the protocol."""
    given = Path(path).expanduser()
    beside = _folder(protocol) / given
    return given if given.exists() or not beside.exists() else beside


def about(
    ctx: typer.Context,
    folder: Path,
    *,
    info: list[str] | None,
    strict: bool,
    name: str,
    judges: Sequence[Any],
    calibration: Path | None,
) -> About:
    """What the command line says of an evaluation, for its protocol.

    Args:
        ctx: of the command.
        folder: of the evaluation.
        info: what ``--info`` says.
        strict: whether every field must be known.
        name: what to call prompts that say no source.
        judges: that judge after the rules.
        calibration: a file; None: the first that is found for each judge.
    """
    from ..evaluate.protocol.card import About, fields_of
    from ..evaluate.protocol.protocol_files import calibrations
    from ..judges import RuleJudge

    given = {key: value for key, value in ctx.params.items() if key not in _OWN and not _SECRET.search(key)}
    command = {key: _plain(value) for key, value in given.items() if value not in (None, [], (), False)}
    known = calibrations([RuleJudge(), *judges], folder, calibration)
    said = fields_of(info or [])
    before = stated_before(ctx.params.get("again"))
    return About(command=command, info=said, before=before, strict=strict, name=name, judges=judges, calibrations=known)


def _plain(value: Any) -> Any:
    """An option's value for a file."""
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return without_home(str(value)) if isinstance(value, (str, Path)) else value


def needs(model: str | None, prompts: Sequence[Path] | None, *others: str | None) -> tuple[str, list[Path]]:
    """Model and prompts, if they are there, given or from a protocol.

    Args:
        model: as given.
        prompts: files.
        *others: what may stand in place of files: ``--suite``, ``--utility``.

    Raises:
        ConfigError: naming what is missing.
    """
    if model and "\0" in model:  # of a protocol
        raise ConfigError(problem("model", "the name of a model", short(model)))
    if model and (prompts or any(others)):
        return model, list(prompts or ())
    missing = [name for name, found in (("MODEL", model), ("--prompts", prompts)) if not found]
    raise ConfigError(
        problem("isoglot evaluate", " and ".join(missing), "nothing", "Give it, or a protocol with --from")
    )


def check_prompts(again: Path | None, asked: Mapping[str, Any], files: list[Path]) -> None:
    """With ``--from``: refuses other prompts than those of the protocol."""
    if again is not None:
        from ..evaluate.again import read_protocol_file, same_prompts

        same_prompts(read_protocol_file(again), asked, files)


def check_card(about: About, model: str, assignment: Assignment, *loaded: Any) -> None:
    """What ``--strict`` and ``--info`` would say, before the weights are looked at.

    Args:
        about: what the command line says.
        model: its name.
        assignment: what is asked of it.
        *loaded: model and tokenizer, of one that is here.
    """
    from ..evaluate.protocol.made_with import asked
    from ..evaluate.protocol.protocol_files import begin_protocol
    from ..providers.own import OF_PROVIDER

    digest = "of its weights" if loaded else f"{OF_PROVIDER}{model}"
    which = {"model": model, "model_hash": digest, **asked(assignment)}
    begin_protocol(which, assignment.groups, None, about, *loaded)


def rules_again(again: Path | None) -> RuleJudge | None:
    """With ``--from``: the rules with the languages that they expected there; else None, for those that they expect."""
    if again is None:
        return None
    from ..evaluate.again import read_protocol_file
    from ..evaluate.judging.as_before import rules_as_in

    return rules_as_in(read_protocol_file(again), _folder(again))


def _folder(again: Path) -> Path:
    """Of the evaluation that is made again."""
    return again if again.is_dir() else again.parent


def own_folder_again(again: Path | None, folder: Path) -> Path:
    """Where an evaluation goes that is made again: next to where it would go."""
    return folder if again is None else folder.with_name(f"{folder.name}-again")


def made_again(again: Path | None, folder: Path) -> dict[str, Any]:
    """With ``--from``: writes ``again.json``, and gives what it holds; else empty."""
    if again is None:
        return {}
    from ..evaluate.again import compared, read_protocol_file
    from ..evaluate.protocol.made_with import protocol_of
    from ..runs.evaluations import AGAIN
    from ..utility import moved

    old = _folder(again)
    found = compared(read_protocol_file(again), old, folder, protocol_of(folder))
    if utility := moved(old, folder):
        found["utility"] = utility
    write_json(folder / AGAIN, found)
    return found


def show_again(found: Mapping[str, Any], *, json: bool) -> None:
    """Says what differs, where an evaluation was made again."""
    from ..evaluate.again import sentences

    for text in sentences(found) if found else ():
        (say if json else put)(text + ".")
