"""Representations: which layer, which token, a forward pass that stops there, the extractor, the spectrum."""

from .decoder import Decoder, find_decoder, hidden_size, resolve_layer
from .extractor import build_extractor
from .spectrum import between_cosine, effective_rank, leading_share, min_cosine, monitor, singular_values
from .states import last_token_states, prompt_states, token_states

__all__ = [
    "Decoder",
    "between_cosine",
    "build_extractor",
    "effective_rank",
    "find_decoder",
    "hidden_size",
    "last_token_states",
    "leading_share",
    "min_cosine",
    "monitor",
    "prompt_states",
    "resolve_layer",
    "singular_values",
    "token_states",
]
