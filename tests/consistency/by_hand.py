"""States and the space they are compared in, put together prompt by prompt: what the term is held against."""

from __future__ import annotations

import functools

import torch

from isoglot import Consistency
from isoglot.models.chat import encode

# Objective and guard at the states themselves, which can be put together by hand without a space; nothing is left out.
at_states = functools.partial(Consistency, objective="pivot_cosine", space="raw", budget=None)


def hidden(model, tokenizer, text, layer):
    """One prompt's last-token state, in a pass of its own."""
    ids = torch.tensor([encode(tokenizer, text)])
    return model(input_ids=ids, output_hidden_states=True).hidden_states[layer][0, -1]


def by_hand(model, tokenizer, groups, layer, tags):
    """(groups, tags, hidden size)."""
    rows = [[hidden(model, tokenizer, group.prompts[tag], layer) for tag in tags] for group in groups]
    return torch.stack([torch.stack(row) for row in rows])


def mean_and_scale(states):
    """What the standardized space makes of states, (groups, languages, hidden), written out."""
    cells = states.flatten(0, 1).double()
    mean, spread = cells.mean(0), cells.std(0, correction=0)
    least = torch.maximum(0.1 * spread.median(), 0.01 * cells.abs().mean(0))
    return mean.float(), (1 / torch.maximum(spread, least)).float()


def cosines_between(states):
    """Cosines of all pairs of prompts' directions, (groups, groups), from (groups, languages, hidden)."""
    mean = torch.nn.functional.normalize(states, dim=-1).mean(1)
    return torch.stack([torch.nn.functional.cosine_similarity(one, mean, dim=-1) for one in mean])


def moved(model, by=0.1):
    """A model some way from where it began."""
    with torch.no_grad():
        model.model.layers[0].mlp.down_proj.weight.add_(by)
    return model
