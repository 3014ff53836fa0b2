"""What models say by themselves: rejected answers for preferences, and harmless answers in the groups' languages."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from data import write_added, write_answered, write_preferences

LONGEST = 48  # tokens of an own answer, as long as those that are learnt


def answer_before_training(work: Path, model: Path) -> None:
    """The rejected answers of preferences: what the model says before any training."""
    folder = work / "data"
    if (folder / "preferences.jsonl").exists():
        return
    answers = _answers(str(model), folder / "questions.jsonl", folder / "own-answers.jsonl")
    left = write_preferences(folder, {answer.group: answer.response for answer in answers})
    print(f"\npreferences: {left} rows left out, their own answer being empty or the chosen one", file=sys.stderr)


def answer_after_plain_alignment(work: Path, run: dict[str, Any]) -> None:
    """Harmless answers in the groups' languages: what the model says after plain alignment in English.

    Kept are those that the offline judge finds in the prompt's language, refusing nothing.

    Args:
        work: gets ``aligned/``, the model, and in ``data/`` the files ``sft-answered.jsonl`` and ``sft-added.jsonl``.
        run: the settings that all sweeps share.
    """
    folder = work / "data"
    if (folder / "sft-added.jsonl").exists():
        return
    from isoglot.judges import RuleJudge
    from isoglot.train import RunFile, train

    train(RunFile.from_dict(_plain(run, folder / "sft.jsonl", work / "aligned")))
    answers = _answers(str(work / "aligned"), folder / "questions-in-languages.jsonl", folder / "aligned-answers.jsonl")
    kept, judge = [], RuleJudge()
    for answer in answers:
        verdict = judge(answer.prompt, answer.response, language=answer.language, kind="harmless")
        if (verdict.outcome, verdict.refusal, verdict.language) == ("safe", "none", answer.language):
            kept.append((answer.language, answer.prompt, answer.response.strip()))
    print(f"\nanswers in the groups' languages: {len(kept)} of {len(answers)} can be kept", file=sys.stderr)
    write_answered(folder, kept)
    write_added(folder, {prompt: language for language, prompt, _ in kept})


def _plain(run: dict[str, Any], preferences: Path, output: Path) -> dict[str, Any]:
    """The shared settings without the term."""
    kept = {name: value for name, value in run.items() if name != "consistency"}
    return kept | {"data": {"preferences": str(preferences)}, "output": str(output)}


def _answers(model: str, questions: Path, output: Path) -> list[Any]:
    from isoglot import PromptGroups
    from isoglot.evaluate.answering.answers import Answers
    from isoglot.evaluate.answering.cells import cells_of
    from isoglot.evaluate.answering.responses import Generator
    from isoglot.models.load import load

    loaded, tokenizer = load(model, dtype="bfloat16")
    generator = Generator(loaded, tokenizer, max_new_tokens=LONGEST, batch_size=32)
    answers = Answers(output, cells_of(PromptGroups.read(questions)))
    with answers.writing():
        for batch in generator(answers.missing):
            answers.add(batch)
            print("\rown answers: {}/{}".format(*answers.come()), end="", file=sys.stderr)
    return answers.ordered()
