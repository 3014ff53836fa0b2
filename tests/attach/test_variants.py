"""A weight adds exactly its share under every way of adapting, compiling and computing a model."""

from __future__ import annotations

import contextlib
import copy
import functools
import math
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from isoglot import Attachment, Consistency, attach
from isoglot.errors import ModelError

from . import trainers

pytestmark = pytest.mark.training

TERM = Consistency(layer=2, groups_per_step=4, weight=0.5, languages_per_step=4)
AT_REST = dict(learning_rate=0.0)
both = pytest.mark.parametrize("kind", ["sft", "dpo"])
reentrant = pytest.mark.parametrize("reentrant", [False, True], ids=["nonreentrant", "reentrant"])


@pytest.fixture(scope="module")
def start(tiny_folder):
    return AutoModelForCausalLM.from_pretrained(tiny_folder)


@pytest.fixture
def kit(tokenizer, pairs, tmp_path):
    return trainers.Kit(tokenizer, pairs[:8], tmp_path)


def disturb(model):
    """Takes what is trained away from where it began: an adapter begins by doing nothing, and some gradients are 0."""
    generator = torch.Generator().manual_seed(11)
    with torch.no_grad():
        for parameter in model.parameters():
            if parameter.requires_grad:
                noise = torch.randn(parameter.shape, generator=generator)
                parameter.add_((0.05 * noise).to(parameter.dtype))


def check(build, reference, tokenizer, groups, *, tolerance=1e-5, precision=contextlib.nullcontext, settings=TERM):
    """Trains without and with the term, and compares with the term's own gradient on a plain model.

    Args:
        build: () -> a trainer, the same each time.
        reference: the trainer's model -> one with the same parameters that no trainer has touched.
        tolerance: error as a share of the whole gradient's length.
        precision: context in which the term is computed.
        settings: of the term.
    """
    runs = []
    for weight in (None, 0.5):
        trainer = build()
        disturb(trainer.model)
        if weight is not None:
            attach(trainer, settings, groups)
            plain = reference(trainer.model)
        runs.append(trainers.train(trainer))
    with precision():
        attachment = Attachment.for_model(plain, tokenizer, settings, groups)
    plain.train()
    for step, (stock, ours) in enumerate(zip(*runs, strict=True)):
        plain.zero_grad()
        with precision():
            loss, _ = attachment(step)
        loss.backward()
        assert_sum(ours, stock, trainers.gradients(plain), tolerance)
    return trainer


def assert_sum(ours, stock, alone, tolerance):
    """That the first is the sum of the others, to a share of its length; and that this can be seen."""
    assert ours.keys() == stock.keys() | alone.keys()
    error = extent = added = 0.0
    for name, gradient in ours.items():
        zero = torch.zeros_like(gradient)
        share = alone.get(name, zero)
        error += (gradient.double() - stock.get(name, zero).double() - share.double()).square().sum().item()
        extent += gradient.double().square().sum().item()
        added += share.double().square().sum().item()
    assert math.sqrt(error) <= tolerance * math.sqrt(extent)
    assert math.sqrt(added) > 5 * tolerance * math.sqrt(extent)  # else nothing has been shown


def copied(like):
    """A model of the same kind as the trainer's, with its parameters."""

    def make(model):
        plain = copy.deepcopy(like)
        own = {name.removeprefix("_orig_mod."): value for name, value in model.state_dict().items()}
        plain.load_state_dict({name: own[name] for name in plain.state_dict()})  # DPO adds an adapter of its own
        return plain

    return make


def adapted(start, config):
    from peft import get_peft_model

    def make(model):
        plain = get_peft_model(copy.deepcopy(start), copy.deepcopy(config))
        plain.load_state_dict(model.state_dict())
        return plain

    return make


def lora(**options):
    from peft import LoraConfig

    return LoraConfig(r=2, task_type="CAUSAL_LM", **{"target_modules": "all-linear"} | options)


def ia3():
    from peft import IA3Config

    return IA3Config(task_type="CAUSAL_LM", target_modules=["k_proj", "down_proj"], feedforward_modules=["down_proj"])


def oft():
    from peft import OFTConfig

    return OFTConfig(task_type="CAUSAL_LM", oft_block_size=4, target_modules=["q_proj", "down_proj"])


def prompt_tuning():
    from peft import PromptTuningConfig

    return PromptTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3)


def p_tuning():
    from peft import PromptEncoderConfig

    return PromptEncoderConfig(task_type="CAUSAL_LM", num_virtual_tokens=3, encoder_hidden_size=8)


def prefix_tuning():
    from peft import PrefixTuningConfig

    return PrefixTuningConfig(task_type="CAUSAL_LM", num_virtual_tokens=3)


ADAPTERS: dict[str, Callable[[], Any]] = {
    "lora": lora,
    "dora": functools.partial(lora, use_dora=True),
    "rslora": functools.partial(lora, use_rslora=True),
    "lora_and_a_whole_module": functools.partial(lora, target_modules=["q_proj"], modules_to_save=["lm_head"]),
    "ia3": ia3,
    "oft": oft,
    "prompt_tuning": prompt_tuning,
    "p_tuning": p_tuning,
    "prefix_tuning": prefix_tuning,
}


