"""Representations: which layer, which token, a forward pass that stops there, the extractor, reference, spectrum."""

from .decoder import Decoder, find_decoder, freeze_above, hidden_size, resolve_layer, unwrapped
from .extractor import bias_ratio, build_extractor
from .fingerprint import model_hash
from .modes import evaluating
from .passes import TOKENS_PER_PASS, Backward, PromptPass, PromptStates, plan_passes, prompt_states
from .reference import ReferenceStates
from .spectrum import (
    between_cosine,
    directions,
    effective_rank,
    leading_share,
    min_cosine,
    monitor,
    singular_values,
)
from .states import last_token_states, token_states

__all__ = [
    "TOKENS_PER_PASS",
    "Backward",
    "Decoder",
    "PromptPass",
    "PromptStates",
    "ReferenceStates",
    "between_cosine",
    "bias_ratio",
    "build_extractor",
    "directions",
    "effective_rank",
    "evaluating",
    "find_decoder",
    "freeze_above",
    "hidden_size",
    "last_token_states",
    "leading_share",
    "min_cosine",
    "model_hash",
    "monitor",
    "plan_passes",
    "prompt_states",
    "resolve_layer",
    "singular_values",
    "token_states",
    "unwrapped",
]
