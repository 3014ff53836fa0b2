"""The term: against its parts put together by hand, and over micro-steps and processes."""

from __future__ import annotations

import copy
import warnings
from dataclasses import replace

import pytest
import torch

from isoglot import Consistency, PromptGroup, PromptGroups, pivot_cosine, rank_one
from isoglot.consistency.distributed import Processes
from isoglot.consistency.draw import draw_step, group_means
from isoglot.consistency.term import ConsistencyTerm
from isoglot.errors import ConfigError, DataError, RunError
from isoglot.groups.sampling import Turn, sample_indices
from isoglot.models.chat import encode

from .by_hand import at_states, by_hand, hidden, mean_and_scale


@pytest.fixture(scope="module")
def few(groups):
    """All groups in four of their languages: each prompt that is put together by hand is a pass of its own."""
    return groups.select(languages=("en", "zh", "sw", "ckb"))


def test_value_is_objective_over_the_drawn_groups(tiny_model, tokenizer, few):
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, retention=0, groups_per_step=6), few)
    value, metrics = term(tiny_model, Turn(0))
    z = by_hand(tiny_model, tokenizer, few.select(kinds=["harmful"]), 2, few.languages)
    assert value.item() == pytest.approx(pivot_cosine(z).mean().item(), rel=1e-5)
    assert metrics["loss"] == pytest.approx(value.item())
    assert metrics["num_groups"] == 6
    assert metrics["tokens"] == sum(
        len(encode(tokenizer, text)) for group in few.select(kinds=["harmful"]) for text in group.prompts.values()
    )


def test_gradient_is_that_of_the_parts_put_together(tiny_model, tokenizer, few):
    settings = at_states(objective="rank_one", layer=3, retention=0, groups_per_step=6, scaling="none")
    term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
    term(tiny_model, Turn(0))[0].backward()
    found = {name: p.grad.clone() for name, p in tiny_model.named_parameters() if p.grad is not None}
    tiny_model.zero_grad()
    z = by_hand(tiny_model, tokenizer, few.select(kinds=["harmful"]), 3, few.languages)
    rank_one(z, scaling="none").mean().backward()
    for name, parameter in tiny_model.named_parameters():
        expected = parameter.grad if parameter.grad is not None else torch.zeros_like(parameter)
        torch.testing.assert_close(found.get(name, torch.zeros_like(parameter)), expected, rtol=1e-4, atol=1e-6)
    assert not any(name.startswith(("model.layers.3", "lm_head")) for name in found)  # above layer 3 of 4


def test_drift_is_zero_at_first_and_the_relative_squared_distance_later(tiny_model, tokenizer, few):
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, retention=3.0, groups_per_step=6), few)
    term.remember(tiny_model)
    harmless = few.select(kinds=["harmless"])
    before = by_hand(tiny_model, tokenizer, harmless, 2, few.languages).detach()
    assert term(tiny_model, Turn(0))[1]["retention"] == pytest.approx(0, abs=1e-6)
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.add_(0.3)
    value, metrics = term(tiny_model, Turn(0))
    after = by_hand(tiny_model, tokenizer, harmless, 2, few.languages)
    expected = ((after - before).square().sum(-1) / before.square().sum(-1)).mean().item()
    assert expected > 0.01
    assert metrics["retention"] == pytest.approx(expected, rel=1e-4)
    assert value.item() == pytest.approx(metrics["loss"] + 3.0 * metrics["retention"], rel=1e-5)


