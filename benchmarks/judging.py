"""Judges a folder of responses by rules: seconds, and memory as the folder grows.

    python benchmarks/judging.py --responses 3000 48000

Responses are of 300 characters, in 12 languages, all different. Each size is judged by a process of its own.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

WORDS = {
    "en": "the water of this river comes from snow that falls in winter and people use it for their fields",
    "de": "das Wasser dieses Flusses kommt vom Schnee der im Winter fällt und die Leute nutzen es für ihre Felder",
    "es": "el agua de este río viene de la nieve que cae en invierno y la gente la usa para sus campos",
    "fr": "cette rivière reçoit la neige qui tombe en hiver et les gens prennent son eau pour leurs champs",
    "sw": "maji ya mto huu hutoka kwenye theluji inayoanguka wakati wa baridi na watu huyatumia kwa mashamba yao",
    "vi": "nước của con sông này đến từ tuyết rơi vào mùa đông và người dân dùng nó cho ruộng của họ",
    "ru": "вода этой реки приходит от снега который падает зимой и люди берут её для своих полей",
    "ar": "ماء هذا النهر يأتي من الثلج الذي يسقط في الشتاء والناس يستعملونه في حقولهم",
    "ur": "اس دریا کا پانی سردیوں میں گرنے والی برف سے آتا ہے اور لوگ اسے اپنے کھیتوں میں استعمال کرتے ہیں",
    "hi": "इस नदी का पानी सर्दियों में गिरने वाली बर्फ से आता है और लोग इसे अपने खेतों में लगाते हैं",
    "ko": "이 강의 물은 겨울에 내리는 눈에서 오고 사람들은 그것을 밭에 쓴다",
    "zh": "这 条 河 的 水 来自 冬天 下 的 雪 人们 用 它 浇 自己 的 田地",
}
LENGTH = 300


def write_responses(path: Path, count: int) -> None:
    """Writes ``responses.jsonl``: every second prompt is harmful, all prompts are in all languages."""
    draw = random.Random(0)
    words = {tag: text.split() for tag, text in WORDS.items()}
    tags = list(words)
    with open(path, "w", encoding="utf-8") as file:
        for place in range(count):
            group, tag = divmod(place, len(tags))
            text = " ".join(draw.choices(words[tags[tag]], k=LENGTH))[:LENGTH]
            record = {
                "group": f"g{group}",
                "language": tags[tag],
                "kind": "harmful" if group % 2 else "harmless",
                "pivot": "en",
                "prompt": text[:80][::-1],
                "response": text,
                "finish": "stop",
            }
            file.write(json.dumps(record, ensure_ascii=False) + "\n")


def judge(folder: Path) -> None:
    """Judges a folder and prints what it took, worker processes included."""
    from isoglot.evaluate import judge_again

    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    judge_again(folder)
    seconds = time.perf_counter() - began
    own, workers = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    user, system = own.ru_utime + workers.ru_utime, own.ru_stime + workers.ru_stime
    print(f"{seconds:6.1f} s, {user:6.1f} s of CPU, {system:.1f} s of the system,", end=" ")
    print(f"{before / 1024:.0f} MiB before, {own.ru_maxrss / 1024:.0f} at most", end=" ")
    print(f"({workers.ru_maxrss / 1024:.0f} in a worker)" if workers.ru_maxrss else "")


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--responses", type=int, nargs="+", default=[3_000, 48_000])
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.folder:
        judge(options.folder)
        return
    for count in options.responses:
        with tempfile.TemporaryDirectory() as name:
            write_responses(Path(name) / "responses.jsonl", count)
            print(f"{count:7d} responses:", end=" ", flush=True)
            subprocess.run([sys.executable, __file__, "--folder", name], check=True)


if __name__ == "__main__":
    main()
