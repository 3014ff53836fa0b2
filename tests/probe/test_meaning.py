"""Translations found and silhouettes, against loops over prompts."""

from __future__ import annotations

import pytest
import torch
from torch.nn.functional import cosine_similarity

from isoglot.probe.meaning import finds_translation, silhouettes


def states():
    torch.manual_seed(0)
    mask = torch.rand(6, 4) > 0.2
    mask[:, 1] = True
    return torch.randn(6, 1, 5) + torch.randn(6, 4, 5), mask


def test_translations_found_against_a_loop():
    found, mask = states()
    hits = finds_translation(found, mask, 1)
    assert torch.equal(hits.isnan(), ~mask)
    for group, language in mask.nonzero().tolist():
        there = [other for other in range(6) if mask[other, language]]
        nearest = max(there, key=lambda other: cosine_similarity(found[group, 1], found[other, language], dim=0).item())
        assert hits[group, language] == float(nearest == group)
    assert 0 < hits.nanmean() < 1  # else the loop shows little


def test_the_only_prompt_of_a_language_is_not_found_for_there_is_no_other():
    found, mask = states()
    mask[:, 2] = False
    mask[4, 2] = True
    assert finds_translation(found, mask, 1)[:, 2].isnan().all()
    mask[5, 2] = True
    assert finds_translation(found, mask, 1)[4:, 2].isfinite().all()


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_all_prompts_are_alike_no_translation_is_found(value):
    alike = torch.full((6, 3, 5), value)
    assert not finds_translation(alike, torch.ones(6, 3, dtype=torch.bool), 0)[:, 1:].any()


def naive_silhouettes(found, mask, which):
    cells = mask.nonzero().tolist()
    values = {}
    for one in cells:
        by_cluster = {}
        for other in cells:
            if other != one:
                distance = 1 - cosine_similarity(found[tuple(one)], found[tuple(other)], dim=0).item()
                by_cluster.setdefault(other[which], []).append(distance)
        means = {cluster: sum(all_) / len(all_) for cluster, all_ in by_cluster.items()}
        own = means.pop(one[which], None)
        nearest = min(means.values(), default=None)
        values[tuple(one)] = 0.0 if own is None or nearest is None else (nearest - own) / max(nearest, own)
    return values


@pytest.mark.parametrize("which", [0, 1])
def test_silhouettes_against_their_definition(which):
    found, mask = states()
    mask[3] = torch.tensor([False, True, False, False])  # alone in its group
    by = silhouettes(found, mask)[which]
    assert torch.equal(by.isnan(), ~mask)
    for place, value in naive_silhouettes(found, mask, which).items():
        assert by[place].item() == pytest.approx(value, abs=1e-5)


def test_prompts_that_lie_by_meaning_and_by_language():
    torch.manual_seed(0)
    meanings, languages = torch.randn(8, 1, 64), torch.randn(1, 5, 64)
    mask = torch.ones(8, 5, dtype=torch.bool)
    for near, far in ((0, 1), (1, 0)):
        found = (meanings, languages)[near] + 0.2 * (meanings, languages)[far]
        by = silhouettes(found, mask)
        assert by[near].mean() > 0.5 > 0 > by[far].mean()
