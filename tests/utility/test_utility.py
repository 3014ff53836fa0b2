"""Utility by language: which tasks are meant, numbers against a hand computation, a base model, going on."""

from __future__ import annotations

import copy
import json
import logging
import math
import shutil
from pathlib import Path

import pytest
import torch

from isoglot.errors import ConfigError, DataError, MissingFileError, RunError
from isoglot.files import write_json
from isoglot.metrics import wilson
from isoglot.models.load import load
from isoglot.utility import Chosen, LoadedModel, Sample, chosen, run_utility
from isoglot.utility.families import flores_tag
from isoglot.utility.run import base_samples
from isoglot.utility.summary import summarise

from .conftest import QUESTIONS

NAMES = [
    "belebele", "belebele_swh_Latn", "belebele_ckb_Arab", "belebele_zho_Hans", "belebele_zho_Hant",
    "belebele_afr_prompt_1", "global_mmlu_sw", "global_mmlu_full_sw", "global_mmlu_sw_medical",
    "mmmlu_sw_ke", "mmmlu_pt_br", "mmmlu_sw_ke_anatomy",
    "mgsm_direct_sw", "mgsm_native_cot_sw", "arc_easy", "arc_ar", "mmlu_pro", "xwinograd_jp", "hellaswag",
]  # fmt: skip


def test_tasks_are_found_by_family_and_language():
    def names(*wanted, **more):
        return [(one.language, one.task) for one in chosen(wanted, NAMES, **more)[0]]

    every = [("ckb", "belebele_ckb_Arab"), ("sw", "belebele_swh_Latn")]
    assert names("belebele") == [*every, ("zh", "belebele_zho_Hans"), ("zh-Hant", "belebele_zho_Hant")]
    assert names("belebele", languages=["sw", "ckb"]) == every[::-1]
    assert names("global_mmlu") == [("sw", "global_mmlu_sw")]
    assert names("global_mmlu_full") == [("sw", "global_mmlu_full_sw")]
    assert names("mmmlu") == [("pt", "mmmlu_pt_br"), ("sw", "mmmlu_sw_ke")]
    assert names("mgsm", "mgsm_native_cot") == [("sw", "mgsm_direct_sw"), ("sw", "mgsm_native_cot_sw")]
    assert names("arc") == [("ar", "arc_ar")]
    assert names("xwinograd", languages=["ja"]) == [("ja", "xwinograd_jp")]
    assert chosen(["belebele_swh_Latn"], NAMES)[0] == [
        Chosen("belebele", "sw", "belebele_swh_Latn", ("link", "question_number"))
    ]
    assert chosen(["mgsm", "belebele"], NAMES, ["sw", "ckb", "ps"])[1] == {"mgsm": ["ckb", "ps"], "belebele": ["ps"]}
    with pytest.raises(ConfigError) as caught:
        chosen(["belebelle", "mgsm_native_cots", "hellaswag", "mgsm"], NAMES, ["ps"])
    nameless = "expected a task whose language is known, got another. Name it by its language, as in NAME_sw."
    assert str(caught.value).splitlines() == [
        "--utility: unknown task 'belebelle'. Did you mean 'belebele'?",
        "--utility: unknown task 'mgsm_native_cots'. Did you mean 'mgsm_native_cot'?",
        f"--utility hellaswag: {nameless}",
        "--utility mgsm: expected a task in ps, got only sw. Choose other --languages.",
    ]
    assert flores_tag("khk_Cyrl") == "mn"


def test_numbers_of_hand_made_samples():
    def made(task, scores, **more):
        return [Sample(f"/{place}", score, "acc", "none", **more) for place, score in enumerate(scores)]

    english, swahili = Chosen("t", "en", "t_en"), Chosen("t", "sw", "t_sw")
    base = {english: made("t_en", [1, 1, 0, 0]), swahili: made("t_sw", [1, 0, 0, 0])}
    now = {english: made("t_en", [1, 1, 1, 0]), swahili: made("t_sw", [0, 0, 0, 0], response="x", language="en")}
    now[swahili][3] = now[swahili][3]._replace(language="sw")
    now[swahili][2] = now[swahili][2]._replace(language="undetermined")
    found = summarise(now, base, {"t": ["ps"]})["t"]
    assert found["languages"]["en"]["score"] == wilson(3, 4).as_dict()
    assert found["languages"]["sw"]["own"] == wilson(1, 3).as_dict()
    assert found["languages"]["sw"]["answers"] == {"en": 2, "undetermined": 1, "sw": 1}
    assert not {"own", "empty"} & set(found["languages"]["en"])
    assert (found["mean"]["value"], found["mean"]["n"], found["missing"]) == (0.375, 4, ["ps"])
    assert [found["languages"][tag]["difference"]["value"] for tag in ("en", "sw")] == [0.25, -0.25]
    assert found["difference"]["value"] == 0
    assert found["difference"]["low"] < 0 < found["difference"]["high"]
    for place, finish in ((0, None), (1, "tool_calls")):
        now[swahili][place] = now[swahili][place]._replace(response=" ", finish=finish, score=0)
    now[swahili][2] = now[swahili][2]._replace(score=1)
    silent = summarise(now)["t"]["languages"]["sw"]
    assert (silent["empty"], silent["empty_finish"]) == (wilson(2, 4).as_dict(), {"not said": 1, "tool_calls": 1})
    assert (silent["score"], silent["score_of_answered"]) == (wilson(1, 4).as_dict(), wilson(1, 2).as_dict())
    half = summarise({english: made("t_en", [0.5, 0.25])})["t"]["languages"]["en"]["score"]
    assert (half["value"], half["method"]) == (0.375, "bootstrap over prompts")


