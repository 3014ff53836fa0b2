"""Which languages the identifier tells apart: the real prompts, and sentences of ours in languages that those have not.

    python benchmarks/language_id.py --data FOLDER

FOLDER holds ``mlc-paper``, ``multijail`` and ``polyrefuse`` (docs/groups.md); without it only our sentences are
measured (``language_id.yaml``). Each text is identified as the judges do: among its own language, English and the
judges' candidates. Then the own language is taken away: the text should be undetermined, and what it is called instead
is shown. At last all languages are candidates at once.
"""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from isoglot import PromptGroups
from isoglot.judges.answer_language import CANDIDATES
from isoglot.languages import UNDETERMINED, base_tag, identify, tellable

FILES = ("mlc-paper/pku_saferlhf_safety_test.jsonl", "multijail/MultiJail.csv", "polyrefuse")


def sentences() -> Mapping[str, Sequence[str]]:
    """Language -> our sentences."""
    found: Mapping[str, Sequence[str]] = yaml.safe_load(Path(__file__).with_suffix(".yaml").read_text("utf-8"))
    return found


def confusion(texts: Iterable[str], tag: str) -> Counter[str]:
    """What texts of one language are called, with it among the candidates."""
    return Counter(identify(text, tuple(dict.fromkeys((tag, "en", *CANDIDATES)))) for text in texts)


def foreign(texts: Iterable[str], tag: str) -> Counter[str]:
    """What texts of one language are called without it among the candidates."""
    others = tuple(one for one in ("en", *CANDIDATES) if base_tag(one) != base_tag(tag))
    return Counter(identify(text, others) for text in texts)


def line(tag: str, found: Counter[str], right: str) -> str:
    """One row of a table."""
    wrong = ", ".join(f"{other} {count}" for other, count in found.most_common() if other not in (right, UNDETERMINED))
    n = found.total()
    return f"| {tag} | {n} | {found[right] / n:.1%} | {found[UNDETERMINED]} | {wrong or '–'} |"


def print_files(folder: Path) -> None:
    """The real prompts."""
    for name in FILES:
        groups = PromptGroups.read(folder / name)
        print(f"\n{name}\n\n| language | prompts | right | undetermined | taken for |\n|---|---|---|---|---|")
        for tag in groups.languages:
            texts = [group.prompts[tag] for group in groups if tag in group.prompts]
            began = time.perf_counter()
            row = line(tag, confusion(texts, tag), tag)
            print(row, f"{1e6 * (time.perf_counter() - began) / len(texts):.0f} µs each")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path)
    folder = parser.parse_args().data
    if folder is not None:
        print_files(folder)
    ours = sentences()
    print("\nOur sentences, their language among the candidates\n")
    print("| language | sentences | right | undetermined | taken for |\n|---|---|---|---|---|")
    for tag, texts in ours.items():
        print(line(tag, confusion(texts, tag), tag))
    print("\nOur sentences in languages that are no candidates: right is undetermined; the others are shown\n")
    total: Counter[str] = Counter()
    for tag, texts in ours.items():
        if base_tag(tag) not in CANDIDATES:
            found = foreign(texts, tag)
            total += found
            if set(found) != {UNDETERMINED}:
                print(f"{tag}: {', '.join(f'{other} {count}' for other, count in found.most_common())}")
    print(f"undetermined: {total[UNDETERMINED]} of {total.total()}")
    print_together(ours)


def print_together(ours: Mapping[str, Sequence[str]]) -> None:
    """Our sentences, all languages that the identifier knows being candidates at once."""
    told = tellable(ours)
    known = tuple(tag for tag in ours if tag not in told.unknown)
    print("\nOur sentences among all languages of ours that the identifier knows: those that are not all right\n")
    total: Counter[str] = Counter()
    for tag in known:
        found = Counter(identify(text, known) for text in ours[tag])
        total.update(right=found[tag], of=found.total())
        if found[tag] < found.total():
            print(f"{tag}: {', '.join(f'{other} {count}' for other, count in found.most_common())}")
    print(f"right: {total['right']} of {total['of']}")
    print(f"\nnot known: {', '.join(told.unknown)}")
    print(f"not told apart: {', '.join('/'.join(pair) for pair in told.alike)}")


if __name__ == "__main__":
    main()
