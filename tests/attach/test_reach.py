"""Which trained layers the term's gradient goes into: refused where there are none, and only there."""

from __future__ import annotations

import pytest

from isoglot import Attachment, Consistency
from isoglot.errors import ModelError


@pytest.mark.parametrize(
    ("layer", "into", "trained", "reached"),
    [
        (3, None, "layers.0", "1 to 3"),
        (3, None, "layers.2", "1 to 3"),
        (3, None, "layers.3", None),
        (3, None, "embed_tokens", "1 to 3"),
        (3, 3, "embed_tokens", "1 to 3"),
        (3, 2, "layers.1", "2 to 3"),
        (3, 2, "layers.0", None),
        (3, 2, "embed_tokens", None),
        ([2, 4], 1, "layers.1", "2 to 4"),
        ([2, 4], 1, "layers.0", None),
        ([2, 4], 9, "layers.0", "1 to 4"),
    ],
    ids=str,
)
def test_a_term_is_refused_if_and_only_if_its_gradient_reaches_nothing(
    tiny_model, tokenizer, groups, layer, into, trained, reached
):
    for name, parameter in tiny_model.named_parameters():
        parameter.requires_grad_(trained in name)
    few = groups.select(languages=("en", "sw"))
    settings = Consistency(layer=layer, gradient_layers=into, groups_per_step=2)
    attachment = Attachment.for_model(tiny_model, tokenizer, settings, few)
    if reached is None:
        with pytest.raises(ModelError, match="expected trainable parameters in decoder layers"):
            attachment.backward(0)
        return
    attachment.backward(0)
    gradients = [p.grad for p in tiny_model.parameters() if p.requires_grad]
    assert any(gradient is not None and gradient.abs().sum() > 0 for gradient in gradients)
    tiny_model.requires_grad_(False)
    with pytest.raises(ModelError, match=f"decoder layers {reached}, got none"):
        attachment.backward(1)