@pytest.mark.parametrize("objective", ["pivot_distance", "pivot_cosine"])
def test_the_default_looks_in_the_space_of_all_prompts_before_training(tiny_model, tokenizer, few, objective):
    settings = Consistency(objective=objective, layer=2, groups_per_step=6, retention=3.0)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
    term.remember(tiny_model)
    before = by_hand(tiny_model, tokenizer, few, 2, few.languages).detach()
    mean, scale = mean_and_scale(before)
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.add_(0.1)
    value, metrics = term(tiny_model, Turn(0))
    after = by_hand(tiny_model, tokenizer, few, 2, few.languages)
    harmful = [place for place, group in enumerate(few) if group.kind == "harmful"]
    harmless = [place for place, group in enumerate(few) if group.kind == "harmless"]
    z = ((after - mean) * scale)[harmful]
    if objective == "pivot_distance":
        loss = (z[:, 1:] - z[:, :1]).square().mean().item()
    else:
        loss = pivot_cosine(z).mean().item()
    drift = (((after - before) * scale)[harmless]).square().mean().item()
    assert metrics["loss"] == pytest.approx(loss, rel=2e-3)  # the reference has three decimal digits
    assert metrics["retention"] == pytest.approx(drift, rel=1e-2)
    assert value.item() == pytest.approx(metrics["loss"] + 3 * metrics["retention"], rel=1e-5)


def test_a_shift_that_all_prompts_share_is_seen_in_the_space(tiny_model, tokenizer, groups):
    """At the states themselves prompts looked alike before, and do after."""
    seen = {}
    for space in ("raw", "standardized"):
        model = copy.deepcopy(tiny_model)
        settings = Consistency(layer=2, groups_per_step=6, space=space)
        term = ConsistencyTerm(model, tokenizer, settings, groups)
        term.remember(model)
        first = term(model, Turn(0))[1]["between_cosine"]
        shift = torch.randn(16, generator=torch.Generator().manual_seed(0))
        model.model.layers[1].register_forward_hook(lambda _m, _i, out, shift=shift: out + shift)
        seen[space] = first, term(model, Turn(0))[1]["between_cosine"]
    assert seen["raw"][0] > 0.9
    assert seen["standardized"][0] < 0.5
    assert seen["standardized"][1] > 0.95


def test_a_guard_that_remembers_nothing_says_so(tiny_model, tokenizer, groups):
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(), groups)
    with pytest.raises(RunError, match="remember"):
        term(tiny_model, Turn(0))


@pytest.mark.parametrize("parts", [(1, 2), (3, 1), (2, 2), (4, 2)])
def test_mean_over_micro_steps_and_processes_is_the_whole(tiny_model, tokenizer, groups, parts):
    micro_steps, world = parts
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=6), groups)
    term.remember(tiny_model)
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.add_(0.1)
    whole = term(tiny_model, Turn(5))[0].item()
    turns = [Turn(5, micro, micro_steps, rank, world) for micro in range(micro_steps) for rank in range(world)]
    values = [term(tiny_model, turn)[0].item() for turn in turns]
    assert sum(values) / len(values) == pytest.approx(whole, rel=1e-5)


def test_a_process_without_groups_takes_part_with_nothing(tiny_model, tokenizer, groups):
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, retention=0, groups_per_step=1), groups)
    value, metrics = term(tiny_model, Turn(0, 0, 1, 1, 2))
    assert value.item() == 0
    assert metrics == {}


@pytest.mark.parametrize("center", [True, "language"])
@pytest.mark.parametrize("retention", [0, 1.0])
def test_centering_takes_the_mean_from_before_training_away(tiny_model, tokenizer, few, center, retention):
    settings = at_states(layer=2, retention=retention, groups_per_step=6, center=center)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
    term.remember(tiny_model)
    kinds = ["harmful", "harmless"] if retention else ["harmful"]
    before = by_hand(tiny_model, tokenizer, few.select(kinds=kinds), 2, few.languages)
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.add_(0.1)
    _, metrics = term(tiny_model, Turn(0))
    z = by_hand(tiny_model, tokenizer, few.select(kinds=["harmful"]), 2, few.languages)
    expected = pivot_cosine(z - before.mean((0, 1) if center is True else 0)).mean().item()
    assert metrics["loss"] == pytest.approx(expected, rel=2e-3)  # the reference has three decimal digits
    # A prompt drawn alone, as on one of many processes, is centred alike.
    one = [term(tiny_model, Turn(0, part, 6))[1]["loss"] for part in range(6)]
    assert sum(one) / 6 == pytest.approx(metrics["loss"], rel=1e-4)


