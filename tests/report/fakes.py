"""Made-up run directories: twelve languages, hostile texts, files as the other commands write them."""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml

from isoglot.evaluate.numbers.summary import summarise
from isoglot.files import write_json
from isoglot.judges import Verdict
from isoglot.runs import Response

LANGUAGES = ("en", "zh", "ru", "ja", "ar", "bn", "sw", "ur", "ps", "ckb", "ko", "th")
ALIGNED, UNSEEN = LANGUAGES[1:10], LANGUAGES[10:]
REFUSALS = {
    "en": "I'm sorry, but I can't help with that request.",
    "zh": "抱歉，我无法协助您完成这个请求。",
    "ru": "Извините, но я не могу помочь с этой просьбой.",
    "ja": "申し訳ありませんが、そのご依頼にはお応えできません。",
    "ar": "عذراً، لا أستطيع مساعدتك في هذا الطلب.",
    "bn": "দুঃখিত, আমি এই অনুরোধে সাহায্য করতে পারব না।",
    "sw": "Samahani, siwezi kukusaidia na ombi hilo.",
    "ur": "معذرت، میں اس درخواست میں آپ کی مدد نہیں کر سکتا۔",
    "ps": "بخښنه غواړم، زه په دې غوښتنه کې مرسته نه شم کولی.",
    "ckb": "ببوورە، ناتوانم لەم داواکارییەدا یارمەتیت بدەم.",
    "ko": "죄송하지만 그 요청은 도와드릴 수 없습니다.",
    "th": "ขออภัย ฉันไม่สามารถช่วยเหลือคำขอนี้ได้",
}
HOSTILE = (
    "<script>window.hacked = true; alert(1)</script>",
    "</style><style>body { display: none }</style></div></section></main>",
    '"><img src="https://example.org/x.png" onerror="window.hacked = true">',
    "A" * 3000,
    "line one\nline two\r\n\n   indented\ttabbed",
    "null \x00 bell \x07 escape \x1b[31m delete \x7f half \ud800 override \u202e reversed",
    "مرحبا <b>bold</b> world {{ 7 * 7 }} {% raw %} &lt;script&gt;",
    "word " * 1000,  # 5,000 characters
    "",
)


def judged(
    safe: dict[str, float], *, prompts: int = 30, own: float = 0.9, answered: float = 0.9, seed: int = 0,
    languages: tuple[str, ...] = LANGUAGES, hostile: bool = True,
) -> list[tuple[Response, Verdict]]:  # fmt: skip
    """Responses with verdicts: harmful ones refused at the rate ``safe`` gives the language, harmless ones answered."""
    rng, found = random.Random(seed), []
    for kind in ("harmful", "harmless"):
        for number in range(prompts):
            for tag in languages:
                answer_in = tag if rng.random() < own else "en"
                refuses = rng.random() < (safe.get(tag, 0.5) if kind == "harmful" else 1 - answered)
                text = REFUSALS.get(answer_in, "No.") if refuses else f"Here is what you asked for ({answer_in})."
                if hostile and not refuses and number < len(HOSTILE):
                    text = HOSTILE[number]
                prompt = f"[{tag}] {kind} question {number} <i>?</i>"
                response = Response(f"{kind}-{number:03}", tag, kind, "en", prompt, text, "stop")
                found.append((response, _verdict(rng, kind, refuses, answer_in, text)))
    return found


def _verdict(rng: random.Random, kind: str, refuses: bool, language: str, text: str) -> Verdict:
    if not text or rng.random() < 0.04:
        return Verdict("invalid", "none", "undetermined", "empty")
    if rng.random() < 0.01:
        return Verdict(None, None, "undetermined", "", "time-out <b>")
    if refuses:
        return Verdict("safe", "full", language, "refuses: 'sorry'")
    if kind == "harmful" and rng.random() < 0.05:
        return Verdict("unsure", "partial", language, "refuses and goes on")
    return Verdict("safe" if kind == "harmless" else "unsafe", "none", language, "answers")


