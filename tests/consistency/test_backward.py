"""Chunk by chunk: the same gradient as in one graph, with little held at once."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import Tensor

from isoglot import Attachment, Consistency, PromptGroup, PromptGroups, pivot_cosine
from isoglot.consistency.backward import TermBackward
from isoglot.consistency.settings import CENTERS, EXTRACTORS, OBJECTIVE_NAMES, SCALINGS, SPACES
from isoglot.consistency.term import ConsistencyTerm
from isoglot.errors import DataError, RunError
from isoglot.groups.sampling import Turn
from isoglot.models.chat import encode
from isoglot.representation.planning import _OVERHEAD, plan_passes

from .by_hand import hidden

MANY, FEW, ONE = 100_000, 300, 40  # tokens at once: all groups, one group or two, less than one group has
FEW_SMALL = 120  # one group or two of five languages
SETTINGS = dict(layer=2, groups_per_step=6, weight=0.7)


def gradients(attachment):
    found = {n: p.grad.clone() for n, p in attachment.model.named_parameters() if p.grad is not None}
    found |= {f"extractor.{n}": p.grad.clone() for n, p in enumerate(attachment.parameters())}
    for parameter in [*attachment.model.parameters(), *attachment.parameters()]:
        parameter.grad = None
    return found


def moved(model):
    """A model some way from where it began, so that guards have something to say."""
    with torch.no_grad():
        model.model.layers[0].mlp.down_proj.weight.normal_(generator=torch.Generator().manual_seed(0))


def attached(model, tokenizer, groups, **settings):
    attachment = Attachment.for_model(model, tokenizer, Consistency(**(SETTINGS | settings)), groups)
    moved(model)
    return attachment


def assert_both_ways_are_one(attachment):
    """In one graph, and streamed a chunk at a time: the same metrics and gradients."""
    loss, metrics = attachment(3)
    loss.backward()
    expected = gradients(attachment)
    found_metrics = attachment.backward(3)
    found = gradients(attachment)
    assert found_metrics == pytest.approx(metrics, rel=1e-4, abs=1e-6, nan_ok=True)
    assert found.keys() == expected.keys()
    assert expected
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, rtol=1e-3, atol=1e-6, msg=name)


def passes(model):
    """Tokens of each forward pass from now on, and whether it was with gradients."""
    seen = []

    def look(_module, _args, kwargs):
        seen.append((kwargs["input_ids"].numel(), torch.is_grad_enabled()))

    model.register_forward_pre_hook(look, with_kwargs=True)
    return seen


@pytest.fixture(scope="module")
def small(groups):
    """Two harmful and two harmless groups in five languages."""
    kept = [group for kind in ("harmful", "harmless") for group in [g for g in groups if g.kind == kind][:2]]
    return PromptGroups(kept).select(languages=groups.languages[:5])


@pytest.mark.parametrize("most", [MANY, ONE])
@pytest.mark.parametrize(
    "settings",
    [
        dict(),
        dict(objective="rank_one", scaling="none", extractor="linear", extractor_dim=6, layer=[1, 3]),
        dict(objective="info_nce"),
        dict(separation=2.0, extractor="linear", extractor_dim=6),
        dict(center="prompt"),
    ],
    ids=["default", "rank_one", "info_nce", "separation", "center"],
)
def test_in_chunks_as_in_one_graph(tiny_model, tokenizer, small, most, settings):
    attachment = attached(tiny_model, tokenizer, small, tokens_per_pass=most, **settings)
    assert_both_ways_are_one(attachment)


LINE = {"objective": "rank_one"}
LINEAR = {"extractor": "linear", "extractor_dim": 6}
EVERY_OPTION = {
    "objective": [{"objective": name} for name in OBJECTIVE_NAMES],
    "layer": [{"layer": value} for value in (1, -1, 0.5, [1, 3])],
    "weight": [{"weight": 0.1}],
    "every": [{"every": 3}],
    "temperature": [LINE | {"temperature": 0.9}, {"objective": "info_nce", "temperature": 0.9}],
    "scaling": [LINE | {"scaling": value} for value in SCALINGS],
    "extractor": [{"extractor": value, "extractor_dim": 6} for value in EXTRACTORS],
    "extractor_dim": [LINEAR | {"extractor_dim": 3}],
    "extractor_bias": [LINEAR | {"extractor_bias": False}],
    "retention": [{"retention": value} for value in (0.0, 2.0)],
    "retain": [{"retain": 0.4}],
    "separation": [{"separation": 2.0}, LINEAR | {"separation": 2.0}],
    "center": [{"center": value} for value in CENTERS],
    "space": [{"space": value} for value in SPACES],
    "hold_pivot": [{"objective": "centroid", "hold_pivot": True}],
    "kinds": [{"kinds": "all"}, {"kinds": ["harmless"]}],
    "languages_per_step": [{"languages_per_step": 2}],
    "groups_per_step": [{"groups_per_step": 2}],
    "budget": [{"budget": 0.3, "groups_per_step": None}],
    "tokens_per_pass": [{"tokens_per_pass": ONE}],
    "gradient_layers": [{"gradient_layers": 1}],
    "max_prompt_tokens": [{"max_prompt_tokens": 12}],
    "long_prompts": [{"long_prompts": "refuse"}],
    "thought": [{"thought": "before"}],
    "on_nonfinite": [{"on_nonfinite": "skip"}],
    "warmup": [{"warmup": 9}],
    "seed": [{"seed": 5}],
}


def test_no_option_is_left_out():
    assert set(EVERY_OPTION) == set(Consistency.model_fields)


@pytest.mark.filterwarnings("ignore:groups. .* have more than 12 tokens")
@pytest.mark.parametrize("settings", [one for several in EVERY_OPTION.values() for one in several], ids=str)
def test_the_two_ways_are_one_with_every_option(tiny_model, tokenizer, small, settings):
    """The term in one graph, and streamed a chunk at a time: the same value, metrics and gradients."""
    attachment = attached(tiny_model, tokenizer, small, **({"tokens_per_pass": FEW_SMALL} | settings))
    assert_both_ways_are_one(attachment)


def test_no_more_is_held_than_was_said(tiny_model, tokenizer, groups):
    attachment = attached(tiny_model, tokenizer, groups, tokens_per_pass=FEW)
    seen = passes(tiny_model)
    attachment.backward(0)
    assert max(tokens for tokens, _ in seen) <= FEW
    assert all(with_gradients for _, with_gradients in seen)  # whole groups: each prompt is run once
    prompts = [text for group in groups for text in group.prompts.values()]
    real = sum(len(encode(tokenizer, text)) for text in prompts)
    assert real <= sum(tokens for tokens, _ in seen) < 1.3 * real


@pytest.mark.parametrize("overhead", [32, 512])
def test_no_more_is_held_than_was_said_whatever_padding_costs(tiny_model, tokenizer, groups, monkeypatch, overhead):
    """Graphs are held until a backward pass: the tokens of all forward passes before it count, padding included."""
    monkeypatch.setitem(_OVERHEAD, "cpu", overhead)
    prompts = [text for group in groups for text in group.prompts.values()]
    propagate = Tensor.backward
    for most in (FEW, 500, sum(len(encode(tokenizer, text)) for text in prompts) // 2 + 1):
        attachment = attached(tiny_model, tokenizer, groups, tokens_per_pass=most)
        seen = passes(tiny_model)
        held = largest = 0

        def backward(value, *args, seen=seen, **options):
            nonlocal held, largest
            graphs = sum(tokens for tokens, with_gradients in seen if with_gradients)
            held, largest = graphs, max(largest, graphs - held)
            propagate(value, *args, **options)

        with monkeypatch.context() as patch:
            patch.setattr(Tensor, "backward", backward)
            attachment.backward(0)
        assert 0.5 * most < largest <= most


def test_less_padding_in_more_passes_unless_running_twice_is_cheaper(tiny_model, tokenizer):
    def sizes(lengths, **options):
        prompts = [[1] * length for length in lengths]
        return [tuple(one.input_ids.shape) for one in plan_passes(tiny_model, prompts, pad=0, **options)]

    long = [200] * 2 + [210] * 2  # 820 tokens
    assert sizes(long, most=900) == sizes(long, most=900, held=840) == [(4, 210)]
    assert sizes(long, most=900, held=820) == [(2, 200), (2, 210)]
    assert sizes(long, most=900, held=819) == [(4, 210)]  # whatever the padding, it is too much
    short = [2, 4, 6, 8, 10]  # a pass each would cost more than these few tokens twice
    assert sizes(short, most=900, held=30) == [(5, 10)]


def test_passes_of_which_nothing_is_taken_are_made_where_they_are_missing_only(
    tiny_model, tokenizer, groups, monkeypatch
):
    attachment = attached(tiny_model, tokenizer, groups, tokens_per_pass=MANY)
    planned = []

    def plan(model, prompts, **options):
        planned.append(len(prompts))
        return plan_passes(model, prompts, **options)

    monkeypatch.setattr("isoglot.representation.plan_passes", plan)
    turn = Turn(0)
    run = TermBackward(attachment.term, tiny_model, turn, scale=1.0, backward=lambda *_: None, lockstep=True)
    found, once = run._passes(run.mine)
    assert (len(found), once, planned) == (1, True, [120])
    found, once = run._passes(run.mine.nothing())
    assert (len(found), once, planned) == (1, True, [120, 1])
    assert found[0].places == []


def test_a_group_that_is_too_large_is_run_twice(tiny_model, tokenizer, small):
    attachment = attached(tiny_model, tokenizer, small, tokens_per_pass=ONE)
    seen = passes(tiny_model)
    attachment.backward(0)
    assert max(tokens for tokens, _ in seen) <= ONE
    first, second = ([tokens for tokens, grad in seen if grad is kind] for kind in (False, True))
    assert first == second


def test_what_a_model_does_at_random_is_the_same_on_the_way_back(tiny_model, tokenizer, small):
    model = tiny_model.train()
    model.model.layers[0].mlp.register_forward_hook(lambda _module, _inputs, output: output * torch.rand_like(output))
    attachment = attached(model, tokenizer, small, tokens_per_pass=ONE, objective="info_nce")
    found = []
    for run in (lambda: attachment(0)[0].backward(), lambda: attachment.backward(0)):
        torch.manual_seed(5)
        run()
        found.append(gradients(attachment))
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, rtol=1e-3, atol=1e-6, msg=name)
    torch.manual_seed(6)
    attachment.backward(0)
    other = gradients(attachment)
    assert any(not torch.allclose(other[name], gradient, rtol=1e-2) for name, gradient in found[0].items())


@pytest.mark.parametrize("checkpointing", [None, False, True], ids=["plain", "checkpointing", "reentrant"])
@pytest.mark.parametrize("most", [MANY, ONE])
def test_gradients_into_the_top_layers_only(tiny_model, tokenizer, small, checkpointing, most):
    attachment = attached(tiny_model, tokenizer, small, layer=3)
    attachment.backward(0)
    whole = gradients(attachment)
    part = attached(tiny_model, tokenizer, small, layer=3, gradient_layers=2, tokens_per_pass=most)
    part.load_state_dict(attachment.state_dict())
    if checkpointing is not None:
        tiny_model.gradient_checkpointing_enable({"use_reentrant": checkpointing})
        tiny_model.train()
    part.backward(0)
    found = gradients(part)
    assert {name.split(".")[2] for name in found} == {"1", "2"}
    for name, gradient in found.items():
        torch.testing.assert_close(gradient, whole[name], rtol=1e-3, atol=1e-6, msg=name)
    assert torch.is_grad_enabled()


def test_a_weight_of_zero_measures_and_moves_nothing(tiny_model, tokenizer, groups):
    attachment = attached(tiny_model, tokenizer, groups, weight=0.0, tokens_per_pass=FEW)
    with pytest.warns(UserWarning, match="weight is 0"):
        metrics = attachment.backward(0)
    assert metrics["consistency/loss"] > 0
    assert gradients(attachment) == {}


def test_prompts_in_one_row_are_as_prompts_alone(tiny_model, tokenizer, small, monkeypatch):
    attachment = attached(tiny_model, tokenizer, small)
    attachment.backward(0)
    expected = gradients(attachment)
    monkeypatch.setattr("isoglot.representation.planning.keeps_apart", lambda model: True)
    for most in (MANY, FEW_SMALL, ONE):
        packed = attached(tiny_model, tokenizer, small, tokens_per_pass=most)
        packed.load_state_dict(attachment.state_dict())
        seen = passes(tiny_model)
        metrics = packed.backward(0)
        if most == MANY:
            assert [tokens for tokens, _ in seen] == [metrics["consistency/tokens"]]  # no padding at all
        for name, gradient in gradients(packed).items():
            torch.testing.assert_close(gradient, expected[name], rtol=1e-3, atol=1e-6, msg=name)


def broken(model):
    with torch.no_grad():
        model.model.layers[0].mlp.down_proj.weight[0, 0] = torch.nan


def test_what_is_not_finite_stops_or_is_skipped(tiny_model, tokenizer, groups):
    stopping, skipping = (
        attached(tiny_model, tokenizer, groups, on_nonfinite=what, retention=0) for what in ("stop", "skip")
    )
    assert skipping.backward(0)["consistency/skipped"] == 0
    gradients(skipping)
    broken(tiny_model)
    with pytest.raises(RunError, match="hidden states, step 0: expected finite values"):
        stopping.backward(0)
    with pytest.warns(UserWarning, match="left out of the step"):
        assert skipping.backward(0) == {"consistency/skipped": 1.0}
    assert gradients(skipping) == {}
    loss, metrics = skipping(0)
    assert (loss.item(), metrics) == (0, {"consistency/skipped": 1.0})


@pytest.mark.parametrize("through", ["backward", "scalar"])
@pytest.mark.parametrize(
    ("factor", "settings"),
    [
        (1.0, dict(weight=1e9, retention=0)),  # in half precision it overflows in the model's own backward pass
        (1e19, dict(retention=1.0)),  # in float32 the guard's squares do
    ],
    ids=["gradient", "value"],
)
def test_what_becomes_infinite_after_the_states_stops_or_is_skipped(
    tiny_model, tokenizer, groups, factor, settings, through
):
    def run(attachment):
        if through == "backward":
            return attachment.backward(0)
        loss, metrics = attachment(0)
        if loss.requires_grad:
            loss.backward()
        return metrics

    stopping, skipping = (attached(tiny_model, tokenizer, groups, on_nonfinite=w, **settings) for w in ("stop", "skip"))
    if factor == 1:
        tiny_model.half()
    with torch.no_grad():
        tiny_model.get_input_embeddings().weight.mul_(factor)
    with pytest.raises(RunError, match=r"step 0: expected finite values"):
        run(stopping)
    tiny_model.zero_grad()
    with pytest.warns(UserWarning, match="left out of the step"):
        run(skipping)
    assert all(bool((gradient == 0).all()) for gradient in gradients(skipping).values())


def test_a_loss_scaler_looks_for_itself(tiny_model, tokenizer, groups):
    attachment = attached(tiny_model.half(), tokenizer, groups, weight=1e9, retention=0)
    loss, _ = attachment(0)
    (loss * 65536).backward()
    assert not all(bool(gradient.isfinite().all()) for gradient in gradients(attachment).values())


def test_an_extractor_that_is_not_finite_stops_or_is_skipped(tiny_model, tokenizer, groups):
    settings = dict(extractor="linear", extractor_dim=4, retention=0)
    stopping, skipping = (attached(tiny_model, tokenizer, groups, on_nonfinite=w, **settings) for w in ("stop", "skip"))
    for attachment in (stopping, skipping):
        with torch.no_grad():
            attachment.term.extractor.weight[0, 0] = torch.nan
    for call in (stopping.backward, stopping):
        with pytest.raises(RunError, match=r"value of the term.*, step 0: expected finite values"):
            call(0)
    with pytest.warns(UserWarning, match="left out"):
        assert skipping.backward(0) == {"consistency/skipped": 1.0}
    assert skipping(0)[1] == {"consistency/skipped": 1.0}


def test_a_gradient_that_is_not_finite_is_skipped_too(tiny_model, tokenizer, groups):
    def steep(z, *, weights=None, mask=None, center=False):
        return z.sub(z.detach()).sum((1, 2)).abs().sqrt()  # 0, with an infinite slope

    attachment = attached(tiny_model, tokenizer, groups, objective=steep, retention=0, on_nonfinite="skip")
    with pytest.warns(UserWarning, match="left out"):
        assert attachment.backward(0)["consistency/skipped"] == 1
    assert gradients(attachment) == {}
    attachment(0)[0].backward()
    assert all(bool((gradient == 0).all()) for gradient in gradients(attachment).values())


def test_long_prompts_are_cut_with_a_count_or_refused(tiny_model, tokenizer, groups):
    lengths = [len(encode(tokenizer, text)) for group in groups for text in group.prompts.values()]
    limit = sorted(lengths)[len(lengths) // 2]
    long = sum(length > limit for length in lengths)
    settings = SETTINGS | dict(max_prompt_tokens=limit, retention=0)
    with pytest.warns(UserWarning, match=f"{long} of 120 prompts have more than {limit} tokens"):
        Attachment.for_model(tiny_model, tokenizer, Consistency(**settings, kinds="all"), groups)
    with pytest.raises(DataError, match=f"at most {limit} tokens, got more") as caught:
        Attachment.for_model(tiny_model, tokenizer, Consistency(**settings, kinds="all", long_prompts="refuse"), groups)
    assert str(caught.value).count("group '") == min(long, 50)


def test_the_models_own_positions_are_a_limit(tiny_model, tokenizer, groups):
    long = PromptGroup("long", dict(groups[0].prompts) | {"en": "the house " * 100}, kind="harmful")
    settings = Consistency(**SETTINGS, retention=0)
    with pytest.warns(UserWarning, match=r"1 of \d+ prompts have more than 128 tokens"):
        attachment = Attachment.for_model(tiny_model, tokenizer, settings, PromptGroups([*groups, long]))
    assert len(attachment.term.prompts.encode((long, "en"))) == 128


def test_without_chat_template_or_pad_token_the_text_is_taken_as_it_is(tiny_model, tokenizer, groups):
    bare = copy.deepcopy(tokenizer)
    bare.chat_template, bare.pad_token = None, None
    settings = Consistency(objective="pivot_cosine", space="raw", layer=2, retention=0, groups_per_step=6)
    value, _ = Attachment.for_model(tiny_model, bare, settings, groups)(0)
    rows = [
        [hidden(tiny_model, bare, text, 2) for text in group.prompts.values()]
        for group in groups
        if group.kind == "harmful"
    ]
    z = torch.stack([torch.stack(row) for row in rows])
    assert value.item() == pytest.approx(2.0 * pivot_cosine(z).mean().item(), rel=1e-4)


def test_some_languages_a_step_are_all_of_them_on_average(tiny_model, tokenizer, groups):
    """The mean over many draws of two others beside the pivot, against all nine at once."""
    raw = dict(space="raw", retention=0, weight=1.0)
    whole = attached(tiny_model, tokenizer, groups, **raw)
    moved(tiny_model)
    expected = whole(0)[0].item()
    some = attached(tiny_model, tokenizer, groups, languages_per_step=3, **raw)
    with torch.no_grad():
        found = torch.tensor([some(step)[1]["consistency/loss"] for step in range(80)])
    error = found.std().item() / len(found) ** 0.5
    assert error < 0.05 * expected  # or the next line would say little
    assert found.mean().item() == pytest.approx(expected, abs=3 * error)


def test_guarded_prompts_drawn_alone_are_all_of_them_on_average(tiny_model, tokenizer, groups):
    """The budget draws single languages of guarded groups; their mean drift is that of all languages."""
    settings = Consistency(layer=2, groups_per_step=6, budget=None)
    whole = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    within = ConsistencyTerm(tiny_model, tokenizer, Consistency(layer=2, budget=0.5), groups, training=300.0)
    assert not within.prompts.limits.guarded.pivots
    for term in (whole, within):
        term.remember(tiny_model)
    moved(tiny_model)
    with torch.no_grad():
        expected = whole(tiny_model, Turn(0))[1]["retention"]
        found = torch.tensor([within(tiny_model, Turn(step))[1]["retention"] for step in range(60)])
    error = found.std().item() / len(found) ** 0.5
    assert error < 0.1 * expected
    assert found.mean().item() == pytest.approx(expected, abs=3 * error)


def test_the_cost_does_not_grow_with_the_number_of_languages(tiny_model, tokenizer, world):
    from isoglot.quickstart.world.data import alignment_groups

    tokens = {}
    for languages in (4, 10):
        groups = alignment_groups(world, 6).select(languages=alignment_groups(world, 6).languages[:languages])
        attachment = attached(tiny_model, tokenizer, groups, languages_per_step=3, retention=0)
        tokens[languages] = sum(attachment(step)[1]["consistency/tokens"] for step in range(10)) / 10
        assert all(len(attachment.term.prompts.portion(attachment._turn(step)[0]).cells) == 18 for step in range(5))
    assert tokens[10] < 1.3 * tokens[4]
