"""What a turn gives the engine pass by pass: which is the last, what was left out, which gradients are looked at."""

from __future__ import annotations

import pytest
import torch

from isoglot import Attachment, Consistency, PromptGroups, pivot_cosine
from isoglot.consistency.backward import TermBackward
from isoglot.errors import RunError
from isoglot.groups.sampling import Turn


@pytest.fixture(scope="module")
def small(groups):
    """Three harmful and three harmless groups in three languages."""
    kept = [group for kind in ("harmful", "harmless") for group in [g for g in groups if g.kind == kind][:3]]
    return PromptGroups(kept).select(languages=("en", "zh", "sw"))


@pytest.fixture
def attached(tiny_model, tokenizer, small):
    def made(**settings):
        settings = dict(layer=2, groups_per_step=3) | settings
        return Attachment.for_model(tiny_model, tokenizer, Consistency(**settings), small)

    return made


@pytest.mark.parametrize("lockstep", [False, True])
@pytest.mark.parametrize(
    ("settings", "passes"),
    [({"tokens_per_pass": 100_000}, 1), ({"tokens_per_pass": 1}, None), ({"extractor": "linear"}, None)],
    ids=["all at once", "prompt by prompt", "an extractor"],
)
def test_the_last_scalar_of_a_turn_is_told_from_the_others(attached, tiny_model, settings, passes, lockstep):
    """Engines reduce gradients, and step, with the last."""
    attachment = attached(extractor_dim=4, **{"tokens_per_pass": 60} | settings)
    flags = []

    def backward(loss, last):
        assert loss.dim() == 0
        flags.append(last)

    TermBackward(attachment.term, tiny_model, Turn(0), scale=1.0, backward=backward, lockstep=lockstep)()
    assert flags == [False] * (len(flags) - 1) + [True]
    assert len(flags) == passes if passes else len(flags) > 3


def test_under_autocast_prompts_that_are_run_twice_give_the_gradient_of_those_run_once(attached, tiny_model):
    """Weights that autocast has copied on the way there, without a graph, lead nowhere on the way back."""
    found = []
    for most in (100_000, 1):
        with torch.autocast("cpu", torch.bfloat16):
            attached(tokens_per_pass=most, objective="info_nce", retention=0).backward(0)
        found.append({name: p.grad.clone() for name, p in tiny_model.named_parameters() if p.grad is not None})
        tiny_model.zero_grad()
    once, twice = found
    assert once.keys() == twice.keys()
    assert any("q_proj" in name for name in once)
    for name, gradient in once.items():
        cosine = torch.cosine_similarity(gradient.flatten(), twice[name].flatten(), dim=0)
        assert cosine > 0.95, name  # two sums in half precision


@pytest.mark.parametrize("rank", [0, 1])
def test_each_process_gives_the_extractor_the_mean_of_all(attached, tiny_model, rank):
    """Also one that has no prompts of its own, as the second of two where one group is drawn."""
    attachment = attached(extractor="linear", extractor_dim=4, retention=0, space="raw", groups_per_step=1)
    turn = Turn(0, 0, 1, rank, 2)
    run = TermBackward(attachment.term, tiny_model, turn, scale=1.0, backward=lambda loss, _last: loss.backward())
    assert len(run.mine.cells) == (0 if rank else 3)
    asked = []

    def most(number, _device):
        asked.append(number)
        return max(number, 1) if len(asked) == 1 else number  # one chunk; then whether all is finite, as it is here

    # There is no other process; what it would bring is made up.
    run.processes.most, run.processes.mean = most, lambda own: [value / 2 + 5 for value in own]
    run()
    found = [parameter.grad.clone() for parameter in attachment.parameters()]
    own = [torch.zeros_like(gradient) for gradient in found]
    if not rank:
        for parameter in attachment.parameters():
            parameter.grad = None
        attachment.term(tiny_model, Turn(0, 0, 1, 0, 2))[0].backward()
        own = [parameter.grad for parameter in attachment.parameters()]
        assert all(gradient.abs().sum() > 0 for gradient in own)
    for gradient, mine in zip(found, own, strict=True):
        torch.testing.assert_close(gradient, mine / 2 + 5)


