"""Other frameworks' ways in, against stand-ins of their documented interfaces.

The real packages have environments of their own: benchmarks/frameworks.
"""

from __future__ import annotations

import copy
import importlib.util
import runpy
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import ClassVar

import pytest
import torch
import yaml
from pydantic import BaseModel, ValidationError
from safetensors.torch import load_file
from transformers import Trainer, TrainingArguments

from isoglot import Attachment, Consistency, attach
from isoglot.attach.frameworks import axolotl as ours
from isoglot.attach.frameworks import llamafactory, ms_swift
from isoglot.attach.frameworks.section import Section
from isoglot.errors import ConfigError, MissingFileError, ModelError, RunError

pytestmark = pytest.mark.training

RECIPES = Path(__file__).parents[2] / "recipes"
SETTINGS = {"layer": 2, "groups_per_step": 4}


@pytest.fixture
def section(groups, tmp_path) -> dict:
    """A section as a user writes it."""
    return {"groups": str(groups.write(tmp_path / "groups.jsonl")), "consistency": dict(SETTINGS)}


@pytest.fixture
def make(tiny_folder, tokenizer, pairs, tmp_path):
    """Makes stock trainers of the same model, data and seed."""
    from transformers import AutoModelForCausalLM

    rows = []
    for pair in pairs[:8]:
        text = tokenizer.apply_chat_template(pair["prompt"] + pair["chosen"], tokenize=False)
        ids = tokenizer(text, add_special_tokens=False).input_ids[:12]
        rows.append({"input_ids": ids + [tokenizer.pad_token_id] * (12 - len(ids))})
    rows = [row | {"labels": list(row["input_ids"]), "attention_mask": [1] * 12} for row in rows]

    def made(name: str, cls: type = Trainer, **options):
        arguments = dict(max_steps=2, per_device_train_batch_size=2, learning_rate=1e-3, logging_steps=1, seed=0)
        arguments |= dict(use_cpu=True, report_to="none", save_strategy="no", disable_tqdm=True)
        args = TrainingArguments(output_dir=str(tmp_path / name), **arguments)
        model = AutoModelForCausalLM.from_pretrained(tiny_folder)
        return cls(model=model, args=args, train_dataset=copy.deepcopy(rows), processing_class=tokenizer, **options)

    return made


def weights(trainer) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in trainer.model.named_parameters()}


def same(first, second) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture
def expected(make, groups):
    """Weights after training with the term attached by hand, which differ from those without."""
    stock = make("stock")
    stock.train()
    trainer = make("expected")
    attach(trainer, Consistency(**SETTINGS), groups)
    trainer.train()
    assert not same(weights(stock), weights(trainer))
    return weights(trainer)


def stand_in(monkeypatch, name: str, **contents) -> ModuleType:
    """A module of that name, and the packages above it, until the test ends."""
    for n in range(1, name.count(".") + 2):
        part = ".".join(name.split(".")[:n])
        if part not in sys.modules:
            package = ModuleType(part)
            package.__path__ = []
            monkeypatch.setitem(sys.modules, part, package)
    vars(sys.modules[name]).update(contents)
    return sys.modules[name]


# The section


def test_all_that_is_wrong_with_a_section_is_told_at_once():
    given = {"group": "x", "reference": 3, "consistency": {"wieght": 1, "every": 0}}
    with pytest.raises(ConfigError) as caught:
        Section.from_dict(given)
    lines = str(caught.value).split("\n")
    assert [line.split(":")[0] for line in lines] == [
        "isoglot.groups", "isoglot.consistency.every", "isoglot.consistency.wieght", "isoglot.reference",
        "isoglot.group",
    ]  # fmt: skip
    assert "Did you mean 'groups'?" in lines[4]
    assert "Did you mean 'weight'?" in lines[2]