def write_evaluation(folder: Path, pairs: list[tuple[Response, Verdict]], **protocol: Any) -> Path:
    """What ``isoglot evaluate`` leaves in a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    full = {
        "model": folder.name, "model_hash": hashlib.sha256(folder.name.encode()).hexdigest()[:16],
        "prompts_hash": "feedfacefeedface",
        "languages": list(dict.fromkeys(r.language for r, _ in pairs)),
        "decoding": {"greedy": True, "max_new_tokens": 256, "batch_size": 16},
        "judge": "rules", "judge_version": "1", "isoglot": "0.1.0",
    } | protocol  # fmt: skip
    write_json(folder / "protocol.json", full)
    write_json(folder / "metrics.json", {"protocol": full, "kinds": summarise(pairs)})
    # As ASCII, since one response holds half a surrogate pair.
    lines = [json.dumps(asdict(response)) for response, _ in pairs]
    (folder / "responses.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    lines = [json.dumps({"group": r.group, "language": r.language, "verdict": asdict(v)}) for r, v in pairs]
    (folder / f"verdicts.{full['judge']}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def write_training(folder: Path, *, layers: int = 8, collapsed: bool = False, objective: str = "pivot_cosine") -> Path:
    """What ``isoglot train`` leaves in a folder, but for the model."""
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "method": "dpo",
        "data": {"preferences": "preferences.jsonl", "groups": "groups.jsonl"},
        "consistency": {"objective": objective, "layer": 0.5, "weight": 1.0},
    }
    (folder / "run.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")
    write_json(folder / "environment.json", {"python": "3.11.2", "torch": "2.9.0"})
    lines = [
        {"step": step, "loss": 0.7 * 0.98**step + 0.02 * (step % 3), "consistency/loss": 0.6 * 0.96**step,
         "consistency/retention": 0.01 * (1 - 0.95**step), "consistency/leading_share": 1 - 0.5 * 0.97**step,
         "consistency/between_cosine": None if step == 10 else 0.4 + 0.3 * (1 - 0.98**step)}
        for step in range(0, 100, 5)
    ]  # fmt: skip
    (folder / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    write_json(folder / "spectrum.json", {
        "before": _spectrum(layers, 0.0, between=0.5),
        "after": _spectrum(layers, 0.35, between=0.99 if collapsed else 0.55),
    })  # fmt: skip
    return folder


def _spectrum(layers: int, gain: float, *, between: float) -> dict[str, Any]:
    def kind(groups: int) -> dict[str, Any]:
        lead = [min(0.97, 0.35 + 0.04 * layer + gain * min(1, layer / 4)) for layer in range(1, layers + 1)]
        rest = [[share, *((1 - share) * 0.5**j / 1.998 for j in range(9))] for share in lead]
        return {
            "groups": groups, "leading_share": lead, "effective_rank": [1 + 9 * (1 - share) for share in lead],
            "min_cosine": [share - 0.2 for share in lead], "between_cosine": [between] * layers, "spectrum": rest,
        }  # fmt: skip

    return {"layers": list(range(1, layers + 1)), "kinds": {"all": kind(64), "harmful": kind(32), "harmless": kind(32)}}


def write_meta(folder: Path, name: str, **more: Any) -> Path:
    """The optional hints."""
    write_json(folder / "meta.json", {"name": name, "pivot": "en", "aligned": ALIGNED, "unseen": UNSEEN} | more)
    return folder


def four_runs(root: Path) -> list[Path]:
    """Like the quickstart: a base model and three that were trained."""
    rates = {
        "base": (0.1, 0.1, 0.1, 0.92), "dpo": (0.99, 0.05, 0.03, 0.9),
        "dpo+mlc": (0.99, 0.9, 0.5, 0.3), "dpo+isoglot": (0.99, 0.93, 0.85, 0.88),
    }  # fmt: skip
    folders = []
    for seed, (name, (pivot, aligned, unseen, answered)) in enumerate(rates.items()):
        safe = {"en": pivot} | dict.fromkeys(ALIGNED, aligned) | dict.fromkeys(UNSEEN, unseen)
        folder = write_evaluation(root / name, judged(safe, answered=answered, own=answered, seed=seed))
        write_meta(folder, name, note="A test bench with made-up numbers: no evidence about any model.")
        if name != "base":
            write_training(folder, collapsed=name == "dpo+mlc")
        folders.append(folder)
    return folders
