"""The same models as CTranslate2 has them: smaller and faster on CPUs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..errors import MissingFileError, problem
from ..files import sampled_hash, without_home
from ..models.load import loading
from .local_model import LocalModel, Spec, room

_TOKENS_A_PASS, _ROWS = 2048, 32


class CTranslate2Translator(LocalModel):
    """A model that ``ct2-transformers-converter`` made, with the tokenizer of what it was made of.

    Args:
        spec: ``ct2:FOLDER@MODEL#beams=N``; MODEL is where the tokenizer is, a folder or a name on the hub. It may be
            left out where the tokenizer's files are in the folder, too.

    Raises:
        MissingFileError: where there is no such folder.
    """

    backend = "ct2"

    def __init__(self, spec: str) -> None:
        asked = Spec.parse(spec)
        weights = Path(asked.place).expanduser() / "model.bin"
        if not weights.is_file():
            got = f"no model.bin in {asked.place!r}"
            step = "Make it by ct2-transformers-converter --model MODEL --output_dir FOLDER"
            raise MissingFileError(problem("backend", "a model of CTranslate2", got, step))
        asked = asked._replace(place=str(weights.parent))
        super().__init__(asked, without_home(asked.place), {"files": sampled_hash(weights)})
        self._translator: Any = None

    def _load(self) -> None:
        import ctranslate2

        device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        with loading("model", "a model of CTranslate2 that loads", self._asked.place):
            self._translator = ctranslate2.Translator(self._asked.place, device=device)

    def _unload(self) -> None:
        self._translator = None

    def _positions(self) -> int:
        return 1 << 20  # it does not say; the tokenizer does

    def _generate(self, rows: list[list[int]], first: int | None) -> list[list[int]]:
        assert self._tokens is not None
        tokens, prefix = self._tokens, None if first is None else self._tokens.names([first])
        order = sorted(range(len(rows)), key=lambda place: len(rows[place]))
        made: dict[int, list[int]] = {}
        for start in range(0, len(order), _ROWS):  # one limit holds for a call: rows of like length are in one
            places = order[start : start + _ROWS]
            found = self._translator.translate_batch(
                [tokens.names(rows[place]) for place in places],
                target_prefix=None if prefix is None else [prefix] * len(places),
                beam_size=self._asked.beams,
                max_batch_size=_TOKENS_A_PASS,
                batch_type="tokens",
                max_input_length=0,
                max_decoding_length=min(room(len(rows[places[-1]])), tokens.positions - 1),
                return_end_token=True,
            )
            made |= {place: tokens.ids(one.hypotheses[0]) for place, one in zip(places, found, strict=True)}
        return [made[place] for place in range(len(rows))]
