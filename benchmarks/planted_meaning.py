"""What the checks by a model find of other prompts' translations planted in real columns, and what of right ones.

    python benchmarks/planted_meaning.py --data FOLDER --served MODEL [--share 0.1] [--languages ar,it] [--limit 200]

FOLDER holds ``mlc-paper``, ``multijail`` and ``polyrefuse`` (docs/groups.md). A share of each column's cells is
replaced by the same column's cells of other prompts; the same is done with no cell replaced. ``--embeddings`` names a
sentence-embedding model, ``--quality`` a model of pairs, ``--round-trip`` a translator, ``--encoder`` a ``module:name``
that makes an object with ``encode(texts)``, for models in another form. Found: the cell is flagged; dropped: its score
is under 0.5.
"""

from __future__ import annotations

import argparse
import importlib
import random
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from isoglot import PromptGroups
from isoglot.check import Finding
from isoglot.check.checker import Cell
from isoglot.check.meaning.compared import Compared
from isoglot.check.meaning.embeddings import Embeddings
from isoglot.check.meaning.quality import Quality
from isoglot.check.meaning.round_trip import RoundTrip
from isoglot.check.meaning.served import Served
from isoglot.check.meaning.vectors import ByVectors
from isoglot.metrics.wilson import wilson
from isoglot.models.messages import prompt_text
from isoglot.translators.cache import TranslationCache
from isoglot.translators.named import named

FILES = ("mlc-paper/multilin-pku-saferlhf-alpaca3-8b-test-sft.json", "multijail/MultiJail.csv", "polyrefuse")


class Encoder(ByVectors):
    """Vectors of an object that is in no form that isoglot loads; each text is looked at once."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        module, _, made = name.partition(":")
        self._encoder = getattr(importlib.import_module(module), made)()
        self._known: dict[str, np.ndarray] = {}

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """(1, texts, dimensions)."""
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        for start in range(0, len(new), 64):
            part = new[start : start + 64]
            self._known.update(zip(part, self._encoder.encode(part), strict=True))
        return np.stack([self._known[text] for text in texts])[None]


def round_trip(spec: str) -> RoundTrip:
    """With a cache beside nothing: each run asks anew."""
    return RoundTrip(named(spec), TranslationCache(Path(tempfile.mkdtemp()) / "round-trip.sqlite"))


MADE: dict[str, Callable[[str], Compared]] = {
    "served": Served,
    "embeddings": Embeddings,
    "quality": Quality,
    "round-trip": round_trip,
    "encoder": Encoder,
}


def cells_of(path: Path, languages: Sequence[str], limit: int | None) -> list[Cell]:
    """The first groups' cells of some languages, or of all."""
    cells = []
    for group in list(PromptGroups.read(path))[:limit]:
        texts = {tag: prompt_text(prompt) for tag, prompt in group.prompts.items()}
        tags = [tag for tag in texts if tag != group.pivot and (not languages or tag in languages)]
        cells += [Cell(group.id, texts[group.pivot], group.pivot, texts[tag], tag) for tag in tags]
    return cells


def planted(cells: Sequence[Cell], share: float, seed: int) -> tuple[list[Cell], set[int]]:
    """The cells with a share of each language's replaced, and which they are."""
    rng, made, places = random.Random(f"planted/{seed}"), list(cells), set()
    for tag in dict.fromkeys(cell.language for cell in cells):
        column = [place for place, cell in enumerate(cells) if cell.language == tag]
        for place in rng.sample(column, round(share * len(column))):
            other = cells[rng.choice([one for one in column if cells[one].source != cells[place].source])]
            made[place] = cells[place]._replace(text=other.text)
            places.add(place)
    return made, places


def line(name: str, wrong: Sequence[Finding | None], right: Sequence[Finding | None]) -> str:
    """Shares with Wilson intervals, in per cent."""
    parts = []
    for cells in (wrong, right):
        for least in (0.0, 0.5):
            count = sum(finding is not None and finding.penalty > least for finding in cells)
            shown = wilson(count, len(cells)) if cells else None
            parts.append(f"{100 * shown.value:.1f} ({100 * shown.low:.1f}–{100 * shown.high:.1f})" if shown else "–")
    return f"| {name} | " + " | ".join(parts) + " |"


def show(path: Path, measure: Compared, cells: Sequence[Cell], share: float, seed: int) -> None:
    """Prints a table."""
    made, places = planted(cells, share, seed)
    start = time.perf_counter()
    found = measure(made)
    print(
        f"\n{path.name}, {measure.name}: {len(places)} of {len(cells)} planted, {time.perf_counter() - start:.0f} s\n"
    )
    print("| language | wrong found | wrong dropped | right found | right dropped |\n|---|---|---|---|---|")
    for tag in [*dict.fromkeys(cell.language for cell in cells), "all"]:
        of = [place for place, cell in enumerate(cells) if tag in ("all", cell.language)]
        wrong, right = ([found[p] for p in of if (p in places) is there] for there in (True, False))
        print(line(tag, wrong, right), measure.untold.get(tag, ""))


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    which = parser.add_mutually_exclusive_group(required=True)
    for name in MADE:
        which.add_argument(f"--{name}")
    parser.add_argument("--share", type=float, default=0.1)
    parser.add_argument("--languages", default="")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for file in FILES:
        cells = cells_of(options.data / file, options.languages.split(",") if options.languages else [], options.limit)
        if not cells:
            continue
        kind = next(kind for kind in MADE if getattr(options, kind.replace("-", "_")))
        for share in (options.share, 0.0):
            show(options.data / file, MADE[kind](getattr(options, kind.replace("-", "_"))), cells, share, options.seed)


if __name__ == "__main__":
    main()