def test_centred_by_prompt_only_what_training_changed_is_compared(tiny_model, tokenizer, few):
    settings = at_states(layer=2, retention=0, groups_per_step=6, center="prompt")
    term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
    term.remember(tiny_model)
    assert term(tiny_model, Turn(0))[0].item() == pytest.approx(0, abs=1e-5)
    harmful = few.select(kinds=["harmful"])
    before = by_hand(tiny_model, tokenizer, harmful, 2, few.languages).detach()
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.normal_(generator=torch.Generator().manual_seed(0))
    now = by_hand(tiny_model, tokenizer, harmful, 2, few.languages)
    expected = pivot_cosine(before[:, :1] + now - before).mean().item()
    assert expected > 0.005
    assert term(tiny_model, Turn(0))[0].item() == pytest.approx(expected, rel=0.01)


def test_several_layers_are_averaged_or_go_side_by_side_into_the_extractor(tiny_model, tokenizer, few):
    plain = at_states(layer=[1, 3], retention=0, groups_per_step=6)
    value, _ = ConsistencyTerm(tiny_model, tokenizer, plain, few)(tiny_model, Turn(0))
    z = [by_hand(tiny_model, tokenizer, few.select(kinds=["harmful"]), k, few.languages) for k in (1, 3)]
    assert value.item() == pytest.approx(torch.stack([pivot_cosine(x).mean() for x in z]).mean().item(), rel=1e-5)
    linear = at_states(layer=[1, 3], retention=0, groups_per_step=6, extractor="linear", extractor_dim=5)
    term = ConsistencyTerm(tiny_model, tokenizer, linear, few)
    projected = term.extractor(torch.cat(z, -1))
    value, _ = term(tiny_model, Turn(0))
    # 1 - cos of nearly parallel rows: float32 leaves few digits
    assert value.item() == pytest.approx(pivot_cosine(projected).mean().item(), rel=1e-3)
    value.backward()
    assert term.extractor.weight.grad.abs().sum() > 0


def test_missing_languages_and_weights_reach_the_objective(tiny_model, tokenizer, world, groups):
    first = groups[0]
    partial = PromptGroup(
        id="partial", prompts={t: first.prompts[t] for t in ("en", "sw", "zh")}, kind="harmful", weights={"zh": 0.0}
    )
    only = PromptGroups([partial, first])
    settings = at_states(layer=2, retention=0)
    value, _ = ConsistencyTerm(tiny_model, tokenizer, settings, only)(tiny_model, Turn(0))
    pair = pivot_cosine(by_hand(tiny_model, tokenizer, [partial], 2, ("en", "sw")))
    full = pivot_cosine(by_hand(tiny_model, tokenizer, [first], 2, first.languages))
    assert value.item() == pytest.approx(((pair + full) / 2).item(), rel=1e-5)


def test_languages_per_step_are_the_pivot_and_some_of_what_each_group_has(groups):
    few = PromptGroup("few", {tag: groups[0].prompts[tag] for tag in ("zh", "en", "sw")}, kind="harmful")
    several = PromptGroups([few, *groups[1:4]])
    seen = {group.id: set() for group in several}
    for step in range(60):
        of_step = draw_step(
            several, several.languages, Turn(step, 0, 1, 0, 3), groups_per_step=4, languages_per_step=2, seed=0
        )
        drawn = of_step.dealt(Turn(step))
        assert [group.id for group, _ in drawn.cells[::2]] == [group.id for group in drawn.groups]
        assert {tag for _, tag in drawn.cells[::2]} == {"en"}
        assert set(drawn.languages) == {tag for _, tag in drawn.cells}
        for group, tag in drawn.cells[1::2]:
            seen[group.id].add(tag)
        parts = [of_step.dealt(Turn(step, 0, 1, r, 3)) for r in range(3)]
        cut = {(group.id, tag) for part in parts for group, tag in part.cells}
        assert cut == {(group.id, tag) for group, tag in drawn.cells}
    assert seen == {group.id: set(group.prompts) - {"en"} for group in several}


