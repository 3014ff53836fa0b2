"""A solver of inspect_ai that asks for what is not answered yet, and keeps each answer as it comes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..evaluate.answering.answers import Answers
from ..evaluate.answering.decoding import Decoding
from ..evaluate.answering.responses import response_of
from ..providers.completion import finish_of, stop_reason_of
from ..reasoning import Parts, split
from ..runs import Key
from .failures import Failures
from .requests import Requests

if TYPE_CHECKING:
    from inspect_ai.solver import Solver


def from_disk(answers: Answers, decoding: Decoding, failures: Failures, requests: Requests) -> Solver:
    """Answers a sample from the evaluation's folder, or asks the model and puts its answer there.

    Args:
        answers: of the folder.
        decoding: where answers are drawn each is asked for with a seed of its own.
        failures: notes what fails.
        requests: notes what is under way.
    """
    from inspect_ai.model import ModelOutput
    from inspect_ai.solver import Generate, TaskState, solver

    from .dataset import was_cut

    wanted = {cell.key: cell for cell in answers.cells}

    @solver(name="isoglot_answers")
    def made() -> Solver:
        async def solve(state: TaskState, generate: Generate) -> TaskState:
            key = (state.metadata["group"], state.metadata["language"], state.epoch - 1)
            if stored := answers.of(key):
                stop: Any = stop_reason_of(stored.finish)
                state.output = ModelOutput.from_content(str(state.model), stored.response, stop_reason=stop)
                state.messages.append(state.output.message)
                return state
            if failures.hopeless:
                raise ConnectionError("not asked: too many requests before it failed")
            with requests.one():
                return await asked(state, generate, key)
            raise ConnectionError("not asked: the evaluation was stopped")

        async def asked(state: TaskState, generate: Generate, key: Key) -> TaskState:
            seed = None if decoding.greedy else decoding.seed_of(key)
            try:  # a call of a tool is the answer, as there are none: what came after it would answer another question
                state = await generate(state, tool_calls="none", seed=seed)
                said = said_in(state.output)
            except Exception as error:  # of any provider
                raise failures.add(key, error) from None
            failures.answered(key)
            cut, finish = was_cut(state.output), finish_of(state.output.stop_reason)
            answers.add([response_of(wanted[key], said.answer, finish, prompt_cut=cut, reasoning=said.reasoning)])
            return state

        return solve

    return made()


def said_in(output: Any) -> Parts:
    """Reasoning and answer: some providers tell them apart, some leave marks in the text.

    Raises:
        ValueError: for an output that is none: an error of the provider, or a prompt that it did not take.
    """
    if output.error and not output.completion:
        raise ValueError(str(output.error))
    if output.empty:
        raise ValueError("no answer in what the server sent")
    if output.stop_reason == "model_length":
        raise ValueError(f"the prompt does not fit into the model's context: {output.completion[:200]}")
    text = str(output.completion)
    found = split(text)
    content = output.message.content
    thoughts = [one.reasoning for one in content if one.type == "reasoning"] if isinstance(content, list) else []
    return found._replace(reasoning="\n\n".join(filter(None, [*thoughts, found.reasoning])))