def test_damaged_numbers_are_refused_in_words(tmp_path):
    asked, task = {"limit": None}, Chosen("t", "en", "t_en")
    (tmp_path / "utility.json").write_text('{"asked": 3, "tasks": {"t": 5}}')
    (tmp_path / "utility.t_en.jsonl").write_text('{"key": "/0", "score": 1, "metric": "acc", "filter": "none"}\n{"ke')
    with pytest.raises(DataError) as caught:
        base_samples(tmp_path, asked, [task])
    assert [line.partition(": ")[0].removeprefix(f"{tmp_path}/") for line in str(caught.value).splitlines()] == [
        "utility.json.asked", "utility.json.tasks.t",
    ]  # fmt: skip
    (tmp_path / "utility.json").write_text('{"asked": {"limit": null}}')
    with pytest.raises(DataError, match=r"line 2: expected a sample, got '{\"ke'\. Remove the file"):
        base_samples(tmp_path, asked, [task])


@torch.no_grad()
def by_hand(model, tokenizer, context, choice):
    """The sum of the log-probabilities of a choice's tokens after a text, one token at a time."""
    context, whole = tokenizer(context).input_ids, tokenizer(context + choice).input_ids
    total = 0.0
    for place in range(len(context), len(whole)):
        logits = model(torch.tensor([whole[:place]])).logits[0, -1]
        total += math.log(torch.softmax(logits.double(), -1)[whole[place]])
    return total


