"""Representations: which layer, which token, a forward pass that stops there, the extractor, reference, spectrum."""

from .decoder import Decoder, find_decoder, freeze_above, hidden_size, resolve_layer, unwrapped
from .extractor import bias_ratio, build_extractor
from .fingerprint import model_hash
from .modes import evaluating
from .passes import (
    TOKENS_PER_PASS,
    Backward,
    PromptPass,
    PromptStates,
    fits_at_once,
    pass_states,
    plan_passes,
    prompt_states,
)
from .randomness import same_randomness
from .reference import ReferenceStates
from .space import Space
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
    "Space",
    "between_cosine",
    "bias_ratio",
    "build_extractor",
    "directions",
    "effective_rank",
    "evaluating",
    "find_decoder",
    "fits_at_once",
    "freeze_above",
    "hidden_size",
    "last_token_states",
    "leading_share",
    "min_cosine",
    "model_hash",
    "monitor",
    "pass_states",
    "plan_passes",
    "prompt_states",
    "resolve_layer",
    "same_randomness",
    "singular_values",
    "token_states",
    "unwrapped",
]
