"""Text that acts on a terminal, planted into every field of every input: it is shown as text, by every command."""

from __future__ import annotations

import json
import shutil

import pytest
import yaml

from isoglot.quickstart.world.data import alignment_groups, preferences

pytestmark = pytest.mark.training

SIGN = "\x1b]0;zq\x07[bold]\u202e\x9b31m"  # sets the title, is rich's markup, turns text around, makes it red
ACTS = "\x1b\x07\u202e\x9b"


def harmless(*texts: str) -> bool:
    """Whether nothing acts, and the markup stands there as text where the words in front of it do."""
    return not any(set(ACTS) & set(text) or ("zq" in text and "[bold]" not in text) for text in texts)


def lines(records) -> str:
    return "".join(json.dumps(record) + "\n" for record in records)


@pytest.fixture
def files(world, tmp_path):
    """A folder of such a name, with alignment data, groups of such ids, and groups that are none."""
    folder = tmp_path / f"data{SIGN}"
    folder.mkdir()
    (folder / "preferences.jsonl").write_text(lines(preferences(world, 8)))
    groups = [group.to_record() for group in alignment_groups(world, 2)]
    for group in groups:
        group |= {"id": group["id"] + SIGN, "category": SIGN, "source": SIGN, SIGN: SIGN}
        group["prompts"] = {tag: group["prompts"][tag] + SIGN for tag in ("en", "sw")}
    (folder / "groups.jsonl").write_text(lines(groups))
    fields = {"id": 5, "pivot": SIGN, "kind": SIGN, "category": [SIGN], "weights": {"sw": SIGN}, "source": {SIGN: 1}}
    bad = [groups[0] | {key: value} for key, value in fields.items()]
    bad += [groups[0] | {"prompts": {SIGN: "a"}}, groups[0] | {"prompts": {"en": [{"role": SIGN}]}}, groups[0], SIGN]
    (folder / "bad.jsonl").write_text(lines([groups[0], *bad]) + SIGN)
    (folder / "bad.csv").write_text(f"id,{SIGN},en,no,kind\na,b,c d e,1,{SIGN}\n")
    turns = [{"from": SIGN, "value": "a"}]
    data = [{"prompt": SIGN}, {"prompt": turns, "chosen": turns, "rejected": "b"}, {SIGN: SIGN}, {"prompt": {SIGN: 1}}]
    (folder / "bad-pairs.jsonl").write_text(lines(data))
    return folder


@pytest.fixture
def run_file(base, files):
    """Writes a run file with changes."""

    def write(name=f"run{SIGN}.yaml", **changes):
        made = {
            "model": {"path": str(base), "dtype": "float32"},
            "data": {"preferences": str(files / "preferences.jsonl"), "groups": str(files / "groups.jsonl")},
            "consistency": {"groups_per_step": 2},
            "trainer": {"max_steps": 1, "per_device_train_batch_size": 2, "use_cpu": True},
            "output": str(files / f"run{SIGN}"),
        } | changes
        (files / name).write_text(yaml.safe_dump({key: value for key, value in made.items() if value is not None}))
        return files / name

    return write


def hostile_model(base, folder, **config):
    """A model whose configuration and chat template say such things."""
    shutil.copytree(base, folder)
    (folder / "chat_template.jinja").write_text("{{ raise_exception(messages[0].content) }}" + SIGN)
    known = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(known | config))
    return folder


