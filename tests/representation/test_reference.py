"""Reference states: half precision, on disk part by part, found again, told apart."""

from __future__ import annotations

import copy
import errno

import pytest
import torch
from safetensors.torch import load_file, save_file

from isoglot.errors import RunError
from isoglot.representation import ReferenceStates, prompt_states
from isoglot.representation import reference as module

PROMPTS = [[7, 8, 9], [5, 6], [9], [4, 4, 4, 4], [5, 7]]


@pytest.fixture(autouse=True)
def _two_at_a_time(monkeypatch):
    monkeypatch.setattr(module, "AT_A_TIME", 2)


class Counting:
    def __init__(self, model, fails_after=None):
        self.model, self.calls, self.fails_after = model, 0, fails_after

    def __call__(self, prompts):
        if self.calls == self.fails_after:
            raise KeyboardInterrupt
        self.calls += 1
        return prompt_states(self.model, prompts, [1, 3], pad=0)


def exact(model):
    model.eval()
    with torch.no_grad():
        return prompt_states(model, PROMPTS, [1, 3], pad=0)


def test_states_are_those_of_the_model_to_three_digits(tiny_model, tmp_path):
    for folder in (None, tmp_path):
        made = ReferenceStates(PROMPTS, [1, 3], folder)
        made.compute(tiny_model, Counting(tiny_model))
        found, expected = made[[4, 0, 2]], exact(tiny_model)[:, [4, 0, 2]]
        assert found.dtype == torch.float32
        assert ((found - expected).norm(dim=-1) / expected.norm(dim=-1)).max() < 1e-3


@pytest.mark.parametrize("size", [1e-8, 1.0, 1e8])
def test_no_state_is_too_small_or_too_large_for_half_precision(tiny_model, size):
    made = ReferenceStates(PROMPTS, [1], None)
    states = torch.randn(1, 5, 16, generator=torch.Generator().manual_seed(0)) * size
    parts = iter(states.split(2, dim=1))
    made.compute(tiny_model, lambda _prompts: next(parts))
    assert ((made[range(5)] - states).norm() / states.norm()) < 1e-3


def test_a_loud_coordinate_leaves_the_others_their_digits(tiny_model):
    """A row is kept against its largest value; in spreads of each coordinate the error must be small all the same."""
    loud = torch.randn(2, len(PROMPTS), 16, generator=torch.Generator().manual_seed(0))
    loud[..., 5] += 20_000.0
    made = ReferenceStates(PROMPTS, [1, 3])
    start = iter(range(0, len(PROMPTS), 2))
    made.compute(tiny_model, lambda prompts: loud[:, (at := next(start)) : at + len(prompts)])
    found = made[range(len(PROMPTS))]
    spread = loud.flatten(0, 1).std(0)
    quiet = torch.arange(16) != 5
    assert ((found - loud).abs() / spread)[..., quiet].max() < 2e-3
    assert (found - loud).abs()[..., 5].max() < 1e-3 * 20_000


def test_what_is_on_disk_is_not_computed_again_and_a_stop_costs_only_one_part(tiny_model, tmp_path):
    stopped = Counting(tiny_model, fails_after=2)
    with pytest.raises(KeyboardInterrupt):
        ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(tiny_model, stopped)
    rest = Counting(tiny_model)
    made = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    made.compute(tiny_model, rest)
    assert (stopped.calls, rest.calls) == (2, 1)
    again = Counting(tiny_model)
    other = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    other.compute(tiny_model, again)
    assert again.calls == 0
    assert torch.equal(other[range(5)], made[range(5)])
    kept = load_file(sorted(tmp_path.rglob("*.safetensors"))[0])
    assert kept["values"].dtype == torch.float16


def test_what_one_process_lacks_all_of_them_make(tiny_model, tmp_path):
    """Engines that shard parameters need every process in each pass; one that has the file must not skip it."""
    first = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    first.compute(tiny_model, Counting(tiny_model))
    asked, again = [], Counting(tiny_model)

    def most(number):  # of this process and of another that has only the first part
        asked.append(number)
        return max(number, int(len(asked) > 1))

    made = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    made.compute(tiny_model, again, most)
    assert asked == [0, 0, 0]  # this one has all three
    assert again.calls == 2
    assert torch.equal(made[range(5)], first[range(5)])


def test_a_part_cut_short_is_made_anew(tiny_model, tmp_path):
    ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(tiny_model, Counting(tiny_model))
    part = sorted(tmp_path.rglob("*.safetensors"))[1]
    part.write_bytes(part.read_bytes()[:-20])
    again = Counting(tiny_model)
    ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(tiny_model, again)
    assert again.calls == 1


