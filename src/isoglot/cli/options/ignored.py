"""Options that would be ignored, as another one is lacking or there: they are refused instead, in one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand

from ...errors import ConfigError, problem, raise_all
from ..output.console import reported
from .values import Telling


class Rule(NamedTuple):
    """Some options, and when they count.

    Attributes:
        options: names of a command's parameters.
        count: given the values of all parameters, whether these options do anything.
        expected: what would have to be so, for the message; ``{parameter}`` stands for its option.
        got: what is so instead, given the values; the name of a parameter stands for its option.
        step: what to do, said after "It does nothing" or "They do nothing"; ``{it}`` stands for these options.
    """

    options: tuple[str, ...]
    count: Callable[[Mapping[str, Any]], bool]
    expected: str
    got: Callable[[Mapping[str, Any]], str] = lambda _: "none"
    step: str = "here: remove {it}"


def only_with(needed: str | tuple[str, ...], *options: str) -> Rule:
    """Options that count only beside another one, or beside one of several."""
    these = (needed,) if isinstance(needed, str) else needed
    return requiring(these, lambda values: any(values[one] for one in these), options)


def requiring(
    needed: Sequence[str],
    count: Callable[[Mapping[str, Any]], bool],
    options: tuple[str, ...],
    got: Callable[[Mapping[str, Any]], str] = lambda _: "none",
) -> Rule:
    """Options that count only beside one of others, as a function says."""
    words = " or ".join(f"{{{one}}}" for one in needed)
    return Rule(options, count, f"{words} in the same command", got, f"otherwise: add {words}, or remove {{it}}")


def only_without(other: str, *options: str) -> Rule:
    """Options that do nothing beside another one."""
    step = f"beside {{{other}}}: remove {{it}}, or {{{other}}}"
    return Rule(options, lambda values: not values[other], f"a command without {{{other}}}", lambda _: other, step)


def refusing(rules: Sequence[Rule]) -> type[TyperCommand]:
    """The class of a command that ends with 2 where somebody gives options that it would ignore, and names them all.

    What a protocol says in place of options (``isoglot evaluate --from``) is not refused.
    """

    class Refusing(Telling):
        def invoke(self, ctx: Any) -> Any:
            _refuse(ctx, rules)
            return super().invoke(ctx)

    return Refusing


@reported()
def _refuse(ctx: typer.Context, rules: Sequence[Rule]) -> None:
    said, found = set[str](), dict[tuple[str, str, str], list[str]]()
    for rule in rules:
        given = [name for name in rule.options if _is_given(ctx, name) and name not in said]
        if given and not rule.count(ctx.params):
            # Options that do nothing for one reason are told together, though each may have a rule of its own.
            found.setdefault((rule.expected, rule.got(ctx.params), rule.step), []).extend(given)
            said.update(given)  # one reason is enough: with another they would be no better
    raise_all([_wrong(given, *why, ctx) for why, given in found.items()], ConfigError)


def _wrong(given: Sequence[str], expected: str, got: str, step: str, ctx: typer.Context) -> str:
    """What is said of options that do nothing."""
    named = {one.name: one.opts[0] for one in ctx.command.params}
    named |= {one.name: text for one in ctx.command.params for text in one.opts if text.startswith("--")}
    what, it = ("It does nothing", "it") if len(given) == 1 else ("They do nothing", "them")
    where = ", ".join(str(named[name]) for name in given)
    return problem(where, expected.format(**named), named.get(got, got), f"{what} {step}".format(it=it, **named))


def _is_given(ctx: typer.Context, name: str) -> bool:
    """Whether somebody has written it into the command."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