def two_and_ten_languages(groups):
    """Every second group in two languages only, another one beside the pivot each time."""
    others = [tag for tag in groups.languages if tag != "en"]
    return PromptGroups(
        [
            PromptGroup(g.id, {t: g.prompts[t] for t in ("en", others[n % 9])}, kind=g.kind) if n % 2 else g
            for n, g in enumerate(groups)
        ]
    )


@pytest.mark.parametrize("some", [2, 3])
def test_some_languages_of_each_group_are_all_of_them_on_average(tiny_model, tokenizer, groups, some):
    """Loss and drift, as means over many draws, where groups of two and of ten languages are mixed."""
    mixed = two_and_ten_languages(groups)
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=6, languages_per_step=some), mixed)
    every = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=6), mixed)
    for one in (term, every):
        one.remember(tiny_model)
    cells = every.prompts.portion(Turn(0)).cells
    before = torch.stack([hidden(tiny_model, tokenizer, group.prompts[tag], 2) for group, tag in cells]).detach()
    # Only the other languages move, each by as much as its place says.
    by = torch.tensor([0.0 if tag == "en" else 1.0 + place % 7 for place, (_, tag) in enumerate(cells)])
    way = torch.randn(before.shape, generator=torch.Generator().manual_seed(0))
    after = before + 0.2 * by[:, None] * way
    where = {(group.id, tag): place for place, (group, tag) in enumerate(cells)}

    def measured(of, turn):
        portion = of.prompts.portion(turn)
        states = after[[where[group.id, tag] for group, tag in portion.cells]].unsqueeze(0)
        return of.measure(states, portion, turn, Processes(turn))

    full = measured(every, Turn(0))
    found = [measured(term, Turn(step)) for step in range(150)]
    for name in ("loss", "retention"):
        values = torch.tensor([one[name] for one in found])
        error = values.std().item() / len(values) ** 0.5
        assert error < 0.05 * full[name]  # or the next line would say little
        assert values.mean().item() == pytest.approx(full[name], abs=3 * error)


def test_with_all_languages_the_drift_is_the_plain_mean(tiny_model, tokenizer, groups):
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=6), two_and_ten_languages(groups))
    drawn = term.prompts.portion(Turn(0)).guarded
    values = torch.rand(len(drawn.cells), generator=torch.Generator().manual_seed(0))
    of = [
        torch.stack([v for v, (g, _) in zip(values, drawn.cells, strict=True) if g is group]) for group in drawn.groups
    ]
    torch.testing.assert_close(group_means(values, drawn), torch.stack([one.mean() for one in of]))


def test_a_cell_that_weighs_nothing_is_not_guarded(tiny_model, tokenizer, groups):
    """Another prompt's translation, a harmful one in a harmless group say, would be held where it was."""
    weighed = [replace(group, weights={"sw": 0.0, "zh": 0.25}) for group in two_and_ten_languages(groups)]
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=6), PromptGroups(weighed))
    drawn = term.prompts.portion(Turn(0)).guarded
    values = torch.rand(len(drawn.cells), generator=torch.Generator().manual_seed(0))
    weights = {"sw": 0.0, "zh": 0.25}
    sums = {group.id: [0.0, 0.0] for group in drawn.groups}
    for value, (group, tag) in zip(values.tolist(), drawn.cells, strict=True):
        sums[group.id][0] += weights.get(tag, 1.0) * value
        sums[group.id][1] += weights.get(tag, 1.0)
    naive = [of / total for of, total in sums.values()]
    torch.testing.assert_close(group_means(values, drawn), torch.tensor(naive))
    nothing = [replace(group, weights=dict.fromkeys(group.prompts, 0.0)) for group in drawn.groups]
    assert group_means(values, drawn._replace(groups=nothing)).tolist() == [0.0] * len(nothing)