def test_paths_of_a_section_are_read_as_those_of_a_run_file(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    section = Section.from_dict({"groups": "~/groups.jsonl", "reference": tmp_path / "reference"})
    assert [file.path for file in section.groups] == [tmp_path / "groups.jsonl"]
    assert section.reference == tmp_path / "reference"
    several = Section.from_dict({"groups": ["~/a.jsonl", "b.jsonl"]})
    assert [file.path for file in several.groups] == [tmp_path / "a.jsonl", Path("b.jsonl")]
    with pytest.raises(ConfigError, match=r"isoglot\.groups: expected a path"):
        Section.from_dict({"groups": " "})


def test_files_of_a_section_say_what_those_of_a_run_file_say(tmp_path):
    (tmp_path / "bad.csv").write_text("question,sw\nHow?,Vipi?\n")
    (tmp_path / "good.txt").write_text("What is rain?\n")
    table = {"path": str(tmp_path / "bad.csv"), "kind": "harmful", "columns": {"en": "question", "sw": "sw"}}
    section = Section.from_dict({"groups": [table, {"path": tmp_path / "good.txt", "kind": "harmless"}]})
    assert [(group.kind, *group.prompts.values()) for group in section.prompts] == [
        ("harmful", "How?", "Vipi?"), ("harmless", "What is rain?"),
    ]  # fmt: skip
    assert [group.kind for group in Section.from_dict({"groups": table}).prompts] == ["harmful"]
    with pytest.raises(ConfigError) as caught:
        Section.from_dict({"groups": [{"path": "a.csv", "kind": "bad"}, {"file": "b.csv"}, 3]})
    said = str(caught.value)
    for where in ("groups[0].kind", "groups[1].path", "groups[1].file", "groups[2]"):
        assert f"isoglot.{where}: " in said


@pytest.mark.parametrize("given", [None, "groups.jsonl", ["groups.jsonl"]])
def test_what_is_no_section_is_told_with_what_to_write(given):
    with pytest.raises(ConfigError, match=r"isoglot: expected a mapping .* Add `isoglot:"):
        Section.from_dict(given)


def test_a_section_without_settings_has_the_defaults():
    found = Section.from_dict({"groups": "groups.jsonl", "consistency": None})
    assert (found.consistency, found.reference) == (Consistency(), None)


def test_the_file_of_groups_is_read_when_it_is_needed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = Section.from_dict({"groups": "nothing.jsonl"})
    with pytest.raises(MissingFileError, match=r"nothing\.jsonl"):
        _ = found.prompts


@pytest.mark.parametrize("path", ["llamafactory/qwen2.5-7b-dpo.yaml", "axolotl/qwen2.5-7b-dpo.yaml"])
def test_a_recipe_has_the_default_term(path):
    found = Section.read(RECIPES / path)
    assert (found.consistency, [file.path for file in found.groups]) == (Consistency(), [Path("groups.jsonl")])


# LLaMA-Factory

TRAINING = {"stage": "dpo", "do_train": True, "model_name_or_path": "x"}


def test_llamafactory_is_given_its_own_settings_only(section):
    found, settings = llamafactory.split(TRAINING | {"isoglot": section})
    assert settings == TRAINING
    assert found.consistency == Consistency(**SETTINGS)


def test_trainings_that_the_term_could_not_reach_are_refused(section, monkeypatch):
    monkeypatch.setenv("USE_MCA", "1")
    given = {"stage": "ppo", "use_ray": True, "isoglot": section}
    with pytest.raises(ConfigError) as caught:
        llamafactory.split(given)
    assert [line.split(":")[0] for line in str(caught.value).split("\n")] == ["stage", "do_train", "use_ray", "use_mca"]


def test_a_trainer_made_inside_gets_the_term_and_later_ones_do_not(make, section, expected):
    original = Trainer.train
    with llamafactory.attached(Section.from_dict(section)) as made:
        trainer = make("inside")
        assert not made
        trainer.train()
    assert same(weights(trainer), expected)
    assert [attachment.model for attachment in made] == [trainer.model]
    assert Trainer.train is original
    with pytest.raises(ZeroDivisionError), llamafactory.attached(Section.from_dict(section)):
        raise ZeroDivisionError
    assert Trainer.train is original


@pytest.fixture
def factory(make, monkeypatch):
    """A stand-in of LLaMA-Factory whose ``run_exp`` trains a stock trainer."""
    runs = SimpleNamespace(devices=1, settings=[], trainers=[], trains=True)

    def read_args():  # as the real one: a YAML file, and key=value
        path, *changes = sys.argv[1:]
        settings = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
        return settings | {key: yaml.safe_load(value) for key, value in (change.split("=") for change in changes)}

    def run_exp(args):
        runs.settings.append(args)
        if runs.trains:
            runs.trainers.append(make("factory"))
            runs.trainers[-1].train()

    for name in ("LOCAL_RANK", "NNODES", "NODE_RANK", "NPROC_PER_NODE", "MASTER_ADDR", "MASTER_PORT"):
        monkeypatch.delenv(name, raising=False)
    stand_in(
        monkeypatch,
        "llamafactory.extras.misc",
        get_device_count=lambda: runs.devices,
        find_available_port=lambda: 12345,
    )
    stand_in(monkeypatch, "llamafactory.hparams", read_args=read_args)
    stand_in(monkeypatch, "llamafactory.train.tuner", run_exp=run_exp)
    return runs


@pytest.fixture
def run_yaml(section, tmp_path) -> str:
    path = tmp_path / "run.yaml"
    path.write_text(yaml.safe_dump(TRAINING | {"isoglot": section}), encoding="utf-8")
    return str(path)


def test_the_command_trains_with_the_term_by_llamafactorys_yaml(factory, run_yaml, expected):
    before = list(sys.argv)
    assert llamafactory.main(["train", run_yaml, "seed=3"]) == 0
    assert factory.settings == [TRAINING | {"seed": 3}]
    assert same(weights(factory.trainers[0]), expected)
    assert sys.argv == before


def test_the_command_tells_a_users_mistake_in_a_sentence(factory, run_yaml, capsys):
    assert llamafactory.main(["train", run_yaml, "stage=rm"]) == 1
    assert capsys.readouterr().err.startswith("stage: expected pt or sft or dpo or kto, got rm.")
    assert llamafactory.main(["train", "--stage", "dpo"]) == 1
    assert "expected a YAML file first" in capsys.readouterr().err
    assert llamafactory.main([]) == 2
    assert not factory.trainers


def test_a_run_in_which_nothing_was_attached_says_so(factory, run_yaml):
    factory.trains = False
    with pytest.raises(RunError, match="a training by transformers' Trainer"):
        llamafactory.run([run_yaml])


@pytest.mark.parametrize(("devices", "force"), [(4, None), (1, "1")])
def test_several_devices_get_a_process_each_as_by_llamafactory(factory, run_yaml, monkeypatch, devices, force):
    commands = []
    monkeypatch.setattr(llamafactory.subprocess, "run", lambda command, check: commands.append(command))
    factory.devices = devices
    if force:
        monkeypatch.setenv("FORCE_TORCHRUN", force)
    monkeypatch.setenv("NNODES", "2")
    assert llamafactory.main(["train", run_yaml, "seed=3"]) == 0
    command = commands[0]
    assert command[:3] == [sys.executable, "-m", "torch.distributed.run"]
    options = dict(zip(command[3:13:2], command[4:13:2], strict=True))
    assert options == {
        "--nnodes": "2", "--node_rank": "0", "--nproc_per_node": str(devices), "--master_addr": "127.0.0.1",
        "--master_port": "12345",
    }  # fmt: skip
    assert command[13:] == ["-m", "isoglot.attach.frameworks.llamafactory", run_yaml, "seed=3"]
    assert not factory.settings
    monkeypatch.setenv("LOCAL_RANK", "0")  # one of these processes, which is to train and not to start others
    factory.trains = False
    with pytest.raises(RunError):
        llamafactory.run([run_yaml])
    assert (len(factory.settings), len(commands)) == (1, 1)


# Axolotl


class DictDefault(dict):
    """As Axolotl's: attributes are keys, what is not there is None."""

    def __getattr__(self, name):
        if name == "to_dict":
            raise AttributeError(name)
        return self.get(name)


class Nested(DictDefault):
    """And with its way to plain values."""

    def to_dict(self):
        return {key: value.to_dict() if isinstance(value, Nested) else value for key, value in self.items()}


@pytest.fixture
def axolotl(monkeypatch):
    """Our module as it is where Axolotl is installed."""

    class BasePlugin:
        def __init__(self):
            self.ready = True

        def get_trainer_cls(self, cfg):
            """One of the many that the plug-in leaves as they are."""

    stand_in(monkeypatch, "axolotl.integrations.base", BasePlugin=BasePlugin)
    spec = importlib.util.spec_from_file_location("isoglot.attach.frameworks._axolotl", ours.__file__)
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return module


def test_the_plugin_is_one_of_axolotls(axolotl):
    plugin = axolotl.IsoglotPlugin()
    assert plugin.ready
    assert plugin.get_trainer_cls({}) is None
    module, _, name = plugin.get_input_args().rpartition(".")
    assert getattr(importlib.import_module(module), name) is ours.IsoglotArgs


def test_axolotls_own_check_tells_what_is_wrong_with_the_section():
    class Config(BaseModel):
        base_model: str

    class Both(Config, ours.IsoglotArgs):
        pass

    assert Both(base_model="x").isoglot is None
    assert Both(base_model="x", isoglot={"groups": "g"}).model_dump(exclude_none=True)["isoglot"] == {"groups": "g"}
    with pytest.raises(ValidationError, match=r"isoglot\.consistency\.weight: expected a number >= 0, got -1"):
        Both(base_model="x", isoglot={"groups": "g", "consistency": {"weight": -1}})


@pytest.mark.parametrize("kind", [DictDefault, Nested])
def test_the_plugin_attaches_and_saves_beside_the_model(kind, axolotl, make, section, expected, tmp_path):
    output = tmp_path / "end"
    output.mkdir()
    nested = kind(section | {"consistency": kind(section["consistency"])})
    cfg, plugin = kind(isoglot=nested, output_dir=str(output)), axolotl.IsoglotPlugin()
    assert plugin.load_datasets(cfg) is None
    trainer = make("axolotl")
    plugin.post_trainer_create(cfg, trainer)
    trainer.train()
    assert same(weights(trainer), expected)
    plugin.post_train(cfg, trainer.model)
    assert load_file(output / "consistency.safetensors")
    assert plugin.attachment is None


def test_the_plugin_looks_at_the_groups_before_a_model_is_loaded_but_not_to_preprocess(axolotl, section):
    cfg = DictDefault(isoglot=section | {"groups": "nothing.jsonl"})
    assert axolotl.IsoglotPlugin().load_datasets(cfg, preprocess=True) is None
    with pytest.raises(MissingFileError):
        axolotl.IsoglotPlugin().load_datasets(cfg)
    with pytest.raises(ConfigError, match="Add `isoglot:"):
        axolotl.IsoglotPlugin().load_datasets(DictDefault())


def test_the_plugin_refuses_what_is_no_hugging_face_trainer(axolotl, section):
    with pytest.raises(ModelError, match="got SimpleNamespace"):
        axolotl.IsoglotPlugin().post_trainer_create(DictDefault(isoglot=section), SimpleNamespace())


def test_the_plugin_saves_nothing_where_it_attached_nothing(axolotl, tmp_path):
    axolotl.IsoglotPlugin().post_train(DictDefault(output_dir=str(tmp_path)), None)
    assert not list(tmp_path.glob("*.safetensors"))


# ms-swift


@pytest.fixture
def swift(monkeypatch):
    """ms-swift's table of callbacks."""
    return stand_in(monkeypatch, "swift.callbacks", callbacks_map={}).callbacks_map


class SwiftTrainer(Trainer):
    """As ms-swift's: callbacks are made, with the trainer, before it is complete."""

    table: ClassVar[dict] = {}

    def __init__(self, *, args, **options):
        super().__init__(args=args, callbacks=[self.table["isoglot"](args, self)], **options)


def test_the_callback_attaches_when_training_begins(swift, make, section, expected, monkeypatch):
    ms_swift.register(section)
    monkeypatch.setattr(SwiftTrainer, "table", swift)
    trainer = make("swift", SwiftTrainer)
    assert getattr(trainer, "_isoglot", None) is None
    trainer.train()
    assert same(weights(trainer), expected)
    assert trainer.train.__func__ is Trainer.train


def test_the_section_may_stand_in_a_yaml_file(swift, section, tmp_path):
    path = tmp_path / "isoglot.yaml"
    path.write_text(yaml.safe_dump({"isoglot": section}), encoding="utf-8")
    ms_swift.register(path)
    assert list(swift) == ["isoglot"]


def test_groups_that_are_not_there_are_told_when_the_plugin_is_imported(swift):
    with pytest.raises(MissingFileError):
        ms_swift.register({"groups": "nothing.jsonl"})
    assert not swift


def test_the_recipes_plugin_registers_the_default_term(swift, groups, tmp_path, monkeypatch, make):
    groups.write(tmp_path / "groups.jsonl")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(RECIPES / "ms-swift" / "isoglot_plugin.py"))
    settings = yaml.safe_load((RECIPES / "ms-swift" / "qwen2.5-7b-dpo.yaml").read_text(encoding="utf-8"))
    assert settings["external_plugins"] == "recipes/ms-swift/isoglot_plugin.py"
    monkeypatch.setattr(SwiftTrainer, "table", {"isoglot": swift[settings["callbacks"]]})
    trainer = make("recipe", SwiftTrainer)
    with pytest.warns(UserWarning, match=r"^consistency.budget: expected at most 0.5"):  # rows of six tokens
        trainer.train()
    assert trainer._isoglot.consistency == Consistency()


