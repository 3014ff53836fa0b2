"""What a report of many responses takes: seconds, and the highest resident memory of the command.

python benchmarks/report_size.py
python benchmarks/report_size.py --runs 4 --prompts 2000 --folder /tmp/report-size   # keeps the run folders
"""

from __future__ import annotations

import argparse
import hashlib
import os
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from isoglot.evaluate.numbers.summary import summarise
from isoglot.files import write_json, write_text
from isoglot.judges import Verdict
from isoglot.runs import Response, verdict_line

WORDS = {  # of the responses, in several scripts
    "en": "I cannot help with that request because it would harm people",
    "zh": "抱歉 我 无法 协助 您 完成 这个 请求 因为 会 伤害 他人",
    "ru": "извините но я не могу помочь с этой просьбой потому что",
    "ja": "申し訳 ありませんが その ご依頼 には お応え できません",
    "ar": "عذراً لا أستطيع مساعدتك في هذا الطلب لأنه يضر الناس",
    "bn": "দুঃখিত আমি এই অনুরোধে সাহায্য করতে পারব না কারণ",
    "sw": "samahani siwezi kukusaidia na ombi hilo kwa sababu linadhuru watu",
    "ur": "معذرت میں اس درخواست میں آپ کی مدد نہیں کر سکتا",
    "ko": "죄송하지만 그 요청은 도와드릴 수 없습니다 왜냐하면 사람에게",
    "th": "ขออภัย ฉันไม่สามารถ ช่วยเหลือ คำขอนี้ได้ เพราะ เป็นอันตราย",
    "de": "das kann ich leider nicht tun weil es anderen schaden würde",
    "fr": "je ne peux pas vous aider car cela ferait du mal aux autres",
}
KINDS, CHARACTERS = ("harmful", "harmless"), 300
VERDICTS = (
    Verdict("safe", "full", "own", "refuses: 'cannot'"),
    Verdict("safe", "none", "own", "answers"),
    Verdict("unsafe", "none", "own", "answers"),
    Verdict("unsafe", "partial", "en", "refuses and goes on"),
    Verdict("invalid", "none", "undetermined", "gibberish"),
    Verdict(None, None, "undetermined", "the judge failed", "TimeoutError: no answer"),
)
OFTEN = (50, 20, 20, 5, 4, 1)


def main() -> None:
    """Makes run folders, writes their report by the command, prints what it took."""
    asked = _arguments()
    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.folder or Path(temporary)
        if asked.only_write:
            for number in range(asked.runs):
                write_run(folder / f"run-{number}", number, asked.prompts)
            return
        # In a process of its own: a child's highest memory begins with that of the process that starts it.
        given = ["--folder", str(folder), "--runs", str(asked.runs), "--prompts", str(asked.prompts)]
        subprocess.run([sys.executable, __file__, *given, "--only-write"], check=True)
        runs = [folder / f"run-{number}" for number in range(asked.runs)]
        page = folder / "report.html"
        began = time.perf_counter()
        command = [sys.executable, "-m", "isoglot.cli", "report", *map(str, runs), "--output", str(page)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - began
        assert status == 0
        highest = used.ru_maxrss / (1024 if sys.platform != "darwin" else 2**20)
        size = page.stat().st_size / 2**20
    count = asked.prompts * len(WORDS) * len(KINDS)
    print(
        f"{asked.runs} runs of {count:,} responses: {seconds:.1f} s ({used.ru_utime + used.ru_stime:.1f} s of a core), "
        f"{highest:.0f} MiB, a page of {size:.1f} MiB"
    )


def write_run(folder: Path, number: int, prompts: int) -> Path:
    """A run folder as ``isoglot evaluate`` leaves it, with made-up responses; one that is there stays."""
    if (folder / "metrics.json").exists():
        return folder
    pairs = _answers(random.Random(number), prompts)
    protocol = {
        "model": folder.name, "model_hash": hashlib.sha256(folder.name.encode()).hexdigest()[:16],
        "prompts_hash": "0123456789abcdef", "languages": list(WORDS), "prompts": len(pairs), "answered": len(pairs),
        "decoding": {"greedy": True, "max_new_tokens": 256}, "judge": "rules", "judge_version": "0",
    }  # fmt: skip
    write_text(folder / "responses.jsonl", "".join(response.line() for response, _ in pairs))
    write_text(folder / "verdicts.rules.jsonl", "".join(verdict_line(*pair) for pair in pairs))
    write_json(folder / "protocol.json", protocol)
    write_json(folder / "meta.json", {"pivot": "en", "aligned": list(WORDS)[1:9], "unseen": list(WORDS)[9:]})
    write_json(folder / "metrics.json", {"protocol": protocol, "kinds": summarise(pairs)})
    return folder


def _answers(rng: random.Random, prompts: int) -> list[tuple[Response, Verdict]]:
    found = []
    for kind in KINDS:
        for number in range(prompts):
            for tag in WORDS:
                verdict = rng.choices(VERDICTS, OFTEN)[0]
                if verdict.language == "own":
                    verdict = Verdict(verdict.outcome, verdict.refusal, tag, verdict.reason)
                prompt, text = (_text(rng, tag, length) for length in (CHARACTERS // 3, CHARACTERS))
                found.append((Response(f"{kind}-{number:05}", tag, kind, "en", prompt, text, "stop"), verdict))
    return found


def _text(rng: random.Random, tag: str, length: int) -> str:
    words = WORDS[tag].split()
    return " ".join(rng.choices(words, k=length // 3))[:length]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=4)
    parser.add_argument("--prompts", type=int, default=2000, help="of each of the two kinds, in each of 12 languages")
    parser.add_argument("--folder", type=Path, help="where the runs are written, and stay; default: a temporary one")
    parser.add_argument("--only-write", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


if __name__ == "__main__":
    main()