def test_the_step_is_drawn_once_for_all_processes(tiny_model, tokenizer, groups, monkeypatch):
    """What each process has is as if it had drawn by itself."""
    settings = at_states(layer=2, groups_per_step=6, languages_per_step=3)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    alone = [term.prompts.portion(Turn(2, 0, 1, rank, 4)) for rank in range(4)]
    turn = Turn(2, 0, 1, 1, 4)
    processes = Processes(turn)
    processes.several = True
    cells = [cell for portion in alone for cell in portion.cells]
    states = torch.arange(float(len(cells)))[None, :, None]
    monkeypatch.setattr(processes, "joined", lambda mine, sizes: states, raising=True)
    drawn = []

    def counted(*args, **options):
        drawn.append(args)
        return sample_indices(*args, **options)

    monkeypatch.setattr("isoglot.consistency.draw.sample_indices", counted)
    joined, whole = term._of_all(states[:, :0], alone[1], turn, processes)
    assert len(drawn) == 2  # compared and guarded
    found = [cells[int(place)] for place in joined[0, :, 0]]
    assert [(group.id, tag) for group, tag in found] == [(group.id, tag) for group, tag in whole.cells]
    assert sorted((g.id, t) for g, t in whole.cells) == sorted((g.id, t) for g, t in cells)


def test_objective_and_guard_draw_apart(tiny_model, tokenizer, groups):
    """With one seed they would always take the same places of their lists."""
    prompts = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=1, seed=5), groups).prompts
    for step in range(3):
        portion = prompts.portion(Turn(step))
        for part, everything, seed in (
            (portion.compared, prompts.compared, 5),
            (portion.guarded, prompts.guarded, 6),
        ):
            places = sample_indices(len(everything), 1, seed, Turn(step))
            assert [group.id for group in part.groups] == [everything[place].id for place in places]


def test_state_goes_there_and_back_and_refuses_other_prompts(tiny_model, tokenizer, groups):
    settings = at_states(layer=2, extractor="linear", extractor_dim=5)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    term.remember(tiny_model)
    with torch.no_grad():
        term.extractor.weight.add_(1.0)
    again = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    again.load_state_dict(term.state_dict())
    for name, value in term.state_dict().items():
        assert torch.equal(again.state_dict()[name], value), name
    changed = [*groups[:-1], PromptGroup(id=groups[-1].id, prompts={"en": "other"}, kind="harmless")]
    other = ConsistencyTerm(tiny_model, tokenizer, settings, PromptGroups(changed))
    with pytest.raises(RunError, match=r"those of hash .* got those of hash"):
        other.load_state_dict(term.state_dict())


def test_every_group_comes_up_where_the_term_is_due_on_every_second_step_only(tiny_model, tokenizer, groups):
    settings = at_states(layer=2, retention=0, groups_per_step=1, every=2)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    part = term.prompts.limits.compared
    drawn = {term.prompts._draw(term.prompts.compared, part, Turn(step), 0).groups[0].id for step in range(0, 12, 2)}
    assert len(drawn) == 6


def test_groups_left_out_are_counted_and_several_pivots_refused(tiny_model, tokenizer, groups):
    alone = PromptGroup("alone", {"en": groups[0].prompts["en"]}, kind="harmful")
    with pytest.warns(UserWarning, match="1 of 7 left out"):
        ConsistencyTerm(tiny_model, tokenizer, at_states(), PromptGroups([*groups, alone]))
    other = PromptGroup("other", dict(groups[0].prompts), pivot="sw", kind="harmful")
    with pytest.raises(DataError, match="one pivot, got en, sw"):
        ConsistencyTerm(tiny_model, tokenizer, at_states(), PromptGroups([*groups, other]))


def test_groups_that_cannot_serve_are_told(tiny_model, tokenizer, groups):
    harmless = groups.select(kinds=["harmless"])
    with pytest.raises(DataError, match="harmful"):
        ConsistencyTerm(tiny_model, tokenizer, at_states(), harmless)
    with pytest.raises(
        DataError, match=r'kind "harmless", which .* Add a second file with harmless ones \(data.groups'
    ):
        ConsistencyTerm(tiny_model, tokenizer, at_states(retention=1.0), groups.select(kinds=["harmful"]))
    english = groups.select(languages=["en"])
    with pytest.raises(DataError, match="another language"):
        ConsistencyTerm(tiny_model, tokenizer, at_states(), english)