@pytest.mark.training
@pytest.mark.filterwarnings("ignore::Warning:(lm_eval|datasets|multiprocess|dill|fsspec|sacrebleu)")
@pytest.mark.parametrize("template", [None, False])
def test_a_model_on_own_tasks_in_two_languages(tiny_model, tokenizer, own_tasks, tmp_path, template):
    """With the chat template there is no space between what it writes and a choice."""

    def told(question, choice):
        if template is False:
            return question, f" {choice}"
        turns = [{"role": "user", "content": question}]
        return tokenizer.apply_chat_template(turns, add_generation_prompt=True, tokenize=False), choice

    other = copy.deepcopy(tiny_model)
    with torch.no_grad():
        other.lm_head.weight.copy_(torch.randn_like(other.lm_head.weight))

    def run(model, *arguments, **more):
        subject = LoadedModel(model, tokenizer, name="b" if model is other else "t", batch_size=2, template=template)
        return run_utility(subject, *arguments, include_path=own_tasks, **more)

    run(other, ["colours", "telling"], tmp_path / "base")
    output = tmp_path / "out"
    found = run(tiny_model, ["colours", "telling"], output, base=tmp_path / "base")
    assert json.loads((output / "utility.json").read_text()) == found
    assert (found["base"], found["asked"]["model"], found["asked"]["limit"]) == ("b", "t", None)
    for tag, questions in QUESTIONS.items():
        lines = [json.loads(line) for line in (output / f"utility.colours_{tag}.jsonl").read_text().splitlines()]
        right = 0
        for place, (question, line) in enumerate(zip(questions, lines, strict=True)):
            hand = [by_hand(tiny_model, tokenizer, *told(question, choice)) for choice in ("one", "two three")]
            assert line["logprobs"] == pytest.approx(hand, abs=1e-4)
            assert line["score"] == float(hand.index(max(hand)) == place % 2)
            right += line["score"] == 1
        assert found["tasks"]["colours"]["languages"][tag]["score"] == wilson(right, 3).as_dict()
        lines = [json.loads(line) for line in (output / f"utility.telling_{tag}.jsonl").read_text().splitlines()]
        ids = torch.tensor([tokenizer(told(questions[0], "")[0]).input_ids])
        hand = tiny_model.generate(ids, max_new_tokens=8, do_sample=False)[0, ids.shape[1] :]
        assert lines[0]["response"].strip() == tokenizer.decode(hand, skip_special_tokens=True).strip()
        telling = found["tasks"]["telling"]["languages"][tag]
        assert sum(telling["answers"].values()) == 3
        assert set(telling["own"]) >= {"value", "n"}
        assert telling["score"]["value"] == 0
    assert found["tasks"]["colours"]["difference"]["n"] == 3
    assert logging.getLogger("lm_eval").level != logging.ERROR

    # Going on: what is there is not run again; other settings are refused; a half-written file is none.
    (output / "utility.colours_sw.jsonl").unlink()
    marked = (output / "utility.colours_en.jsonl").read_text().replace('"score": 0.0', '"score": 1.0')
    (output / "utility.colours_en.jsonl").write_text(marked)
    with pytest.warns(UserWarning, match="Without a difference to b now: colours in en, sw; telling in en, sw"):
        again = run(tiny_model, ["colours"], output)
    assert again["tasks"]["colours"]["languages"]["en"]["score"]["value"] == 1
    was = found["tasks"]["colours"]["languages"]["sw"]
    assert again["tasks"]["colours"]["languages"]["sw"]["score"] == was["score"]
    was = found["tasks"]["telling"]["languages"]["sw"]
    del was["difference"]  # which is to a base that this call has none of
    assert again["tasks"]["telling"]["languages"]["sw"] == was
    alone = run(tiny_model, ["telling_sw"], output)["tasks"]
    assert {name: sorted(task["languages"]) for name, task in alone.items()} == {
        "colours": ["en", "sw"], "telling": ["en", "sw"],
    }  # fmt: skip
    (output / "utility.telling_en.jsonl").unlink()
    moved = LoadedModel(tiny_model, tokenizer, name="moved", batch_size=2, template=template)
    same = run_utility(moved, ["telling_en"], output, include_path=own_tasks)
    assert (same["asked"]["model"], same["tasks"].keys()) == ("moved", {"colours", "telling"})
    with pytest.raises(RunError, match=r"limit \(None there, 1 now\)"):
        run(tiny_model, ["colours"], output, limit=1)
    with pytest.raises(RunError, match="model_hash"):
        run(other, ["colours"], output)
    subject = LoadedModel(tiny_model, tokenizer, template=template is False)
    other_way = r"chat_template \((True there, False|False there, True) now\)\. Measure the base"
    with pytest.raises(RunError, match=other_way):
        run_utility(subject, ["colours"], tmp_path / "o", base=tmp_path / "base", include_path=own_tasks)
    with pytest.raises(MissingFileError, match=r"no utility\.json"):
        run(tiny_model, ["colours"], output, base=tmp_path)
    (own_tasks / "note.txt").write_text("another folder")
    with pytest.raises(
        RunError, match=r"--include-path \(its tasks were others there\)\. Give the --include-path of then"
    ):
        run(tiny_model, ["colours"], output)
    (own_tasks / "en.json").unlink()
    with pytest.raises(RunError, match="utility, colours_en: expected a task that runs"):
        run(tiny_model, ["colours"], tmp_path / "none")


@pytest.mark.parametrize(
    ("there", "now", "said"),
    [
        ("1f3c", None, "a folder of own tasks there, none now"),
        (None, "1f3c", "none there, a folder of own tasks now"),
        ("1f3c", "77ab", "its tasks were others there"),
    ],
)
def test_other_tasks_of_the_users_own_are_told_by_the_option_and_not_by_their_hash(tmp_path, there, now, said):
    asked = {"limit": None, "lm_eval": "1", "chat_template": False}
    write_json(tmp_path / "utility.json", {"asked": asked | {"own_tasks": there}})
    with pytest.raises(RunError) as caught:
        base_samples(tmp_path, asked | {"own_tasks": now}, [])
    step = "Measure the base model with the same tasks, limit and --utility-template, or name the model itself."
    got = f"got one with other settings: --include-path ({said}). {step}"
    assert str(caught.value) == f"{tmp_path}: expected numbers of a base model with the same settings, {got}"


