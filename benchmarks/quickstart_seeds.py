"""The quickstart over several seeds: a table with the range over seeds, its numbers as CSV, and the README's figure.

    python benchmarks/quickstart_seeds.py --seeds 0 1 2 --output docs/results
    python benchmarks/quickstart_seeds.py --redraw    # the figure again, from the numbers that are there

Writes ``quickstart.csv`` (a line per seed, arm, measure and slice), ``quickstart.md`` (the table) and ``--figure``.
About three minutes a seed on one CPU core.
"""

from __future__ import annotations

import argparse
import csv
import json
import platform
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean

MEASURES = {
    "harmful_refused": "harmful refused",
    "harmful_refused_own_language": "harmful refused in own language",
    "harmless_answered_own_language": "harmless answered in own language",
    "harmless_refused": "harmless refused",
}
SLICES = {"pivot": "English", "aligned": "nine other languages", "unseen": "two unseen languages"}
SHOWN = {"dpo": "DPO", "dpo+mlc": "DPO + MLC, as released", "dpo+isoglot": "DPO + isoglot's term"}
PANELS = {  # a title's two lines
    "harmful_refused": ("Harmful prompts refused,", "in whatever language"),
    "harmless_answered_own_language": ("Harmless prompts answered", "in their own language"),
    "harmful_refused_own_language": ("Harmful prompts refused", "in their own language"),
}
BAR = 205  # pixels of 100 %
COLORS = {"dpo": "#0072b2", "dpo+mlc": "#d55e00", "dpo+isoglot": "#009e73"}


def run(seed: int, folder: Path) -> dict:
    """One quickstart, by the command a user would give."""
    command = [sys.executable, "-m", "isoglot.cli", "quickstart", "--json", "--seed", str(seed)]
    command += ["--output", str(folder / str(seed))]
    return json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)


def values(results: Sequence[dict], name: str, measure: str, part: str) -> list[float]:
    """The share of each seed."""
    return [next(row for row in found["rows"] if row["name"] == name)[measure][part] for found in results]


def table(results: Sequence[dict]) -> str:
    """Markdown: the mean over seeds, and the lowest and highest where they differ."""
    head = "| | " + " | ".join(f"{title}: {part}" for title in MEASURES.values() for part in SLICES.values()) + " |"
    lines = [head, "|---" * (1 + len(MEASURES) * len(SLICES)) + "|"]
    for row in results[0]["rows"]:
        cells = []
        for measure in MEASURES:
            for part in SLICES:
                found = [100 * value for value in values(results, row["name"], measure, part)]
                spread = f" ({min(found):.1f}–{max(found):.1f})" if max(found) - min(found) > 0.05 else ""
                cells.append(f"{mean(found):.1f}{spread}")
        lines.append(f"| {row['name']} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def figure(results: Sequence[dict]) -> str:
    """SVG: a panel a measure, by arm and slice; a tick per seed, a bar for their mean."""
    parts = []
    for column, (measure, title) in enumerate(PANELS.items()):
        left = 20 + column * 276
        parts += [f'<text x="{left}" y="{y}" class="t">{line}</text>' for y, line in zip((28, 48), title, strict=True)]
        y = 66
        for part, place in SLICES.items():
            parts.append(f'<text x="{left}" y="{y + 8}" class="s">{place}</text>')
            y += 16
            for name, color in COLORS.items():
                found = values(results, name, measure, part)
                width = BAR * mean(found)
                parts.append(f'<rect x="{left}" y="{y}" width="{BAR}" height="14" class="b"/>')
                parts.append(f'<rect x="{left}" y="{y}" width="{width:.1f}" height="14" fill="{color}"/>')
                for value in found:
                    at = left + BAR * value
                    parts.append(f'<line x1="{at:.1f}" x2="{at:.1f}" y1="{y - 1}" y2="{y + 15}" class="k"/>')
                parts.append(f'<text x="{left + BAR + 8}" y="{y + 12}" class="n">{100 * mean(found):.0f} %</text>')
                y += 18
            y += 14
    for place, (name, color) in enumerate(COLORS.items()):
        x = 20 + place * 200
        parts.append(f'<rect x="{x}" y="314" width="12" height="12" fill="{color}"/>')
        parts.append(f'<text x="{x + 18}" y="325" class="s">{SHOWN[name]}</text>')
    style = (
        "text{font-family:system-ui,sans-serif;fill:#1d2125}.t{font-size:16px;font-weight:600}.s{font-size:13px}"
        ".n{font-size:13px}.b{fill:#e8eaed}.k{stroke:#1d2125;stroke-width:1.5}"
    )
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 830 344" role="img" '
        'aria-label="Harmful prompts refused, harmless prompts answered, and harmful prompts refused in their own '
        'language, by language group and method">'
        f'<style>{style}</style><rect width="830" height="344" fill="#fff"/>{"".join(parts)}</svg>\n'
    )


def write_csv(path: Path, results: Sequence[dict]) -> None:
    """A line per seed, arm, measure and slice."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(["seed", "arm", "measure", "slice", "share"])
        for found in results:
            for row in found["rows"]:
                for measure in MEASURES:
                    for part in SLICES:
                        share = row[measure][part]
                        writer.writerow([found["seed"], row["name"], measure, part, f"{share:.4f}"])


def read_csv(path: Path) -> list[dict]:
    """What :func:`write_csv` wrote, by seed, as the quickstart gives it."""
    found: dict[str, dict[str, dict]] = {}
    with open(path, encoding="utf-8", newline="") as file:
        for line in csv.DictReader(file):
            row = found.setdefault(line["seed"], {}).setdefault(line["arm"], {"name": line["arm"]})
            row.setdefault(line["measure"], {})[line["slice"]] = float(line["share"])
    return [{"seed": seed, "rows": list(rows.values())} for seed, rows in found.items()]


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--output", type=Path, default=Path("docs/results"))
    parser.add_argument("--figure", type=Path, default=Path("docs/images/quickstart.svg"))
    parser.add_argument("--redraw", action="store_true", help="Only draw the figure, from --output/quickstart.csv.")
    options = parser.parse_args()
    for folder in (options.output, options.figure.parent):
        folder.mkdir(parents=True, exist_ok=True)
    if options.redraw:
        options.figure.write_text(figure(read_csv(options.output / "quickstart.csv")), encoding="utf-8")
        return
    with tempfile.TemporaryDirectory() as scratch:
        results = [run(seed, Path(scratch)) for seed in options.seeds]
    write_csv(options.output / "quickstart.csv", results)
    seconds = ", ".join(f"{found['seconds']:.0f}" for found in results)
    note = f"Seeds {options.seeds}; seconds {seconds}; Python {platform.python_version()}, {platform.machine()}.\n"
    (options.output / "quickstart.md").write_text(table(results) + "\n" + note, encoding="utf-8")
    options.figure.write_text(figure(results), encoding="utf-8")
    print(table(results) + "\n" + note)


if __name__ == "__main__":
    main()
