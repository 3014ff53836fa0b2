"""A sweep's ``settings.csv`` as a picture and as a Markdown table, for the page on the evidence."""

from __future__ import annotations

import csv
from html import escape
from pathlib import Path

from isoglot.pages.words import NBSP, between

Numbers = dict[tuple[str, str, str], tuple[float, float, float]]
PANELS = (
    ("harmful refused: nine languages", ("harmful_refused", "aligned", "mean"), "#0072b2"),
    ("of these, worst language", ("harmful_refused", "aligned", "worst"), "#0072b2"),
    ("refused in own language", ("harmful_refused_own_language", "aligned", "mean"), "#56b4e9"),
    ("harmless answered in own language", ("harmless_answered_own_language", "aligned", "mean"), "#009e73"),
    ("English: harmful refused", ("harmful_refused", "pivot", "mean"), "#57606a"),
    ("English: harmless answered", ("harmless_answered_own_language", "pivot", "mean"), "#57606a"),
    ("two unseen languages: harmful refused", ("harmful_refused", "unseen", "mean"), "#d55e00"),
    ("unseen: harmless answered", ("harmless_answered_own_language", "unseen", "mean"), "#e69f00"),
)
NAME, PANEL, ROW, TOP = 120, 146, 24, 54
STYLE = (
    "text{font-family:system-ui,sans-serif;fill:#1d2125;font-size:12px}.h{font-size:11px}.n{font-size:11px}"
    ".g{stroke:#e1e4e8}.c{fill:#57606a}"
)


def read(path: Path) -> dict[str, Numbers]:
    """Setting -> measure, slice, statistic -> value, low, high."""
    found: dict[str, Numbers] = {}
    with open(path, encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if row["value"]:
                key = row["measure"], row["slice"], row["statistic"]
                ends = float(row["value"]), float(row["low"]), float(row["high"])
                found.setdefault(row["setting"], {})[key] = ends
    return found


def picture(found: dict[str, Numbers], title: str) -> str:
    """SVG: a line for each setting, a panel for each measure, points with their 95 % intervals."""
    names = max(NAME, 7 * max(map(len, found), default=0))
    height, width = TOP + ROW * len(found) + 16, names + PANEL * len(PANELS)
    parts = [f'<text x="0" y="16" font-weight="600">{escape(title)}</text>']
    for column, (name, key, color) in enumerate(PANELS):
        left = names + PANEL * column
        words = name.split(": ")
        for place, line in enumerate(words if len(words) > 1 else _in_two(name)):
            parts.append(f'<text class="h c" x="{left}" y="{TOP - 22 + 13 * place}">{escape(line)}</text>')
        for share in (0, 0.5, 1):
            x = left + 100 * share
            parts.append(f'<line class="g" x1="{x}" x2="{x}" y1="{TOP}" y2="{height - 12}"/>')
        for row, numbers in enumerate(found.values()):
            if key in numbers:
                value, low, high = numbers[key]
                y = TOP + ROW * row + ROW / 2
                parts.append(
                    f'<line x1="{left + 100 * low:.1f}" x2="{left + 100 * high:.1f}" y1="{y}" y2="{y}" '
                    f'stroke="{color}" stroke-width="2"/><circle cx="{left + 100 * value:.1f}" cy="{y}" r="3.5" '
                    f'fill="{color}"/><text class="n" x="{left + 107}" y="{y + 4}">{100 * value:.0f}</text>'
                )
    for row, name in enumerate(found):
        parts.append(f'<text x="0" y="{TOP + ROW * row + ROW / 2 + 4}">{escape(name)}</text>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="-8 0 {width + 16} {height}" role="img" '
        f'aria-label="{escape(title, quote=True)}"><style>{STYLE}</style>'
        f'<rect x="-8" width="{width + 16}" height="{height}" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def table(found: dict[str, Numbers]) -> str:
    """Markdown: per cent, with intervals."""
    lines = ["| | " + " | ".join(name for name, _, _ in PANELS) + " |", "|---" * (1 + len(PANELS)) + "|"]
    for setting, numbers in found.items():
        cells = []
        for _, key, _ in PANELS:
            value, low, high = numbers.get(key, (float("nan"),) * 3)
            ends = between(low, high).removesuffix(f"{NBSP}%")
            cells.append(f"{100 * value:.1f} ({ends})" if value == value else "–")
        lines.append(f"| {setting.replace('|', chr(92) + '|')} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _in_two(text: str) -> tuple[str, ...]:
    words = text.split()
    half = (len(words) + 1) // 2
    return " ".join(words[:half]), " ".join(words[half:])
