"""Translation models of Hugging Face: NLLB, MADLAD, M2M100 and opus-mt, by transformers."""

from __future__ import annotations

from typing import Any

from ..files import without_home
from ..models.files import model_files_hash
from ..models.load import loading, placed
from .local_model import LocalModel, Spec, room

_TOKENS_A_PASS = {"cpu": 2048, "cuda": 16384}  # padding included; each beam is as much again


class HuggingFaceTranslator(LocalModel):
    """A model in a folder or on the hub, its weights from safetensors; sentences of like length run together.

    Args:
        spec: ``hf:MODEL`` or ``hf:MODEL#beams=N``.
    """

    backend = "hf"

    def __init__(self, spec: str) -> None:
        asked = Spec.parse(spec)
        super().__init__(asked, without_home(asked.place), {"files": model_files_hash(asked.place)})
        self._model: Any = None

    def _load(self) -> None:
        from transformers import AutoModelForSeq2SeqLM

        with loading("model", "a translation model that loads", self._asked.place, "Check the path"):
            model: Any = AutoModelForSeq2SeqLM.from_pretrained(self._asked.place, dtype="auto", use_safetensors=True)
        self._model = placed(model).eval()

    def _unload(self) -> None:
        self._model = None

    def _positions(self) -> int:
        return int(getattr(self._model.config, "max_position_embeddings", None) or 1 << 20)  # MADLAD counts none

    def _generate(self, rows: list[list[int]], first: int | None) -> list[list[int]]:
        import torch

        from ..models.buckets import buckets  # which loads torch

        made: dict[int, list[int]] = {}
        device = self._model.device
        most = _TOKENS_A_PASS.get(device.type, _TOKENS_A_PASS["cuda"]) // self._asked.beams
        assert self._tokens is not None
        for bucket in buckets(rows, self._tokens.pad, most=most, overhead=64, device=device):
            limit = min(room(bucket.input_ids.shape[1]), self._positions() - 1)
            with torch.inference_mode():
                found = self._model.generate(
                    input_ids=bucket.input_ids,
                    attention_mask=bucket.attention_mask,
                    forced_bos_token_id=first,
                    forced_eos_token_id=None,  # of Marian, which so hides that a translation was cut
                    max_new_tokens=limit,
                    max_length=None,
                    num_beams=self._asked.beams,
                    do_sample=False,
                )
            made |= dict(zip(bucket.places, found[:, 1:].tolist(), strict=True))  # without what starts the decoder
        return [made[place] for place in range(len(rows))]
