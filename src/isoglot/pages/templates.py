"""Templates that escape all text, the style sheet, and settings written in a line."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from importlib import resources

import jinja2
from markupsafe import Markup


def environment(package: str) -> jinja2.Environment:
    """The templates in a package's ``templates`` folder; a name that is not given is an error, all text is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def styled(more: str = "") -> dict[str, str]:
    """What a template needs of its style sheet: the sheet, and the hash by which the page may use it and nothing else.

    Args:
        more: rules of one page alone, from this package; they are not escaped.
    """
    style = resources.files(__package__).joinpath("page.css").read_text(encoding="utf-8") + more
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return {"style": Markup(style), "style_hash": digest}  # noqa: S704


def written(value: object) -> str:
    """A value of a settings file in one line."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {written(item) or '–'}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(written, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else "" if value is None else str(value)