@pytest.mark.parametrize("call", ["scalar", "backward", "remember"])
def test_randomness_that_a_model_uses_is_left_to_the_training(tiny_model, tokenizer, small, call):
    drawn = []

    def noisy(_module, _inputs, output):
        drawn.append(torch.rand_like(output))
        return output + 0.01 * drawn[-1]

    tiny_model.model.layers[0].mlp.register_forward_hook(noisy)
    torch.manual_seed(3)
    before = torch.get_rng_state()
    attachment = Attachment.for_model(tiny_model, tokenizer, Consistency(layer=2, groups_per_step=3), small)
    if call == "scalar":
        attachment(0)[0].backward()
    elif call == "backward":
        attachment.backward(0)
    assert drawn
    assert torch.equal(torch.get_rng_state(), before)


def test_the_share_of_what_was_left_out_is_logged(attached):
    seen = []

    def breaks_once(z, *, weights=None, mask=None, center=False):
        seen.append(len(z))
        return pivot_cosine(z, mask=mask) * (torch.nan if len(seen) == 2 else 1.0)

    attachment = attached(objective=breaks_once, retention=0, on_nonfinite="skip", tokens_per_pass=60)
    with pytest.warns(UserWarning, match="left out of the step"):
        metrics = attachment.backward(0)
    assert seen == [1, 1, 1]  # a group at a time
    assert metrics == {"consistency/skipped": pytest.approx(1 / 3)}


@pytest.mark.parametrize(("into", "reached"), [(None, {0, 1, 2}), (2, {0, 1, 2}), (1, {1, 2})])
def test_gradient_layers_are_counted_down_from_the_first_of_several(attached, tiny_model, into, reached):
    attached(layer=[2, 3]).backward(0)
    whole = {name: p.grad.clone() for name, p in tiny_model.named_parameters() if p.grad is not None}
    tiny_model.zero_grad()
    attached(layer=[2, 3], gradient_layers=into).backward(0)
    found = {name: p.grad for name, p in tiny_model.named_parameters() if p.grad is not None}
    layers = {name: int(name.split(".")[2]) for name in found if name.startswith("model.layers.")}
    assert set(layers.values()) == reached
    for name in layers:
        torch.testing.assert_close(found[name], whole[name], rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("layer", [0, 1, 2])
def test_gradients_are_looked_at_in_each_layer_up_to_the_deepest_chosen_one(attached, tiny_model, layer):
    settings = dict(layer=[1, 2], extractor="linear", extractor_dim=4)
    stopping, skipping = (attached(on_nonfinite=what, **settings) for what in ("stop", "skip"))
    everything = [*tiny_model.parameters(), *skipping.parameters()]
    for parameter in everything:
        parameter.grad = torch.zeros_like(parameter)
    tiny_model.model.layers[layer].mlp.down_proj.weight.grad[0, 0] = torch.inf
    if layer == 2:  # above the chosen ones
        assert stopping.check_gradients(3)
        assert skipping.check_gradients(3)
        assert all(parameter.grad is not None for parameter in everything)
        return
    with pytest.raises(RunError, match="gradients, step 3: expected finite values"):
        stopping.check_gradients(3)
    with pytest.warns(UserWarning, match="left out of the step"):
        assert not skipping.check_gradients(3)
    assert all(parameter.grad is None for parameter in everything)


@pytest.mark.parametrize(("processes", "what"), [(1, "stop"), (2, "stop"), (1, "skip"), (2, "skip")])
def test_of_several_processes_none_empties_its_step_alone(attached, tiny_model, processes, what):
    """They would go on with different weights. To stop is enough on one."""
    weight = tiny_model.model.layers[0].mlp.down_proj.weight
    weight.register_hook(lambda gradient: gradient * torch.inf)
    loss, _ = attached(on_nonfinite=what)(Turn(0, 0, 1, 0, processes))
    if what == "stop":
        with pytest.raises(RunError, match="gradients, step 0: expected finite values"):
            loss.backward()
    elif processes == 1:
        with pytest.warns(UserWarning, match="left out of the step"):
            loss.backward()
        assert weight.grad is None
    else:
        loss.backward()
        assert weight.grad is not None
