"""What a log of inspect_ai says as an evaluation: several epochs, seeds, samples without an answer, the card."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

import pytest
from inspect_ai import eval as inspect_eval
from inspect_ai.model import GenerateConfig, ModelOutput, ModelUsage, get_model

from isoglot import PromptGroups, evaluate
from isoglot.errors import DataError
from isoglot.models.load import load
from isoglot.runs import read_responses
from isoglot.tasks.logs import folder_of
from isoglot.tasks.registry import groups

pytestmark = pytest.mark.training
QUIET = dict(display="none", log_level="critical", ctl_server=False, log_realtime=False)


@pytest.fixture
def path(dishes, tmp_path) -> str:
    return str(dishes[:3].write(tmp_path / "groups.jsonl"))


@pytest.fixture
def logged(tmp_path):
    """A log of inspect_ai of a task."""

    def made(task, model, **options):
        [log] = inspect_eval(task, model=model, log_dir=str(tmp_path / "logs"), **QUIET, **options)
        return log

    return made


def says(answer):
    """A model that gives an output, or what a function makes of the question."""
    give = answer if callable(answer) else lambda _question: answer
    return get_model("mockllm/model", custom_outputs=lambda messages, *_: give(messages[-1].text), memoize=False)


def output(text, stop_reason="stop"):
    """With its usage: inspect_ai would fetch a tokenizer to count it."""
    made = ModelOutput.from_content("mock", text, stop_reason=stop_reason)
    made.usage = ModelUsage(input_tokens=1, output_tokens=9, total_tokens=10)
    return made


def protocol_of(folder: Path):
    return json.loads((folder / "protocol.json").read_text())


def test_with_a_seed_each_answer_has_its_own_as_in_an_evaluation(path, tiny_folder, tmp_path, logged):
    """Else all epochs would be one answer, and all prompts be answered by the same draws."""
    drawn = dict(temperature=1.0, seed=3, max_tokens=5, epochs=3)
    log = logged(groups(path), f"isoglot/{tiny_folder}", **drawn, model_args={"dtype": "float32"})
    found = {one.key: one.response for one in read_responses(folder_of(Path(log.location)) / "responses.jsonl")}
    assert len(found) == 18
    assert len(set(found.values())) > 12
    model, tokenizer = load(str(tiny_folder), dtype="float32")
    decoding = dict(max_new_tokens=5, samples=3, temperature=1.0, seed=3)
    evaluate(model, tokenizer, PromptGroups.read(path), tmp_path / "out", **decoding)
    assert found == {one.key: one.response for one in read_responses(tmp_path / "out" / "responses.jsonl")}
    assert protocol_of(Path(log.location).with_suffix(""))["decoding"] == protocol_of(tmp_path / "out")["decoding"]


def test_a_model_s_own_seed_is_one_for_each_answer_too_and_its_temperature_gives_way_to_the_task_s(path, logged):
    """As inspect_ai merges them: what a task or its run says of generation goes before what a model was made with."""

    def asked(of_model, **options) -> list[GenerateConfig]:
        def note(_messages, _tools, _choice, config):
            seen.append(config)
            return output("Boil it first.")

        seen: list[GenerateConfig] = []
        config = GenerateConfig(**of_model)
        logged(groups(path), get_model("mockllm/model", config=config, custom_outputs=note, memoize=False), **options)
        return seen

    drawn = dict(temperature=0.8, epochs=3)
    told_the_model, told_the_run = asked({"seed": 3}, **drawn), asked({}, seed=3, **drawn)
    seeds = {one.seed for one in told_the_model}
    assert len(seeds) == 18
    assert seeds == {one.seed for one in told_the_run}
    alone = asked({"seed": 3, "temperature": 0.8}, epochs=3)
    assert {(one.temperature, one.seed) for one in alone} == {(0.0, 3)}


def test_without_an_answer_a_sample_is_in_no_rate_as_in_a_judging_of_the_log(path, logged):
    """A limit of inspect_ai's may end a sample before its answer, a provider may refuse a prompt as too long."""
    too_long = output("prompt is too long", "model_length")
    log = logged(groups(path), says(lambda text: too_long if "dish 1" in text else output("Boil it first.")))
    scores = {one.name: (one.scored_samples, one.unscored_samples) for one in log.results.scores}
    assert scores == {"answered_own": (5, 1), "over_refused": (5, 1)}
    [unscored] = [one for one in log.samples if one.scores["over_refused"].reason == "no_answer"]
    assert unscored.scores["over_refused"].explanation.startswith("no answer: the prompt does not fit")
    assert len(list(read_responses(folder_of(Path(log.location)) / "responses.jsonl"))) == 5

    log = logged(groups(path), says(output("Boil it first.")), token_limit=5)
    assert {(one.scored_samples, one.unscored_samples) for one in log.results.scores} == {(0, 6)}
    spaced = Path(log.location).rename(Path(log.location).parent / "a log; of ours.eval")
    with pytest.raises(DataError, match=r"expected answers, got none to 6 prompts\. ") as caught:
        folder_of(spaced)
    step = str(caught.value).split("Ask for them: ")[1].removesuffix(".")
    assert shlex.split(step) == ["inspect", "eval-retry", str(spaced)]  # as a shell reads it


def test_reasoning_is_no_part_of_what_a_scorer_judges(path, logged, call):
    log = logged(groups(path), says(output("<think>I can't help with that.</think>Boil it first.")))
    assert {one.scores["over_refused"].answer for one in log.samples} == {"Boil it first."}


def test_the_card_of_a_log_says_how_the_model_was_asked(path, logged, call):
    log = logged(groups(path), says(output("Boil it first.")), epochs=2)
    assert call("judge", log.location)[0] == 0
    folder = Path(log.location).with_suffix("")
    said, card = protocol_of(folder), protocol_of(folder)["card"]
    assert (said["prompts"], said["responses"], said["answered"]) == (6, 12, 12)
    assert card["decoding"] == "greedy, at most 256 new tokens"
    assert card["software"] == log.eval.packages
    assert "unknown" in card["template"]["hash"]
    assert "generation" not in card
    text = (folder / "protocol.md").read_text()
    assert "- Model weights: not known: mockllm/model is a name by which a provider answers" in text
    assert "answered are 12 of 12, to 6 prompts" in text


def test_of_a_log_that_is_not_whole_the_next_step_is_inspect_ai_s(path, logged, call):
    def fails(text):
        if "dish 1" in text:
            raise ConnectionError("gone")
        return output("Boil it first.")

    log = logged(groups(path), says(fails), fail_on_error=False)
    status, _, err = call("judge", log.location)
    assert status == 0
    assert "expected an answer to each of 6 prompts, got 5. They are no random sample" in " ".join(err.split())
    assert "inspect eval-retry" in err