def test_retained_can_be_a_share_of_all_groups_set_aside(tiny_model, tokenizer, groups):
    plain = PromptGroups([PromptGroup(group.id, dict(group.prompts)) for group in groups])  # of no kind
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, retain=0.4), plain)
    guarded, compared = {g.id for g in term.prompts.guarded}, {g.id for g in term.prompts.compared}
    assert guarded
    assert compared
    assert not guarded & compared
    assert guarded | compared == {group.id for group in plain}
    # Which ones does not depend on what others there are.
    fewer = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, retain=0.4), plain[:9])
    assert {g.id for g in fewer.prompts.guarded} == guarded & {group.id for group in plain[:9]}


def test_separation_is_how_much_nearer_prompts_have_come(tiny_model, tokenizer, few):
    settings = at_states(layer=2, retention=0, separation=4.0, groups_per_step=6)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
    term.remember(tiny_model)
    assert term(tiny_model, Turn(0))[1]["separation"] < 0.01  # rounding of the reference
    harmful = few.select(kinds=["harmful"])

    def cosines():
        z = by_hand(tiny_model, tokenizer, harmful, 2, few.languages).detach()
        unit = torch.nn.functional.normalize(z, dim=-1)
        return [torch.nn.functional.cosine_similarity(a.mean(0), b.mean(0), dim=0) for a in unit for b in unit]

    before = torch.stack(cosines())
    with torch.no_grad():
        tiny_model.model.layers[1].mlp.down_proj.weight.add_(0.5)
    nearer = (torch.stack(cosines()) - before).clamp_min(0)
    value, metrics = term(tiny_model, Turn(0))
    assert metrics["separation"] == pytest.approx((nearer.sum() / (1 - before).sum()).item(), rel=0.02, abs=1e-3)
    assert metrics["separation"] > 0.05
    assert value.item() == pytest.approx(metrics["loss"] + 4.0 * metrics["separation"], rel=1e-4)
    value.backward()
    assert tiny_model.model.layers[1].mlp.down_proj.weight.grad.abs().sum() > 0


def test_an_objective_of_ones_own_by_function_name_and_import_path(tiny_model, tokenizer, few):
    from isoglot.objectives import OBJECTIVES, objective, rows, unit_rows

    @objective
    def spread(z, *, temperature, weights=None, mask=None, center=False):
        return unit_rows(rows(z, weights, mask, center)).var(1).sum(-1) / temperature

    try:
        z = by_hand(tiny_model, tokenizer, few.select(kinds=["harmful"]), 2, few.languages)
        for asked, expected in [
            ("spread", spread(z, temperature=0.5)),
            (spread, spread(z, temperature=0.5)),
            ("isoglot.objectives.centroid:centroid", OBJECTIVES["centroid"](z)),
        ]:
            settings = at_states(objective=asked, layer=2, retention=0, groups_per_step=6, temperature=0.5)
            value, _ = ConsistencyTerm(tiny_model, tokenizer, settings, few)(tiny_model, Turn(0))
            assert value.item() == pytest.approx(expected.mean().item(), rel=1e-4)
            assert callable(asked) or settings.to_dict()["objective"] == asked
        with pytest.raises(ConfigError, match="top of a module"):  # a run file could not find it again
            at_states(objective=spread).to_dict()
    finally:
        del OBJECTIVES["spread"]
    with pytest.raises(ConfigError, match=r"objective: expected a function that can be imported"):
        ConsistencyTerm(tiny_model, tokenizer, at_states(objective="no.such:thing"), few)


