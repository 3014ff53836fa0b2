"""Representations: states of prompts at layers, their passes, extractor, reference, space, similarity."""

from .extractor import bias_ratio, build_extractor
from .passes import Backward, PromptStates, pass_states, prompt_states
from .planning import TOKENS_PER_PASS, PromptPass, fits_at_once, plan_passes
from .reference import ReferenceStates
from .similarity import (
    between_cosine,
    directions,
    effective_rank,
    leading_share,
    min_cosine,
    monitor,
    singular_values,
)
from .space import Space
from .states import last_token_states, token_states

__all__ = [
    "TOKENS_PER_PASS",
    "Backward",
    "PromptPass",
    "PromptStates",
    "ReferenceStates",
    "Space",
    "between_cosine",
    "bias_ratio",
    "build_extractor",
    "directions",
    "effective_rank",
    "fits_at_once",
    "last_token_states",
    "leading_share",
    "min_cosine",
    "monitor",
    "pass_states",
    "plan_passes",
    "prompt_states",
    "singular_values",
    "token_states",
]