@pytest.mark.training
@pytest.mark.filterwarnings("ignore::Warning:(lm_eval|datasets|multiprocess|dill|fsspec|sacrebleu)")
def test_the_command_with_and_without_prompts_and_the_page(
    call, tiny_folder, groups, own_tasks, tmp_path, monkeypatch, caplog
):
    monkeypatch.chdir(tmp_path)
    groups.select(languages=["en", "sw", "zh"], limit=1).write("test.jsonl")
    options = ("--utility", "colours,telling", "--include-path", own_tasks, "--utility-limit", 2, "--batch-size", 2)
    status, out, err = call("evaluate", tiny_folder, *options, "--languages", "sw,ps", "--base", tiny_folder)
    assert status == 0, err
    assert "utility: colours" in out
    assert "difference to the base 0\xa0points (−66 to +66)" in out
    assert "; there is none in ps" in out
    assert not [line for line in err.splitlines() if "lm_eval" in line or "it/s" in line]
    assert "Utility: colours_sw: 4/4, in " in err
    assert "Utility: telling_sw: 2/2, in " in err
    assert not [record for record in caplog.records if record.name.startswith("lm_eval")]
    (folder,) = Path("runs").glob("evaluate-*/evaluations/utility")
    assert err.rstrip().endswith(f"Results are in {folder}. Next: isoglot report {folder.parent.parent}")
    assert call("report", folder.parent.parent, "-o", "alone.html")[0] == 0
    assert json.loads((folder / "utility.json").read_text())["asked"]["limit"] == 2
    assert {path.name for path in folder.iterdir()} == {
        "base", "utility.json", "utility.colours_sw.jsonl", "utility.telling_sw.jsonl",
    }  # fmt: skip
    prompts = ("--prompts", "test.jsonl", "--max-new-tokens", 2, "--output", "both", "--base", folder)
    status, out, err = call("evaluate", tiny_folder, *options, "--languages", "sw", *prompts, "--json")
    assert status == 0, err
    found = json.loads(out)
    assert found["kinds"]
    assert found["utility"]["tasks"]["colours"]["languages"]["sw"]["difference"]["value"] == 0
    lines = Path("both/utility.telling_sw.jsonl").read_text().replace('"score": 0.0', '"score": 1.0')
    Path("both/utility.telling_sw.jsonl").write_text(lines)
    status, out, err = call("evaluate", "--from", "both", "--include-path", own_tasks, "--output", "more")
    assert status == 0, err
    assert "Settings: the same." in out
    assert "Utility, colours, mean of languages: " in out
    assert "Utility, telling, mean of languages: 100.0 % before, 0.0 % now; difference −100\xa0points" in out
    assert json.loads(Path("more/again.json").read_text())["utility"]["telling"]["now"]["value"] == 0
    assert call("report", "both", "--output", "report.html")[0] == 0
    page = Path("report.html").read_text()
    assert "<h3>Utility</h3>" in page
    assert ">colours<" in page
    assert "Asked through the chat template." in page
    assert call("evaluate", tiny_folder, *options, "--languages", "sw", "--utility-template", "off")[0] == 1
    shutil.copytree(tiny_folder, "bare")
    Path("bare/chat_template.jinja").unlink()
    with_weights = []

    def noting(*arguments, weights=True, **more):
        with_weights.append(weights)
        return load(*arguments, weights=weights, **more)

    monkeypatch.setattr("isoglot.models.load.load", noting)
    status, _, err = call("evaluate", tiny_folder, *options, "--base", "bare", "--output", "nowhere")
    assert with_weights == [False, False]  # it is known without them
    assert (status, "got one that is asked without a chat template. Give --utility-template off" in err) == (2, True)
    assert not Path("nowhere").exists()
    plain = ("--languages", "sw", "--utility-template", "off", "--output", "plain", *prompts[:4])
    status, out, err = call("evaluate", tiny_folder, *options, *plain)
    assert "Asked without a chat template." in out, err
    assert json.loads(Path("plain/protocol.json").read_text())["command"]["utility_template"] == "off"
    assert call("report", "both", "plain", "--output", "report.html", "--force")[0] == 0
    assert "<bdi>both</bdi>; without: <bdi>plain</bdi>. Numbers of the one" in Path("report.html").read_text()
    assert "Known gaps" in page
    status, _, err = call("evaluate", tiny_folder, "--utility", "colours", "--include-path", "nowhere")
    assert (status, "expected a folder with tasks, got nothing" in err) == (1, True)
    (own_tasks / "broken_en.yaml").write_text("task: [broken_en\ninclude: !function me.you\n")
    status, _, err = call("evaluate", tiny_folder, "--utility", "broken", "--include-path", own_tasks)
    assert (status, "--utility: unknown task 'broken'" in err) == (2, True)
    assert f"{own_tasks / 'broken_en.yaml'}: expected YAML, got something else" in err
