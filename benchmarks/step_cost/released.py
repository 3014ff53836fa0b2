"""DPO and the consistency loss in the released way, written from its description; no code of it was used.

The prompts in all languages are rows of the preference batch, padded to its longest. They pass through the policy and
the reference model, full-vocabulary logits in float32 are made of every row, all hidden states are kept, and each
group's singular values come from an SVD. (The released code also prints them in every step; that is left out here.)
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import logsigmoid, normalize, pad

WEIGHT, TEMPERATURE, DIMENSION = 0.8, 0.2, 512


class ConcatenatedLoss:
    """In place of the loss of TRL's ``DPOTrainer``, for one instance of it.

    Without prompts it is plain DPO with whole logits: what the released way adds to.
    """

    def __init__(self, trainer: Any, prompts: Sequence[Sequence[int]] = (), extractor: nn.Linear | None = None) -> None:
        self._trainer, self.prompts, self._extractor = trainer, prompts, extractor

    def __call__(self, model: Any, inputs: dict[str, Tensor], return_outputs: bool = False) -> Tensor:  # noqa: ARG002
        ids, mask = self._rows(inputs)
        answers = inputs["completion_mask"]
        output = model(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
        policy = _log_probability(output.logits.float(), ids, answers)
        with torch.no_grad(), self._reference() as reference:
            there = reference(input_ids=ids, attention_mask=mask, output_hidden_states=True, use_cache=False)
            before = _log_probability(there.logits.float(), ids, answers)
        chosen, rejected = (policy - before).chunk(2)
        loss = -logsigmoid(self._trainer.beta * (chosen - rejected)).mean()
        if self._extractor is None:
            return loss
        return loss + WEIGHT * self._consistency(output.hidden_states[-1], mask)

    def _rows(self, inputs: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
        """Chosen, rejected, then the prompts, all padded to the longest."""
        ids, mask = inputs["input_ids"], inputs["attention_mask"]
        longest = max(ids.size(1), *map(len, self.prompts), 0)
        filled = [pad(rows, (0, longest - ids.size(1))) for rows in (ids, mask)]
        for prompt in self.prompts:
            row = torch.tensor([prompt], device=ids.device)
            for place, one in enumerate((row, torch.ones_like(row))):
                filled[place] = torch.cat([filled[place], pad(one, (0, longest - len(prompt)))])
        return filled[0], filled[1]

    @contextlib.contextmanager
    def _reference(self) -> Any:
        if self._trainer.ref_model is not None:
            yield self._trainer.ref_model
            return
        with self._trainer.accelerator.unwrap_model(self._trainer.model).disable_adapter():
            yield self._trainer.model

    def _consistency(self, states: Tensor, mask: Tensor) -> Tensor:
        rows = torch.arange(2, len(mask), device=mask.device)
        last = states[rows, mask[2:].sum(-1) - 1]
        unit = normalize(self._extractor(last.to(self._extractor.weight.dtype)), dim=-1)
        values = torch.linalg.svd(unit.float(), full_matrices=False).S
        return -torch.log_softmax(values / values[0].detach() / TEMPERATURE, dim=-1)[0]


def _log_probability(logits: Tensor, ids: Tensor, answers: Tensor) -> Tensor:
    """Of the preference rows' answers, which stand first and may be shorter than the logits."""
    count, tokens = answers.shape
    scores = logits[:count, : tokens - 1].log_softmax(-1)
    found = scores.gather(-1, ids[:count, 1:tokens].unsqueeze(-1)).squeeze(-1)
    return (found * answers[:, 1:]).sum(-1)