def run_folder(folder):
    """What a stranger may put into a run folder."""
    folder.mkdir()
    response = {"group": f"g{SIGN}", "language": SIGN, "kind": SIGN, "pivot": SIGN, "prompt": SIGN, "response": SIGN}
    (folder / "responses.jsonl").write_text(lines([response, response | {"group": "b", "language": "en"}]))
    verdict = {"outcome": "safe", "refusal": "full", "language": SIGN, "reason": SIGN}
    verdicts = [{"group": f"g{SIGN}", "language": SIGN, "verdict": verdict}, {"group": SIGN, "verdict": SIGN}]
    (folder / f"verdicts.{SIGN}.jsonl").write_text(lines(verdicts))
    names = ("model", "model_hash", "prompts_hash", "judge", "judge_version", "isoglot", SIGN)
    protocol = dict.fromkeys(names, SIGN) | {"languages": [SIGN], "decoding": {"max_new_tokens": SIGN}, "prompts": 9}
    (folder / "protocol.json").write_text(json.dumps(protocol))
    one = {"n": 2, "outcomes": {SIGN: 1}, "safe": {"value": 0.5, "n": 2, "method": SIGN}, SIGN: {"value": 1, "n": 1}}
    kinds = {SIGN: {"languages": {SIGN: one}, "overall": {"measure": SIGN, "worst_language": SIGN}}}
    (folder / "metrics.json").write_text(json.dumps({"kinds": kinds}))
    (folder / "meta.json").write_text(json.dumps({"name": SIGN, "note": SIGN, "aligned": [SIGN]}))
    (folder / "run.yaml").write_text(yaml.safe_dump({"method": SIGN, "consistency": {"objective": SIGN, SIGN: SIGN}}))
    (folder / "environment.json").write_text(json.dumps({"finished": True, SIGN: SIGN, "versions": {SIGN: SIGN}}))
    (folder / "log.jsonl").write_text(lines([{"step": 1, SIGN: 1.0, "loss": SIGN}]))
    (folder / "spectrum.json").write_text(json.dumps({"before": {"layers": [1], "kinds": {SIGN: {}}}, "after": SIGN}))
    return folder


@pytest.mark.filterwarnings("default:.*it was trained on")  # which is said, and must be harmless
@pytest.mark.parametrize("debug", [[], ["--debug"]], ids=["", "debug"])
def test_train_and_evaluate(call, run_file, files, debug):
    status, out, err = call("train", run_file(), *debug)
    assert status == 0, err
    assert harmless(out, err)
    run = files / f"run{SIGN}"
    for more in (["--json"], []):
        asked = ["--prompts", files / "groups.jsonl", "--max-new-tokens", 2, *more, *debug]
        status, out, err = call("evaluate", run, *asked)
        assert status == 0, err
        assert harmless(out, err, next(run.glob("evaluations/*/protocol.md")).read_text())
    assert json.loads(call("train", run / "run.yaml", "--json")[1]) == {"run": str(run)}


def test_what_train_refuses(call, run_file, files, base):
    trainer = {"max_steps": SIGN, SIGN: SIGN, "optim": SIGN, "lr_scheduler_kwargs": {SIGN: SIGN}}
    found = [
        run_file(**dict.fromkeys(("model", "method", "data", "consistency", "trainer", "peft", "output"), SIGN)),
        run_file(**{SIGN: SIGN, "trainer": trainer, "model": {"path": f"{SIGN}/x", SIGN: 1, "dtype": SIGN}}),
        run_file(
            consistency={SIGN: SIGN, "objective": SIGN, "layer": SIGN}, peft={SIGN: 1, "target_modules": SIGN + "("}
        ),
        run_file(peft={"r": 2, "target_modules": SIGN}),
        run_file(trainer={"optim": "adamw_torch", "max_steps": 1, "optim_args": SIGN, "use_cpu": True}),
        run_file(data={"preferences": str(files / "bad-pairs.jsonl"), "groups": str(files / "bad.jsonl")}),
        run_file(data={"preferences": str(files / "none"), "groups": str(files / "bad.csv")}),
        run_file(model={"path": str(hostile_model(base, files / f"model{SIGN}"))}),
        run_file(model={"path": str(hostile_model(base, files / "other", model_type=SIGN, architectures=[SIGN]))}),
        run_file(consistency={"objective": "mine_for_planted:alike"}),
    ]
    (files / "mine_for_planted.py").write_text(f"raise ValueError({SIGN!r})")
    for path in found:
        for debug in ([], ["--debug"]):
            status, out, err = call("train", path, *debug)
            assert status in (1, 2), err
            assert "Unexpected" not in err
            assert harmless(out, err), err
    (files / "run.yaml").write_bytes(b"method: " + SIGN.encode())
    assert harmless(call("train", files / "run.yaml")[2])