def test_a_part_that_cannot_be_written_leaves_nothing_and_is_named(tiny_model, tmp_path, monkeypatch):
    def full(tensors, path):
        save_file(tensors, path)
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(module, "save_file", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*000000\+2\.safetensors'"):
        ReferenceStates(PROMPTS, [1, 3], tmp_path / "new").compute(tiny_model, Counting(tiny_model))
    assert list(tmp_path.iterdir()) == []


def test_another_model_other_prompts_and_other_layers_have_names_of_their_own(tiny_model, tmp_path):
    changed = copy.deepcopy(tiny_model)
    with torch.no_grad():
        changed.model.layers[0].mlp.down_proj.weight.add_(0.1)
    names = set()
    for model, prompts, layers in [
        (tiny_model, PROMPTS, [1, 3]),
        (changed, PROMPTS, [1, 3]),
        (tiny_model, PROMPTS[:4], [1, 3]),
        (tiny_model, PROMPTS, [3, 1]),
    ]:
        made = ReferenceStates(prompts, layers, tmp_path)
        made.compute(model, Counting(model))
        names.add(made.name)
    assert len(names) == 4


def adapted(model, seed, **options):
    peft = pytest.importorskip("peft")
    torch.manual_seed(seed)
    options = {"target_modules": "all-linear"} | options
    return peft.get_peft_model(copy.deepcopy(model), peft.LoraConfig(**options))


@pytest.mark.parametrize("options", [{}, {"use_dora": True}, {"target_modules": ["embed_tokens", "q_proj"]}], ids=str)
def test_adapters_that_have_not_begun_share_a_reference_whatever_their_seed_and_rank(tiny_model, tmp_path, options):
    names = set()
    for seed, rank in [(0, 4), (1, 4), (2, 8)]:
        model = adapted(tiny_model, seed, r=rank, **options)
        made = ReferenceStates(PROMPTS, [1, 3], tmp_path)
        made.compute(model, Counting(model))
        names.add(made.name)
    assert len(names) == 1


@pytest.mark.parametrize("half", ["lora_A", "lora_B"])
def test_an_adapter_with_an_effect_has_a_reference_of_its_own(tiny_model, tmp_path, half):
    model = adapted(tiny_model, 0, r=4, init_lora_weights=False)  # both halves random
    before = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    before.compute(model, Counting(model))
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if half in name:
                parameter.mul_(1.5)
    after = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    after.compute(model, Counting(model))
    assert after.name != before.name


def test_a_resumed_run_goes_back_to_the_reference_of_the_model_it_began_with(tiny_model, tmp_path):
    began = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    began.compute(tiny_model, Counting(tiny_model))
    before, state = began[range(5)], began.state_dict()
    assert sum(value.numel() for value in state.values()) < 100  # a name, no states
    with torch.no_grad():
        tiny_model.model.layers[0].mlp.down_proj.weight.add_(0.1)
    resumed = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    resumed.compute(tiny_model, Counting(tiny_model))
    assert not torch.equal(resumed[range(5)], before)
    resumed.load_state_dict(state)
    assert torch.equal(resumed[range(5)], before)
    elsewhere = ReferenceStates(PROMPTS, [1, 3], tmp_path / "other")
    elsewhere.compute(tiny_model, Counting(tiny_model))
    with pytest.raises(RunError, match="in the folder where it began"):
        elsewhere.load_state_dict(state)
    with pytest.raises(RunError, match="those of others"):
        ReferenceStates(PROMPTS[:3], [1, 3], tmp_path).load_state_dict(state)


def test_without_a_folder_the_state_holds_everything(tiny_model):
    began = ReferenceStates(PROMPTS, [1, 3])
    began.compute(tiny_model, Counting(tiny_model))
    resumed = ReferenceStates(PROMPTS, [1, 3])
    resumed.load_state_dict(began.state_dict())
    assert torch.equal(resumed[range(5)], began[range(5)])
    assert resumed.name == began.name


def test_randomness_and_mode_are_left_alone(tiny_model, tmp_path):
    tiny_model.train()
    before = torch.get_rng_state()
    ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(tiny_model, Counting(tiny_model))
    assert tiny_model.training
    assert torch.equal(torch.get_rng_state(), before)


def test_none_yet_is_told():
    with pytest.raises(RunError, match="remember"):
        ReferenceStates(PROMPTS, [1])[[0]]


def test_states_that_are_no_numbers_are_not_kept(tiny_model, tmp_path):
    with pytest.raises(RunError, match="reference states: expected finite values"):
        ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(
            tiny_model, lambda prompts: torch.full((2, len(prompts), 16), torch.inf)
        )
    assert not list(tmp_path.rglob("*.safetensors"))
    made = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    made.compute(tiny_model, Counting(tiny_model))
    one, two, three = sorted(tmp_path.rglob("*.safetensors"))
    for file, spoilt in [  # written by something else
        (one, lambda kept: {"values": kept["values"] * torch.nan, "scale": kept["scale"]}),
        (two, lambda kept: {name: tensor[:1].clone() for name, tensor in kept.items()}),  # of one layer
        (three, lambda kept: {name: torch.cat([tensor] * 2, 1) for name, tensor in kept.items()}),  # of more prompts
    ]:
        save_file(spoilt(load_file(file)), file)
    again = Counting(tiny_model)
    ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(tiny_model, again)
    assert again.calls == 3


def test_another_precision_is_another_reference(tiny_model, tmp_path):
    names = set()
    for model, cast in [(tiny_model, False), (tiny_model, True), (copy.deepcopy(tiny_model).bfloat16(), False)]:
        made = ReferenceStates(PROMPTS, [1, 3], tmp_path)
        with torch.autocast("cpu", torch.bfloat16, enabled=cast):
            made.compute(model, Counting(model))
        names.add(made.name)
    assert len(names) == 3


def test_parts_of_another_size_are_not_taken_for_ours(tiny_model, tmp_path, monkeypatch):
    ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(tiny_model, Counting(tiny_model))
    monkeypatch.setattr(module, "AT_A_TIME", 3)
    made = ReferenceStates(PROMPTS, [1, 3], tmp_path)
    made.compute(tiny_model, Counting(tiny_model))
    expected = exact(tiny_model)
    assert ((made[range(5)] - expected).norm(dim=-1) / expected.norm(dim=-1)).max() < 1e-3


def test_each_part_of_a_model_is_in_the_mode_it_was_in(tiny_model, tmp_path):
    tiny_model.train()
    tiny_model.model.layers[1].eval()
    ReferenceStates(PROMPTS, [1, 3], tmp_path).compute(tiny_model, Counting(tiny_model))
    assert tiny_model.training
    assert tiny_model.model.layers[0].training
    assert not tiny_model.model.layers[1].training