@both
@pytest.mark.parametrize("adapter", list(ADAPTERS))
def test_adapters(kind, adapter, start, kit, tokenizer, groups):
    config = ADAPTERS[adapter]()

    def build():
        return trainers.TRAINERS[kind].build(copy.deepcopy(start), kit, peft=copy.deepcopy(config), **AT_REST)

    trainer = check(build, adapted(start, config), tokenizer, groups)
    trained = [name for name, parameter in trainer.model.named_parameters() if parameter.requires_grad]
    assert 0 < len(trained) < len(list(trainer.model.parameters()))


def test_dropout_of_an_adapter_is_drawn_as_it_would_have_been(start, kit, groups):
    ends = []
    for weight in (None, 0.0, 0.5):
        trainer = trainers.sft(copy.deepcopy(start), kit, peft=lora(lora_dropout=0.5), **AT_REST)
        disturb(trainer.model)
        if weight is not None:
            attach(trainer, Consistency(**TERM.to_dict() | {"weight": weight, "every": 2}), groups)
        with pytest.warns(match="weight is 0") if weight == 0 else contextlib.nullcontext():
            ends.append(trainers.train(trainer))
    stock, zero, ours = ends
    assert not all(torch.equal(ours[0][name], stock[0][name]) for name in stock[0])
    for step, other in [(0, zero), (1, zero), (1, ours)]:  # the term is due at step 0 only
        assert all(torch.equal(other[step][name], stock[step][name]) for name in stock[step])


class Bytes(nn.Linear):
    """A linear layer whose weight is kept in bytes and cannot be trained, as a quantised model has them."""

    def __init__(self, like: nn.Linear) -> None:
        super().__init__(like.in_features, like.out_features, bias=False)
        self.register_buffer("scale", like.weight.detach().abs().amax() / 127)
        whole = (like.weight.detach() / self.scale).round().add(128)
        self.weight = nn.Parameter(whole.to(torch.uint8), requires_grad=False)

    def forward(self, x):
        return F.linear(x, (self.weight.to(x.dtype) - 128) * self.scale)


@pytest.fixture(scope="module")
def quantised(start):
    """The model with its layers' weights in bytes, prepared as for QLoRA."""
    from peft import prepare_model_for_kbit_training

    model = copy.deepcopy(start)
    for layer in model.model.layers:
        for part in (layer.self_attn, layer.mlp):
            for name, child in list(part.named_children()):
                if isinstance(child, nn.Linear):
                    setattr(part, name, Bytes(child))
    return prepare_model_for_kbit_training(model, use_gradient_checkpointing=False)


@both
def test_lora_on_a_base_in_bytes(kind, quantised, kit, tokenizer, groups):
    from peft import get_peft_model

    model = get_peft_model(copy.deepcopy(quantised), lora())
    checkpointing = dict(gradient_checkpointing=True, gradient_checkpointing_kwargs={"use_reentrant": False})

    def build():
        return trainers.TRAINERS[kind].build(copy.deepcopy(model), kit, **AT_REST, **checkpointing)

    trainer = check(build, copied(model), tokenizer, groups)
    assert sum(parameter.dtype == torch.uint8 for parameter in trainer.model.parameters()) == 4 * 7


@both
def test_lora_on_a_base_in_four_bits(kind, tiny_folder, kit, tokenizer, groups, monkeypatch):
    modules = pytest.importorskip("bitsandbytes").nn.modules
    # Where a CPU has such instructions an evaluation pass packs the weights, and training passes after it are wrong.
    monkeypatch.setattr(modules, "has_avx512bf16", lambda: False)
    from peft import get_peft_model, prepare_model_for_kbit_training
    from transformers import BitsAndBytesConfig

    four = BitsAndBytesConfig(load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_compute_dtype=torch.float32)

    # The least that its kernels take.
    wider = LlamaConfig.from_pretrained(tiny_folder, hidden_size=64, intermediate_size=128, head_dim=32)
    LlamaForCausalLM(wider).save_pretrained(kit.folder / "wider")

    def load():
        torch.manual_seed(0)
        model = AutoModelForCausalLM.from_pretrained(kit.folder / "wider", quantization_config=four)
        return get_peft_model(prepare_model_for_kbit_training(model, use_gradient_checkpointing=False), lora())

    def reference(model):
        plain, own = load(), dict(model.named_parameters())
        for name, parameter in plain.named_parameters():
            if parameter.requires_grad:
                parameter.data = own[name].detach().clone()
        return plain

    def build():
        return trainers.TRAINERS[kind].build(load(), kit, **AT_REST)

    check(build, reference, tokenizer, groups, tolerance=1e-2)  # TRL trains these adapters in bfloat16


