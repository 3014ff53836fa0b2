"""Values of options that cannot be, and options that must be there: all of a command's at once, in one form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import typer
from pydantic import ValidationError
from typer.core import TyperCommand

from ...errors import ConfigError, problem, raise_all, short
from ..output.console import reported

# What pydantic, by which typer reads values, finds wrong, and what was expected; the text is of its own context.
_EXPECTED: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "int_parsing": lambda _: "a whole number",
    "int_from_float": lambda _: "a whole number",
    "float_parsing": lambda _: "a number",
    "finite_number": lambda _: "a finite number",
    "greater_than_equal": lambda of: f"{of['ge']:g} or more",
    "greater_than": lambda of: f"more than {of['gt']:g}",
    "less_than_equal": lambda of: f"{of['le']:g} or less",
    "less_than": lambda of: f"less than {of['lt']:g}",
}
_CHOICES = " is not one of "  # as typer says it of a value that is none of several


class Telling(TyperCommand):
    """A command that ends with 2 where values cannot be or are lacking, and tells of them all."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """The arguments that are left, as of any command; options get their values."""
        try:
            return super().parse_args(ctx, list(args))
        except typer.BadParameter as first:
            _tell(self, ctx, args, first)
            raise  # for what is wrong in no parameter


@reported()
def _tell(command: TyperCommand, ctx: Any, args: list[str], first: typer.BadParameter) -> None:
    given, _, _ = command.make_parser(ctx).parse_args(args=list(args))
    told = []
    for parameter in command.get_params(ctx):
        if parameter is first.param:
            told.append(_sentence(ctx, parameter, given, first))
        elif not parameter.is_eager:  # which act when they are read: once is enough
            try:
                parameter.handle_parse_result(ctx, given, [])
            except typer.BadParameter as error:
                told.append(_sentence(ctx, parameter, given, error))
    raise_all(told, ConfigError)


def _sentence(ctx: Any, parameter: Any, given: Mapping[str, Any], error: typer.BadParameter) -> str:
    """What is wrong with one option or argument."""
    named = [text for text in parameter.opts if text.startswith("-")]
    where = max(named, key=len) if named else parameter.metavar or parameter.name
    value = given.get(parameter.name)
    if parameter.required and not value:
        return problem(where, "a value, since the command needs it", "nothing", f"See {ctx.command_path} -h")
    expected, got = _unlike(error, value)
    return problem(where, expected, got)


def _unlike(error: typer.BadParameter, value: Any) -> tuple[str, str]:
    """What was expected in place of a value, and what was got."""
    cause = error.__cause__
    if isinstance(cause, ValidationError):
        found = cause.errors()[0]
        if found["type"] in _EXPECTED:
            return _EXPECTED[found["type"]](found.get("ctx", {})), short(found["input"])
    _, is_choice, choices = error.message.partition(_CHOICES)
    if is_choice:
        known = choices.rstrip(".").replace("'", "")
        return f"one of {known}", short(value)
    return "another value", f"{short(value)} ({error.message})"