def test_an_extractors_bias_is_watched(tiny_model, tokenizer, groups):
    settings = at_states(layer=2, retention=0, extractor="linear", extractor_dim=5)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    at_first = term(tiny_model, Turn(0))[1]
    with torch.no_grad():
        term.extractor.weight.mul_(1e-3)
        term.extractor.bias.fill_(1.0)
    constant = term(tiny_model, Turn(0))[1]
    assert constant["extractor_bias_ratio"] > 100 > at_first["extractor_bias_ratio"]
    assert constant["leading_share"] > 0.999  # it looks perfect ...
    assert constant["leading_share_raw"] == pytest.approx(at_first["leading_share_raw"])  # ... and is not
    without = at_states(layer=2, retention=0, extractor="linear", extractor_dim=5, extractor_bias=False)
    assert "extractor_bias_ratio" not in ConsistencyTerm(tiny_model, tokenizer, without, groups)(tiny_model, Turn(0))[1]


def test_a_constant_extractor_is_told_once(tiny_model, tokenizer, groups):
    settings = at_states(layer=2, retention=0, extractor="linear", extractor_dim=5)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    term(tiny_model, Turn(0))
    with torch.no_grad():
        term.extractor.weight.mul_(1e-4)
        term.extractor.bias.fill_(1.0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for step in range(1, 8):
            term(tiny_model, Turn(step))
    (message,) = [str(warning.message) for warning in caught]
    assert "extractor's output is becoming constant" in message
    assert "extractor_bias" in message


def test_info_nce_with_one_prompt_at_a_time_says_so(tiny_model, tokenizer, groups):
    settings = at_states(objective="info_nce", layer=2, retention=0, groups_per_step=1)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        values = [term(tiny_model, Turn(step))[0].item() for step in range(3)]
    assert values == pytest.approx([0] * 3, abs=1e-6)
    (message,) = [str(warning.message) for warning in caught]
    assert "groups_per_step" in message


def test_a_gradient_that_is_no_number_stops_before_it_reaches_the_model(tiny_model, tokenizer, groups):
    def kinked(z, *, weights=None, mask=None, center=False):  # finite, but its slope at 0 is not
        return (z - z).sum((1, 2)).sqrt()

    settings = at_states(objective=kinked, layer=2, retention=0)
    value, _ = ConsistencyTerm(tiny_model, tokenizer, settings, groups)(tiny_model, Turn(3))
    assert value.item() == 0
    with pytest.raises(RunError, match="gradient of the term, step 3: expected finite values"):
        value.backward()
    assert all(p.grad is None or torch.isfinite(p.grad).all() for p in tiny_model.parameters())


@pytest.mark.parametrize("objective", ["rank_one", "pairwise_cosine", "centroid"])
def test_a_held_pivot_is_a_target_whatever_the_objective(tiny_model, tokenizer, few, objective):
    values, grads = [], []
    for held in (False, True):
        settings = at_states(objective=objective, layer=2, retention=0, groups_per_step=6, hold_pivot=held)
        term = ConsistencyTerm(tiny_model, tokenizer, settings, few)
        turn, portion = Turn(0), term.prompts.portion(Turn(0))
        states = torch.stack([hidden(tiny_model, tokenizer, g.prompts[tag], 2) for g, tag in portion.cells]).detach()
        states = states.unsqueeze(0).requires_grad_()
        value = term.value(states, portion, turn, Processes(turn))
        value.backward()
        values.append(value.item())
        english = [place for place, (_, tag) in enumerate(portion.cells) if tag == "en"]
        grads.append((states.grad[:, english], states.grad))
    assert values[0] == pytest.approx(values[1])
    assert (grads[0][0] != 0).any()
    assert (grads[1][0] == 0).all()
    assert (grads[1][1] != 0).any()


def one_language_groups(groups):
    """The harmful groups in English and Swahili; the harmless ones in ten languages."""
    return PromptGroups(
        [
            PromptGroup(g.id, {t: g.prompts[t] for t in ("en", "sw")}, kind=g.kind) if g.kind == "harmful" else g
            for g in groups
        ]
    )


@pytest.mark.parametrize("center", [True, "language", "prompt"])
@pytest.mark.parametrize("retention", [0, 1])
def test_centring_copes_with_languages_that_no_compared_prompt_has(tiny_model, tokenizer, groups, center, retention):
    settings = at_states(layer=2, retention=retention, center=center)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, one_language_groups(groups))
    term.remember(tiny_model)
    assert torch.isfinite(term(tiny_model, Turn(0))[0])


