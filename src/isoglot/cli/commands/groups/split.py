"""``isoglot groups split``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from ....amounts import counted
from ....errors import ConfigError, RunError, problem, some
from ...output.console import print_json, print_table, put, reported, say
from .options import FORCE, KIND, NEAR_SHARE, SKIP, refuse_there

if TYPE_CHECKING:
    from ....groups import PromptGroup
    from ....groups.splitting import Split

EXAMPLES = (
    "Examples: [bold]isoglot groups split groups.jsonl --test 0.2 --by kind,category -o split[/bold]\n\n"
    "[bold]isoglot groups split groups.jsonl --test 0 --against MultiJail.csv -o split[/bold]"
)


@reported()
def command(
    file: Annotated[Path, typer.Argument(help="A file or folder of prompts.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="A folder, for train.jsonl and test.jsonl.")],
    test: Annotated[float, typer.Option(help="Share of the groups to test on; 0: none.")] = 0.2,
    by: Annotated[
        str, typer.Option(help="In the same proportion on both sides: kind, category, source, pivot.")
    ] = "kind",
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 0,
    against: Annotated[
        list[Path] | None,
        typer.Option(help="Leave out what is near a prompt of this file: groups, or alignment data. Repeatable."),
    ] = None,
    near: Annotated[float, NEAR_SHARE] = 0.6,
    kind: Annotated[str | None, KIND] = None,
    skip_bad_rows: Annotated[bool, SKIP] = False,
    force: Annotated[bool, FORCE] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Divide groups into train.jsonl and test.jsonl, with near-duplicates on one side.

    The same seed divides the same groups alike, whatever their order.
    """
    from ....groups import PromptGroups
    from ....groups.splitting import split
    from ....runs.folder import refuse_file

    refuse_file(output)
    paths = {"train": output / "train.jsonl", "test": output / "test.jsonl"}
    for path in paths.values():
        refuse_there(path, force=force)
    groups = PromptGroups.read(file, kind=kind, skip_bad_rows=skip_bad_rows, tell=say)
    others = _Others(against or ())
    names = [name.strip() for name in by.split(",")]
    found = split(groups, test, by=names, seed=seed, against=others.groups, asked=others.asked, least=near)
    written = {name: part for name, part in (("train", found.train), ("test", found.test)) if len(part)}
    _refuse_too_few(file, found, test)
    for name, part in written.items():
        part.write(paths[name])
    files = {name: {"file": str(paths[name]), "groups": len(part)} for name, part in written.items()}
    if json:
        strata = [{**dict(zip(names, one, strict=True)), "train": n, "test": m} for one, (n, m) in found.strata.items()]
        told = {
            "kept_together": found.together,
            "left_out": found.left_out,
            "near_training": found.near_training,
            "seed": seed,
            "strata": strata,
        }
        print_json({**files, **told})
        return
    _show(found, files, by, against or [])


def _refuse_too_few(file: Path, found: Split, test: float) -> None:
    """Refuses a division that has nothing on a side.

    Raises:
        RunError: where that is so, with what --against has left out.
    """
    if len(found.train) and (len(found.test) or not test):
        return
    got = f"{len(found.train):,} to train on and {len(found.test):,} to test on"
    step = "Give more groups, or a larger share"
    if found.left_out:
        got += f", with {len(found.left_out):,} left out as near a prompt of --against"
        step = "Give prompts that are not in that file"
    raise RunError(problem(str(file), "groups for both sides" if test else "groups to train on", got, step))


def _show(found: Split, files: dict[str, dict[str, Any]], by: str, against: list[Path]) -> None:
    for one in files.values():
        put(f"{one['file']}: {counted(one['groups'], 'group')}")
    first = "its first" if found.together == 1 else "their first"
    put(f"{counted(found.together, 'near-duplicate')} kept on the side of {first}")
    if near := found.near_training:
        groups = f"{counted(len(near), 'group')} to test on ({some(near, 5)})"
        put(
            f"{groups} with a translation that is in training, too, or nearly: does one text translate several prompts?"
        )
    if against:
        named = f": {some(found.left_out, 5)}" if found.left_out else ""
        put(f"{counted(len(found.left_out), 'group')} left out, near a prompt of {some(map(str, against), 3)}{named}")
    rows = [[", ".join(one), f"{n:,}", f"{m:,}"] for one, (n, m) in found.strata.items()]
    print_table("Groups", [by, "train", "test"], rows)
    say(f"Next: data.groups: {files['train']['file']} in a run file, then isoglot train RUN.yaml --dry-run")


class _Others:
    """What is only compared with: groups, whose kinds do not matter, and what is asked in alignment data."""

    def __init__(self, paths: Sequence[Path]) -> None:
        from ....alignment.prompts import asked_in, is_alignment_data
        from ....groups.shown import readable

        self.groups: list[PromptGroup] = []
        self.asked: list[str] = []
        for path in paths:
            rows = list(asked_in(path, say)) if path.is_file() and is_alignment_data(path) else []
            groups = [] if rows else readable(path)
            if not (rows or groups):
                raise ConfigError(problem("--against", "a file with prompts", repr(str(path))))
            self.groups += groups
            self.asked += rows