# One's own loop


def blocks(page: str, heading: str) -> str:
    """The first block of Python under a heading of a page in docs/frameworks."""
    text = (RECIPES.parent / "docs" / "frameworks" / page).read_text(encoding="utf-8")
    return text.partition(f"## {heading}\n")[2].partition("```python\n")[2].partition("```")[0]


@pytest.fixture
def batch(tokenizer, pairs) -> dict:
    ids = torch.tensor([tokenizer.apply_chat_template(pairs[0]["prompt"] + pairs[0]["chosen"], return_dict=False)])
    return {"input_ids": ids, "labels": ids}


def test_the_loop_of_the_page_runs_as_it_stands(tiny_model, tokenizer, groups, batch, tmp_path, monkeypatch):
    groups.write(tmp_path / "groups.jsonl")
    monkeypatch.chdir(tmp_path)
    lines = []
    names = dict(model=tiny_model, tokenizer=tokenizer, torch=torch, steps=8, micro_steps=2, folder=tmp_path)
    names |= dict(micro_batches=lambda step: [batch] * 2, log=lambda step, metrics: lines.append(metrics))
    exec(blocks("own-loops.md", "PyTorch").replace("lr=1e-5", "lr=3e-3"), names)  # noqa: S102 - our own page
    assert lines[-1]["consistency/loss"] < 0.7 * lines[0]["consistency/loss"]
    assert (tmp_path / "consistency.safetensors").exists()


def test_a_loop_that_is_resumed_ends_as_one_never_stopped(tiny_model, tokenizer, groups, batch, tmp_path):
    settings, ends = Consistency(**SETTINGS), []

    def train(model, attachment, steps):
        for step in steps:
            model(**batch).loss.backward()
            attachment.backward(step)
            with torch.no_grad():
                for parameter in model.parameters():
                    parameter -= 1e-4 * parameter.grad  # in spreads of a random model gradients are large
            model.zero_grad()

    for stops in (False, True):
        model = copy.deepcopy(tiny_model)
        attachment = Attachment.for_model(model, tokenizer, settings, groups)
        train(model, attachment, range(2))
        if stops:
            attachment.save(tmp_path)
            attachment = Attachment.for_model(model, tokenizer, settings, groups)
            attachment.load(tmp_path)
        train(model, attachment, range(2, 4))
        ends.append(dict(model.named_parameters()))
    assert same(*ends)