def test_guarded_prompts_without_their_pivot_are_guarded_too(tiny_model, tokenizer, groups):
    chinese = [PromptGroup(g.id, {"zh": g.prompts["zh"]}, kind="harmless") for g in groups if g.kind == "harmless"]
    mixed = PromptGroups([*groups.select(kinds=["harmful"]), *chinese])
    with pytest.warns(UserWarning, match="harmless prompts in every language"):
        term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, languages_per_step=2), mixed)
    term.remember(tiny_model)
    for step in range(4):
        value, metrics = term(tiny_model, Turn(step))
        assert torch.isfinite(value)
        assert "retention" in metrics
        assert len(term.prompts.portion(Turn(step)).guarded.cells) == 6


def test_the_mean_over_micro_steps_holds_for_groups_of_unequal_languages(tiny_model, tokenizer, groups):
    some = [PromptGroup(g.id, dict(list(g.prompts.items())[: 2 + n % 5]), kind=g.kind) for n, g in enumerate(groups)]
    term = ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, groups_per_step=6), PromptGroups(some))
    term.remember(tiny_model)
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.add_(0.1)
    whole = term(tiny_model, Turn(5))[0].item()
    parts = [term(tiny_model, Turn(5, micro, 3))[0].item() for micro in range(3)]
    assert sum(parts) / 3 == pytest.approx(whole, rel=1e-5)


def test_a_share_that_leaves_nothing_to_guard_or_to_compare_is_told(tiny_model, tokenizer, groups):
    plain = PromptGroups([PromptGroup(group.id, dict(group.prompts)) for group in groups])
    for share, got in [(0.999, "12 guarded and 0 compared"), (1e-9, "0 guarded and 12 compared")]:
        with pytest.raises(DataError, match=rf"consistency\.retain: .*{got}"):
            ConsistencyTerm(tiny_model, tokenizer, at_states(layer=2, retain=share), plain)


@pytest.mark.parametrize(
    ("value", "got"),
    [
        (lambda value: value.mean(), r"torch.float32 \(\)"),
        (lambda value: value.long(), r"torch.int64 \(6,\)"),
        (lambda value: None, "NoneType"),
    ],
    ids=["one number", "whole numbers", "nothing"],
)
def test_an_objective_that_returns_something_else_is_told(tiny_model, tokenizer, groups, value, got):
    def mine(z, *, weights=None, mask=None, center=False):
        return value(pivot_cosine(z, mask=mask))

    term = ConsistencyTerm(tiny_model, tokenizer, at_states(objective=mine, layer=2, retention=0), groups)
    with pytest.raises(ConfigError, match=rf"objective mine: expected one float per group, \(6,\), got {got}"):
        term(tiny_model, Turn(0))


def test_an_objective_without_gradient_is_told_once(tiny_model, tokenizer, groups):
    def still(z, *, weights=None, mask=None, center=False):
        return pivot_cosine(z, mask=mask).detach()

    term = ConsistencyTerm(tiny_model, tokenizer, at_states(objective=still, layer=2, retention=0), groups)
    with pytest.warns(UserWarning, match="objective still: its value has no gradient"):
        term(tiny_model, Turn(0))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        term(tiny_model, Turn(1))


def test_autocast_leaves_the_small_differences_their_digits(tiny_model, tokenizer, groups):
    settings = at_states(layer=2, retention=0, separation=1.0, extractor="linear", extractor_dim=5)
    term = ConsistencyTerm(tiny_model, tokenizer, settings, groups)
    term.remember(tiny_model)
    _, plain = term(tiny_model, Turn(0))
    with torch.autocast("cpu", torch.bfloat16), torch.no_grad():
        _, cast = term(tiny_model, Turn(0))
    assert cast["leading_share"] < 1 - 1e-6
    assert cast["leading_share"] == pytest.approx(plain["leading_share"], abs=1e-3)
