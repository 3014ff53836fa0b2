"""Templates that escape all text, the style sheet, a page's own script, and settings written in a line."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence

import jinja2
from markupsafe import Markup

from ..files import as_json
from ..packaged import packaged_text


def environment(package: str) -> jinja2.Environment:
    """The templates in a package's ``templates`` folder; a name that is not given is an error, all text is escaped."""
    return jinja2.Environment(
        loader=jinja2.PackageLoader(package),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def shared(name: str) -> str:
    """A file of this package that several pages use: ``tool.css`` and ``tool.js`` of those that people work on."""
    return packaged_text(__package__, name)


def styled(more: str = "") -> dict[str, str]:
    """What a template needs of its style sheet: the sheet, and the hash by which the page may use it and nothing else.

    Args:
        more: rules of one page alone, from this package; they are not escaped.
    """
    style = shared("page.css") + more
    return {"style": Markup(style), "style_hash": _hash(style)}  # noqa: S704


def scripted(script: str, data: object) -> dict[str, str]:
    """What a template needs of the one script of a page that has one: the script, its hash, and the data it works on.

    Args:
        script: from this package; it is not escaped.
        data: plain values, of strangers too: no text of them ends the element that they stand in.
    """
    text = as_json(data)
    for sign in "<>&\u2028\u2029":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return {"script": Markup(script), "script_hash": _hash(script), "data": Markup(text)}  # noqa: S704


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def written(value: object) -> str:
    """A value of a settings file in one line."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {written(item) or '–'}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(map(written, value))
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else "" if value is None else str(value)
