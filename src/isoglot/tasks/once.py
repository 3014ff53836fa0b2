"""The solver of our tasks: the model is asked once, where answers are drawn with a seed of its own for each."""

from __future__ import annotations

from inspect_ai.model import get_model
from inspect_ai.solver import Generate, Solver, TaskState, solver

from ..evaluate.answering.decoding import Decoding


@solver
def asked_once() -> Solver:
    """Asks the model; there are no tools.

    With a seed, of the run or the model, inspect_ai sends that one seed with every request: all epochs would be one
    answer, and all prompts be answered by the same draws. Each answer has the seed here that ``isoglot evaluate``
    gives it.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        from inspect_ai.model._generate_config import active_generate_config  # private: only where it is needed

        config = get_model().config.merge(active_generate_config())  # as inspect_ai merges them for the request
        if config.seed is None or not config.temperature:
            return await generate(state, tool_calls="none")
        key = (state.metadata["group"], state.metadata["language"], state.epoch - 1)
        seed = Decoding(temperature=config.temperature, seed=config.seed).seed_of(key)
        return await generate(state, tool_calls="none", seed=seed)

    return solve
