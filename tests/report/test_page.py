"""The page: whole, closed, escaped. What a browser makes of it is in test_browser."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path

from isoglot.judges import Verdict
from isoglot.report import write_report
from isoglot.runs import Response

VOID = {"meta", "br", "img", "link", "hr", "input"}


class Reader(HTMLParser):
    """Elements and their attributes; notes tags that do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.wrong: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"{tag} at {self.getpos()}")


def read(page: Path) -> Reader:
    reader = Reader()
    reader.feed(page.read_text(encoding="utf-8"))
    return reader


def test_the_page_is_well_formed_and_has_every_section(page: Path):
    reader = read(page)
    assert not reader.wrong
    assert not reader.open
    ids = [attributes["id"] for _, attributes in reader.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    sections = [attributes["id"] for tag, attributes in reader.elements if tag == "section"]
    assert sections == [
        "headline", "comparison", "safety", "harmless", "languages", "spectrum", "training", "samples", "signature",
    ]  # fmt: skip
    links = [attributes["href"] for tag, attributes in reader.elements if tag == "a"]
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_nothing_runs_and_nothing_is_loaded(page: Path):
    reader = read(page)
    tags = {tag for tag, _ in reader.elements}
    assert not tags & {
        "script",
        "img",
        "link",
        "iframe",
        "object",
        "embed",
        "form",
        "base",
        "image",
        "use",
        "foreignobject",
    }
    names = {name for _, attributes in reader.elements for name in attributes}
    assert not {name for name in names if name.startswith("on")} | (names & {"src", "style", "srcset", "xlink:href"})
    assert all(attributes["href"].startswith("#") for _, attributes in reader.elements if "href" in attributes)


def test_the_policy_allows_this_style_sheet_and_no_more(page: Path):
    text = page.read_text(encoding="utf-8")
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    (style,) = re.findall(r"<style>(.*?)</style>", text, re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy.replace("&#39;", "'").split("; ")[:2] == ["default-src 'none'", f"style-src 'sha256-{digest}'"]
    assert "@import" not in style
    assert "url(" not in style


def test_texts_of_files_are_escaped(page: Path):
    text = page.read_text(encoding="utf-8")
    assert "&lt;b&gt;Four&lt;/b&gt; &amp; runs" in text
    assert "[en] harmful question 25 &lt;i&gt;" in text or "&lt;i&gt;?&lt;/i&gt;" in text
    for bad in ("<script", "<i>?", "<img", "\x00", "\x07"):
        assert bad not in text


def test_every_text_of_a_run_may_be_hostile(fakes, tmp_path: Path):
    evil = '"><script>window.hacked = true</script><b x="'
    pairs = fakes.judged({}, prompts=2, languages=("en", "sw"))
    folder = fakes.write_evaluation(tmp_path / "run", pairs, model=evil, judge_version=evil, extra={evil: [evil]})
    fakes.write_training(folder, layers=2, objective=evil)
    fakes.write_meta(folder, evil, note=evil, aligned=[evil], unseen=["sw"], pivot=evil)
    page = write_report([folder, folder], tmp_path / "page.html", title=evil, names=[evil, "\ud800\x00"])
    reader = read(page)
    assert not reader.wrong
    assert not {tag for tag, _ in reader.elements} & {"script"}
    assert "window.hacked" in page.read_text(encoding="utf-8")


def test_languages_and_directions_of_samples(page: Path):
    words = [attributes for tag, attributes in read(page).elements if attributes.get("class") == "words"]
    assert {a["lang"]: a["dir"] for a in words if "lang" in a}.items() >= {"en": "ltr", "ckb": "rtl"}.items()
    assert all(a["dir"] == "auto" for a in words if "lang" not in a)


def test_long_responses_are_folded(fakes, tmp_path: Path):
    pairs = [p for p in fakes.judged({}, prompts=9, languages=("en",)) if len(p[0].response) == 5000]
    page = write_report([fakes.write_evaluation(tmp_path / "run", pairs)], tmp_path / "page.html")
    assert "All 5,000 characters" in page.read_text(encoding="utf-8")


def test_the_collapsed_run_is_flagged(page: Path):
    text = page.read_text(encoding="utf-8")
    assert "dpo+mlc has collapsed" in text
    assert "dpo+isoglot has collapsed" not in text


def test_every_chart_has_its_numbers_beside_it(page: Path):
    elements = read(page).elements
    charts = [a for tag, a in elements if tag == "svg" and (a.get("class") or "").startswith("chart ")]
    figures = [a for tag, a in elements if tag == "figure"]
    tables = [a for tag, a in elements if tag == "table" and a.get("class") == "data"]
    assert len(charts) == len(figures) == len(tables) > 20
    assert all(a["role"] == "img" and a["aria-label"] for a in charts)


def test_every_number_of_a_chart_is_one_of_svg(page: Path):
    """A point has digits behind it: ``30.`` is no number there, and what has such a place is not drawn."""
    places = {"x", "y", "x1", "x2", "y1", "y2", "dx", "dy", "r", "rx", "width", "height"}
    found = [
        (name, value) for _, attributes in read(page).elements for name, value in attributes.items() if name in places
    ]
    wrong = [pair for pair in found if not re.fullmatch(r"-?\d+(\.\d*[1-9])?%?", pair[1])]
    assert (wrong, len(found) > 1000) == ([], True)
    paths = [attributes["d"] for tag, attributes in read(page).elements if tag == "path"]
    assert [path for path in paths if re.search(r"\.(?!\d)|nan|inf", path)] == []
    assert any("." in path for path in paths)


def test_the_same_runs_give_the_same_page(four_runs: list[Path], tmp_path: Path):
    first, second = (write_report(four_runs, tmp_path / f"{i}.html").read_bytes() for i in range(2))
    assert first == second


def test_one_model_that_was_only_evaluated(four_runs: list[Path], tmp_path: Path):
    text = write_report(four_runs[:1], tmp_path / "page.html").read_text(encoding="utf-8")
    assert "No run has spectra" in text
    assert "No run has a log" in text
    assert "What is missing" not in text


def test_languages_that_are_not_the_prompts_own_are_named(fakes, tmp_path: Path):
    """Counted by hand: of six Swahili answers two are in Swahili, two in Korean, one in English, one in none."""
    spoken = ["sw", "ko", "sw", "ko", "en", "undetermined"]
    for kind, refusal in (("harmless", "none"), ("harmful", "full")):
        judged = [
            (Response(str(place), "sw", kind, "en", "Habari?", "text", "stop"), Verdict("safe", refusal, tag, ""))
            for place, tag in enumerate(spoken)
        ]
        fakes.write_evaluation(tmp_path / kind, judged)
        text = write_report([tmp_path / kind], tmp_path / "page.html").read_text(encoding="utf-8")
        assert "not in the prompt’s own" in text
        assert "<bdi>ko 2, en 1</bdi>" in text


def test_a_page_of_other_runs_is_not_written_over_unasked(call, four_runs: list[Path], tmp_path: Path):
    page = tmp_path / "report.html"
    first, second, *_ = four_runs
    assert call("report", first, second, "--output", page)[0] == 0
    assert call("report", second, first, "--output", page)[0] == 0  # the same runs
    before = page.read_bytes()
    status, _, err = call("report", first, "--output", page)
    assert (status, page.read_bytes()) == (1, before)
    assert f"{page}: expected nothing there, or a page of these runs, got the page of other runs." in err
    assert "--force" in err
    assert call("report", first, "--output", page, "--force")[0] == 0
    page.write_text("mine")
    assert "got another file" in call("report", first, "--output", page)[2]