@both
@reentrant
@pytest.mark.parametrize("with_lora", [False, True], ids=["full", "lora"])
def test_gradient_checkpointing(kind, reentrant, with_lora, start, kit, tokenizer, groups):
    options = dict(gradient_checkpointing=True, gradient_checkpointing_kwargs={"use_reentrant": reentrant})

    def build():
        peft = dict(peft=lora()) if with_lora else {}
        return trainers.TRAINERS[kind].build(copy.deepcopy(start), kit, **AT_REST, **options, **peft)

    trainer = check(build, adapted(start, lora()) if with_lora else copied(start), tokenizer, groups)
    assert all(layer.gradient_checkpointing for layer in layers_of(trainer.model))


def layers_of(model):
    base = model.get_base_model() if hasattr(model, "get_base_model") else model
    return base.model.layers


def test_compiled_models(start, kit, tokenizer, groups):
    config = copy.deepcopy(start.config)
    config.num_hidden_layers = 2  # what takes time is compiling
    model = type(start)(config)
    settings = Consistency(**TERM.to_dict() | dict(layer=1, groups_per_step=2, languages_per_step=2, retention=0))
    options = dict(torch_compile=True, torch_compile_backend="aot_eager", max_steps=1)

    def build():
        return trainers.causal(copy.deepcopy(model), kit, **AT_REST, **options)

    trainer = check(build, copied(model), tokenizer, groups, settings=settings)
    assert hasattr(trainer.model_wrapped, "_orig_mod")


@both
@pytest.mark.parametrize("with_lora", [False, True], ids=["full", "lora"])
def test_mixed_precision(kind, with_lora, start, kit, tokenizer, groups):
    def build():
        peft = dict(peft=lora()) if with_lora else {}
        return trainers.TRAINERS[kind].build(copy.deepcopy(start), kit, bf16=True, **AT_REST, **peft)

    check(
        build,
        adapted(start, lora()) if with_lora else copied(start),
        tokenizer,
        groups,
        tolerance=3e-3,  # of the shared sum of a weight's gradients in bfloat16
        precision=functools.partial(torch.autocast, "cpu", torch.bfloat16),
    )


@both
def test_weights_in_half_precision(kind, start, kit, tokenizer, groups):
    half = copy.deepcopy(start).bfloat16()

    def build():
        return trainers.TRAINERS[kind].build(copy.deepcopy(half), kit, **AT_REST)

    check(build, copied(half), tokenizer, groups, tolerance=1e-2)  # the sum is kept to 8 bits


@both
def test_a_frozen_layer_below_the_chosen_one(kind, start, kit, tokenizer, groups):
    model = copy.deepcopy(start)
    model.model.embed_tokens.requires_grad_(False)
    model.model.layers[0].requires_grad_(False)

    def build():
        return trainers.TRAINERS[kind].build(copy.deepcopy(model), kit, **AT_REST)

    check(build, copied(model), tokenizer, groups)


@both
def test_only_the_embeddings_are_trained(kind, start, kit, tokenizer, groups):
    model = copy.deepcopy(start).requires_grad_(False)
    model.model.embed_tokens.requires_grad_(True)

    def build():
        return trainers.TRAINERS[kind].build(copy.deepcopy(model), kit, **AT_REST)

    check(build, copied(model), tokenizer, groups)


@both
def test_layers_above_the_chosen_one_alone_are_refused(kind, start, kit, groups):
    model = copy.deepcopy(start).requires_grad_(False)
    model.model.layers[2:].requires_grad_(True)
    with pytest.raises(ModelError, match="layers 1 to 2"):
        attach(trainers.TRAINERS[kind].build(model, kit), TERM, groups)


def test_an_adapter_above_the_chosen_layer_alone_is_refused(start, kit, groups):
    trainer = trainers.sft(
        copy.deepcopy(start), kit, peft=lora(target_modules=["q_proj", "v_proj"], layers_to_transform=[2, 3])
    )
    with pytest.raises(ModelError, match="layers 1 to 2"):
        attach(trainer, TERM, groups)


@pytest.mark.parametrize(
    "options",
    [
        dict(neftune_noise_alpha=5.0),
        dict(packing=True, packing_strategy="wrapped", max_length=32),
        dict(packing=True, packing_strategy="bfd", max_length=64),
        dict(padding_free=True, max_length=None),
        dict(loss_type="dft"),
        dict(completion_only_loss=False),
    ],
    ids=str,
)
def test_options_of_sft(options, start, kit, tokenizer, groups):
    def build():
        return trainers.sft(copy.deepcopy(start), kit, **AT_REST, **options)

    check(build, copied(start), tokenizer, groups)


@pytest.mark.parametrize(
    "options",
    [
        dict(use_weighting=True),
        dict(ld_alpha=0.5),
        dict(f_divergence_type="js_divergence"),
        dict(sync_ref_model=True, ref_model_sync_steps=1),
    ],
    ids=str,
)
def test_options_of_dpo(options, start, kit, tokenizer, groups):
    def build():
        return trainers.dpo(copy.deepcopy(start), kit, **AT_REST, **options)

    check(build, copied(start), tokenizer, groups)
