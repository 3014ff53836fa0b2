"""Whatever a page or a file of the code points to is there, headings too."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from .pages import PAGES, ROOT

_FENCED = re.compile(r"^ *```.*?^ *```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", _FENCED.sub("", page.read_text(encoding="utf-8")), re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower()
        plain = re.sub(r"[^\w\- ]", "", words).replace(" ", "-")
        found.add(next(name for n in range(99) if (name := f"{plain}-{n}" if n else plain) not in found))
    return found


def broken(page: Path, target: str) -> bool:
    path, _, anchor = target.partition("#")
    file = (page.parent / path).resolve() if path else page
    return not file.exists() or bool(anchor and (file.suffix != ".md" or anchor not in anchors(file)))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_of_a_page_lead_somewhere(page):
    links = [link for link in _LINK.findall(_FENCED.sub("", page.read_text(encoding="utf-8"))) if ":" not in link]
    assert not [link for link in links if broken(page, link)]


def test_pages_that_code_and_recipes_name_are_there():
    files = [file for room in ("src", "recipes", "benchmarks", "tests") for file in (ROOT / room).rglob("*.*")]
    named = {
        (str(file.relative_to(ROOT)), page)
        for file in files
        if file.suffix in {".py", ".yaml", ".html"}
        for page in re.findall(r"docs/[\w/-]+\.md", file.read_text(encoding="utf-8"))
    }
    assert len(named) > 10
    assert not [one for one in sorted(named) if not (ROOT / one[1]).exists()]


def test_the_readme_lists_every_page():
    """A page that the list of pages does not have is found by nobody."""
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pages = [str(page.relative_to(ROOT)) for page in PAGES if page.is_relative_to(ROOT / "docs")]
    assert not [page for page in pages if "results/" not in page and f"({page}" not in readme]


def test_anchors_are_those_of_github(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("# A `b`, c: [d](e.md)\n```\n# no heading\n```\n## Again\n## Again\n", encoding="utf-8")
    assert anchors(page) == {"a-b-c-d", "again", "again-1"}
    assert broken(page, "#no-heading")
    assert broken(page, "other.md")
    assert not broken(page, "page.md#again-1")
