"""Options that would be ignored, as another one is lacking or there: they are refused instead, in one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import typer
from typer.core import TyperCommand

from ..errors import ConfigError, problem, raise_all
from .console import reported


class Rule(NamedTuple):
    """Some options, and when they count.

    Attributes:
        options: names of a command's parameters.
        count: given the values of all parameters, whether these options do anything.
        expected: what would have to be so, for the message; ``{parameter}`` stands for its option, ``{it}`` for these.
        got: what is so instead, given the values.
    """

    options: tuple[str, ...]
    count: Callable[[Mapping[str, Any]], bool]
    expected: str
    got: Callable[[Mapping[str, Any]], str] = lambda _: "none"


def only_with(needed: str | tuple[str, ...], *options: str) -> Rule:
    """Options that count only beside another one, or beside one of several."""
    these = (needed,) if isinstance(needed, str) else needed
    words = " or ".join(f"{{{one}}}" for one in these)
    return Rule(options, lambda values: any(values[one] for one in these), f"{words} beside {{it}}")


def only_without(other: str, *options: str) -> Rule:
    """Options that do nothing beside another one."""
    return Rule(options, lambda values: not values[other], f"no {{{other}}} beside {{it}}", lambda _: "one")


def refusing(rules: Sequence[Rule]) -> type[TyperCommand]:
    """The class of a command that ends with 2 where somebody gives options that it would ignore, and names them all.

    What a protocol says in place of options (``isoglot evaluate --from``) is not refused.
    """

    class Refusing(TyperCommand):
        def invoke(self, ctx: Any) -> Any:
            _refuse(ctx, rules)
            return super().invoke(ctx)

    return Refusing


@reported()
def _refuse(ctx: typer.Context, rules: Sequence[Rule]) -> None:
    raise_all([text for rule in rules if (text := _wrong(rule, ctx))], ConfigError)


def _wrong(rule: Rule, ctx: typer.Context) -> str:
    """What is said of a rule's options; empty where they count, or none of them is given."""
    given = [name for name in rule.options if _is_given(ctx, name)]
    if not given or rule.count(ctx.params):
        return ""
    named = {one.name: one.opts[0] for one in ctx.command.params}
    named |= {one.name: text for one in ctx.command.params for text in one.opts if text.startswith("--")}
    it = "it" if len(given) == 1 else "them"
    where = ", ".join(str(named[name]) for name in given)
    return problem(where, rule.expected.format(it=it, **named), rule.got(ctx.params), f"Leave {it} out otherwise")


def _is_given(ctx: typer.Context, name: str) -> bool:
    """Whether somebody has written it into the command."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"
