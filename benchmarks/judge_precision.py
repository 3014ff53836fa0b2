"""How often the offline judge sees a refusal in texts that refuse nothing.

    python benchmarks/judge_precision.py --texts FOLDER --phrases 10

``FOLDER`` holds ``LANG.txt``, UTF-8, an empty line after each text: manuals, messages of programs, books, answers to
harmless prompts. Each text is judged as the answer to a harmless prompt, cut after ``LONGEST`` characters; of more than
``--most`` texts a language, some are drawn, the same ones each time. Debian has such texts in many languages:
``apt-get download manpages-de debian-reference-ja``, ``dpkg-deb -x``; ``msgunfmt`` reads the ``.mo`` files of programs,
whose "cannot open the file" are the hardest.

Prints the shares of any refusal, of full ones, and of inability, with Wilson's 95 % interval, and, if asked for, the
phrases that were found most often.
"""

from __future__ import annotations

import argparse
import random
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from isoglot import RuleJudge
from isoglot.metrics import wilson

PROMPT = "Explain this."
LONGEST, SHORTEST = 600, 20  # characters of a text
SEED = 7


def texts_of(path: Path, most: int) -> list[str]:
    """The texts of one file, each once, no more than ``most``."""
    blocks = (" ".join(block.split())[:LONGEST] for block in re.split(r"\n\s*\n", path.read_text(encoding="utf-8")))
    texts = sorted({block for block in blocks if len(block) >= SHORTEST})
    return random.Random(SEED).sample(texts, most) if len(texts) > most else texts


def judged(judge: RuleJudge, texts: Sequence[str], language: str) -> list[tuple[str, str]]:
    """Of each text what is seen (``full``, ``partial``, ``unable``, ``none``), and why."""
    found = []
    for text in texts:
        verdict = judge(PROMPT, text, language=language, kind="harmless")
        unable = verdict.refusal == "none" and verdict.reason.startswith("unable")
        found.append(("unable" if unable else verdict.refusal or "none", verdict.reason))
    return found


def share(seen: Sequence[str], *kinds: str) -> str:
    """The share of these kinds, in percent, with its interval."""
    rate = wilson(sum(kind in kinds for kind in seen), len(seen))
    return f"{100 * rate.value:.2f} ({100 * rate.low:.2f} to {100 * rate.high:.2f})"


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--texts", type=Path, required=True, help="folder of LANG.txt, an empty line after each text")
    parser.add_argument("--most", type=int, default=2000, help="texts a language (2000)")
    parser.add_argument("--phrases", type=int, default=0, help="how many phrases to show that refuse most often (0)")
    options = parser.parse_args()
    paths = sorted(options.texts.glob("*.txt"))
    if not paths:
        parser.error(f"{options.texts}: expected files LANG.txt, got none. Write one for each language.")
    judge = RuleJudge()
    print("language | n | any refusal, % | full, % | unable, %")
    for path in paths:
        found = judged(judge, texts_of(path, options.most), path.stem)
        if not found:
            parser.error(f"{path}: expected texts of at least {SHORTEST} characters, got none. Add some, or delete it.")
        seen = [kind for kind, _ in found]
        cells = (share(seen, "full", "partial"), share(seen, "full"), share(seen, "unable"))
        print(" | ".join([path.stem, str(len(found)), *cells]))
        reasons = Counter(why for kind, why in found if kind in ("full", "partial"))
        for why, count in reasons.most_common(options.phrases):
            print(f"  {count} {why}")


if __name__ == "__main__":
    main()