def test_what_evaluate_refuses(call, files, base):
    good, model = files / "groups.jsonl", hostile_model(base, files / f"model{SIGN}", model_type=SIGN)
    for arguments in (
        [base, "--prompts", files / "bad.jsonl"],
        [base, "--prompts", files / "bad.csv"],
        [base, "--prompts", files / "bad.csv", "--kind", "harmful", "--output", files / "out"],
        [base, "--prompts", good, "--languages", SIGN],
        [base, "--prompts", good, "--shape", SIGN, "--kind", SIGN],
        [base, "--prompts", good, "--fail-under", f"{SIGN}=1", "--fail-under", f"harmful_refused={SIGN}"],
        [base, "--prompts", files, "--dtype", "float32"],
        [model, "--prompts", good],
        [SIGN, "--prompts", good],
        [hostile_model(base, files / "template"), "--prompts", good, "--output", files / "out2"],
    ):
        _status, out, err = call("evaluate", *arguments)
        assert "Unexpected" not in err
        assert harmless(out, err), err


def test_judge_and_report_of_a_stranger_s_folder(call, tmp_path):
    folder = run_folder(tmp_path / f"run{SIGN}")
    for more in ([], ["--json"], ["--debug"]):
        page = tmp_path / f"page{SIGN}.html"
        status, out, err = call("report", folder, folder, "--output", page, "--title", SIGN, *more)
        assert status == 0, err
        assert harmless(out, err)
        assert not set(ACTS) & set(page.read_text())
        status, out, err = call("compare", folder, folder, "--fail-if-worse", "harmful_safe=0.1", *more)
        assert harmless(out, err)
        assert "Unexpected" not in err
    for more in (["--json"], [], ["--debug"]):
        status, out, err = call("judge", folder, *more)
        assert status == 0, err
        assert "expected an answer to each of 9 prompts, got 2." in err or "--json" not in more  # once a process
        assert harmless(out, err, (folder / "protocol.md").read_text())
    (folder / "responses.jsonl").write_text(SIGN + "\n{}\n")
    assert harmless(*call("judge", folder)[1:])
    assert harmless(*call("report", tmp_path / SIGN, tmp_path)[1:])
    assert harmless(*call("compare", folder, tmp_path / SIGN, "--fail-if-worse", SIGN, "--judge", SIGN)[1:])


def test_sweep(call, run_file, files):
    run = yaml.safe_load(run_file().read_text())
    del run["output"]
    made = {
        "run": run,
        "settings": [{"name": f"a{SIGN}", "consistency.weight": 1.0}, {"name": f"b{SIGN}", "model.path": str(files)}],
        "evaluate": {"groups": str(files / "groups.jsonl"), "max_new_tokens": 2, "unseen": [SIGN]},
        "output": f"sweep{SIGN}",
    }
    changes = [
        {SIGN: SIGN, "seeds": SIGN, "choose": {SIGN: SIGN}},
        {"grid": {SIGN: [SIGN], f"trainer.{SIGN}": [1, SIGN], "consistency.objective": [SIGN]}, "settings": [SIGN]},
        {"run": SIGN},
        {},
    ]
    (files / "broken").mkdir()
    (files / "config.json").write_text(json.dumps({"model_type": SIGN}))
    path = files / f"sweep{SIGN}.yaml"
    for change in changes:
        path.write_text(yaml.safe_dump(made | change))
        for more in (["--dry-run"], ["--dry-run", "--json"]):
            assert harmless(*call("sweep", path, *more)[1:])
    made["evaluate"].pop("unseen")
    path.write_text(yaml.safe_dump(made))
    status, out, err = call("sweep", path)
    assert status == 1  # one setting's model is none
    assert harmless(out, err), err
    written = [file for file in (files / f"sweep{SIGN}").rglob("*") if file.suffix in (".html", ".csv", ".json", ".md")]
    assert len(written) > 10
    assert [file for file in written if set(ACTS) & set(file.read_text())] == []
