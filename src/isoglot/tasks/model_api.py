"""Models of this machine for inspect_ai: ``isoglot/FOLDER``, a folder, adapter or run directory, or a name on the hub.

inspect_ai's own ``hf`` says nothing of answers that were cut, draws unless told otherwise, knows no adapters, and
begins texts of a chat template a second time. This one is the generation of ``isoglot evaluate``: the same answers.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from inspect_ai.model import (
    ChatCompletionChoice,
    ChatMessage,
    ChatMessageAssistant,
    ContentReasoning,
    ContentText,
    GenerateConfig,
    ModelAPI,
    ModelOutput,
    ModelUsage,
    modelapi,
)
from inspect_ai.tool import ToolChoice, ToolInfo

from ..amounts import whole_problems
from ..errors import DataError, ModelError, problem, raise_all, short, unknown
from ..evaluate.answering.responses import Answer, Generator
from ..evaluate.answering.sampling import Draw
from ..evaluate.answering.template import chat_of_run, quantization_of_run
from ..groups import Prompt
from ..models.load import DTYPES, load
from ..providers.completion import stop_reason_of
from ..providers.own import OWN
from .batches import Batches
from .mistakes import told

LONGEST = 256  # tokens of an answer, where nobody says, as of isoglot evaluate
_SHAPING = ("top_p", "top_k", "stop_seqs", "frequency_penalty", "presence_penalty", "logit_bias", "num_choices",
            "logprobs", "response_schema", "extra_body")  # fmt: skip


def prompt_of(messages: Sequence[ChatMessage]) -> Prompt:
    """Messages of inspect_ai as a prompt: one of the user alone is its text.

    Raises:
        DataError: for images, sound and whatever else a text model does not read.
    """
    if len(messages) == 1 and messages[0].role == "user":
        return _text(messages[0])
    return [{"role": message.role, "content": _text(message)} for message in messages]


def _text(message: ChatMessage) -> str:
    parts = [] if isinstance(message.content, str) else message.content
    if other := next((part.type for part in parts if part.type not in _READ), None):
        step = "Ask a model that reads it, through its provider"
        raise DataError(problem("message", "parts of text", f"one of type {short(other)}", step))
    return message.text


_READ = ("text", "reasoning")  # a thought is not repeated to the model, and may be there


class IsoglotAPI(ModelAPI):
    """A model of this machine.

    What it is given by ``-M`` is looked at when it is made, before any prompt is asked.

    Args:
        model_name: a folder, an adapter's, a run directory, or a name on the hub.
        base_url: not used.
        api_key: not used.
        config: what inspect_ai was told of generation.
        dtype: of the weights: ``auto``, ``float32``, ``bfloat16`` or ``float16``.
        batch_size: requests at a time.
        trust_remote_code: whether the model may bring code of its own.
        **more: nothing else is known.

    Raises:
        UserError: with everything that cannot be.
    """

    @told
    def __init__(
        self,
        model_name: str,
        base_url: str | None = None,
        api_key: str | None = None,
        config: GenerateConfig = GenerateConfig(),  # noqa: B008 - as inspect_ai has it
        dtype: str = "auto",
        batch_size: int = 16,
        trust_remote_code: bool = False,
        **more: Any,
    ) -> None:
        raise_all(
            _wrong({"dtype": dtype, "batch_size": batch_size, "trust_remote_code": trust_remote_code}, more), ModelError
        )
        super().__init__(model_name=model_name, base_url=base_url, api_key=api_key, config=config)
        self._options: dict[str, Any] = {"dtype": dtype, "trust_remote_code": trust_remote_code}
        self._loaded: tuple[Any, Any] | None = None
        self._batch_size = batch_size
        self._generators: dict[int, Generator] = {}  # by the longest answer
        self._batches: Batches[tuple[Prompt, Draw], Answer] = Batches(self._answer, batch_size)

    def load(self) -> tuple[Any, Any]:
        """The model and its tokenizer, loaded once: inspect_ai makes objects like this only to ask for their names.

        Raises:
            ModelError: if it cannot be loaded.
        """
        if self._loaded is None:
            run = Path(self.model_name)
            few_bits = quantization_of_run(run)
            self._loaded = load(self.model_name, chat=chat_of_run(run), quantization=few_bits, **self._options)
        return self._loaded

    def _answer(self, most: int, questions: Sequence[tuple[Prompt, Draw]]) -> list[Answer]:
        if most not in self._generators:
            self._generators[most] = Generator(*self.load(), max_new_tokens=most, batch_size=self._batch_size)
        return self._generators[most].answer([prompt for prompt, _ in questions], [draw for _, draw in questions])

    async def generate(
        self,
        input: list[ChatMessage],  # noqa: A002 - inspect_ai's names
        tools: list[ToolInfo],
        tool_choice: ToolChoice,  # noqa: ARG002
        config: GenerateConfig,
    ) -> ModelOutput:
        """An answer, together with what else is asked now; greedy unless a temperature is given.

        Raises:
            ModelError: for tools and settings that this generation does not know, in place of leaving them out.
        """
        unknown = [name for name in _SHAPING if getattr(config, name, None) is not None] + (["tools"] if tools else [])
        if unknown:
            raise ModelError(problem(f"{OWN}{self.model_name}", "temperature, seed, max_tokens", ", ".join(unknown)))
        temperature = config.temperature or 0.0
        seed = secrets.randbits(31) if config.seed is None else config.seed
        question = (prompt_of(input), Draw(temperature, seed))
        answer = await self._batches.ask(config.max_tokens or LONGEST, question)
        said: Any = answer.text
        if answer.reasoning:
            said = [ContentReasoning(reasoning=answer.reasoning), ContentText(text=answer.text)]
        stop: Any = stop_reason_of(answer.finish)
        message = ChatMessageAssistant(content=said, model=self.model_name, source="generate")
        return ModelOutput(
            model=self.model_name,
            choices=[ChatCompletionChoice(message=message, stop_reason=stop)],
            usage=ModelUsage(
                input_tokens=answer.prompt_tokens,
                output_tokens=answer.tokens,
                total_tokens=answer.prompt_tokens + answer.tokens,
            ),
            metadata={"prompt_cut": True} if answer.prompt_cut else None,
        )

    def max_tokens(self) -> int | None:
        """Longest answer, where nobody says."""
        return LONGEST

    def max_connections(self) -> int:
        """Requests at a time: a batch at work, and one that waits."""
        return 2 * self._batch_size

    def connection_key(self) -> str:
        """Each model has its own."""
        return self.model_name

    def close(self) -> None:
        """Lets the weights go."""
        self._loaded = None
        self._generators.clear()


def _wrong(options: Mapping[str, Any], more: Iterable[str]) -> list[str]:
    """What is wrong with what ``-M`` says."""
    wrong = [unknown("-M", "parameter", name, options) for name in more]
    if options["dtype"] not in DTYPES:
        expected = f"{', '.join(DTYPES[:-1])} or {DTYPES[-1]}"
        wrong.append(problem("-M dtype", expected, short(options["dtype"])))
    wrong += whole_problems("-M batch_size", options["batch_size"], 1)
    if not isinstance(options["trust_remote_code"], bool):
        wrong.append(problem("-M trust_remote_code", "true or false", short(options["trust_remote_code"])))
    return wrong


modelapi(name="isoglot")(IsoglotAPI)  # as a decorator it would leave a function in the class's place
