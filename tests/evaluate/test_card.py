"""The protocol card: what is known, what says that it is not, what strictness asks, and an evaluation made again."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from isoglot import PromptGroups, RuleJudge, Verdict, evaluate
from isoglot.errors import ConfigError, RunError
from isoglot.evaluate import judge_again
from isoglot.evaluate.prompts.prompt_sets import language_facts, prompt_sets
from isoglot.evaluate.protocol.calibrated_card import calibration_fact
from isoglot.evaluate.protocol.card import About, check_info, fields_of, with_stated
from isoglot.evaluate.protocol.card_text import protocol_text, rows
from isoglot.evaluate.protocol.protocol_files import begin_protocol, look_again
from isoglot.files import without_home
from isoglot.groups import PromptGroup
from isoglot.judges import as_batch_judge
from isoglot.runs.card import Card, Unknown, unknown_fields
from isoglot.validation import checked


def of(number, **more):
    prompts = {"en": f"Question {number}?", "sw": f"Swali {number}?"}
    return PromptGroup.from_record({"id": str(number), "kind": "harmful", "prompts": prompts, **more})


def test_sets_and_languages_say_what_their_groups_say_and_no_more():
    nllb = {"sw": {"backend": "nllb", "model": "x/nllb", "checks": ["back-translation", "people"]}}
    groups = PromptGroups(
        [
            of(1, source="mine", licence="MIT", version=2, provenance=nllb),
            of(2, source="mine", licence="MIT", version=2, provenance={"sw": "by a person"}),
            of(3, source="MultiJail"),
            of(4),
        ]
    )
    mine, multijail, rest = prompt_sets(groups, "test")
    assert (mine.name, mine.licence, mine.version, mine.groups, mine.prompts) == ("mine", "MIT", "2", 2, 4)
    assert (multijail.licence, isinstance(multijail.version, Unknown)) == ("MIT", True)
    assert (rest.name, isinstance(rest.licence, Unknown)) == ("test", True)
    assert len({one.hash for one in (mine, multijail, rest)}) == 3
    facts = language_facts(groups.select(without=["4"]))
    assert facts["en"].translated == facts["en"].checked == "not translated: the pivot"
    swahili = "nllb x/nllb (1); by a person (1); by native speakers (arXiv 2310.06474) (1)"
    assert facts["sw"].translated == swahili
    assert facts["sw"].checked.unknown.startswith("Known of 1 of 3 prompts. Add provenance.sw.checks")
    assert language_facts(groups[:1])["sw"].checked == "back-translation, people"
    for checks, said in (([], "by rules, which found nothing"), (["length"], "by rules, which found length")):
        ours = of(1, provenance={"sw": {"backend": "hf", "model": "m", "checks": checks, "score": 0.9}})
        assert language_facts(PromptGroups([ours]))["sw"].checked == said


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"checked": "by Ann"}, "by Ann"),
        ({"checked": True}, "true"),
        ({"checked": "rules of our house"}, "rules of our house"),
        ({"checked": ["Ann", "Ben"], "also_checked": "Cem", "score": 0.9}, "Cem, Ann, Ben"),
        ({"checked": "Ann", "checks": ["length"], "score": 0.9}, "Ann; by rules, which found length"),
        ({"checked": "rules, x/LaBSE (isoglot 0.2.0rc1)"}, "by rules, x/LaBSE (isoglot 0.2.0rc1), which found nothing"),
        ({"checked": "rules (isoglot 0.1.0)", "checks": ["Ann"]}, "Ann; by rules (isoglot 0.1.0), which found nothing"),
        ({"checked": False}, "not checked"),
        ({"mark": "keep", "hash": "ab"}, "not checked; marked to be kept"),
        (
            {"checked": "rules (isoglot 0.1.0)", "checks": ["kept"], "score": 1.0, "mark": "keep", "hash": "ab"},
            "by rules (isoglot 0.1.0), which found kept; marked to be kept",
        ),
    ],
)
def test_what_others_say_of_their_checks_is_told_as_they_say_it(said, told):
    assert language_facts(PromptGroups([of(1, provenance={"sw": said})]))["sw"].checked == told


def test_what_is_stated_fills_what_is_unknown_by_its_path_or_the_end_of_it():
    card = {"prompt_sets": [{"name": "a", "licence": {"unknown": "Ask."}, "hash": "1"}], "sw": {"licence": "here"}}
    assert list(unknown_fields(card)) == [("prompt_sets.a.licence", "Ask.")]
    for key in ("licence", "a.licence", "prompt_sets.a.licence"):
        filled = with_stated(card, {key: "MIT"})
        assert filled["prompt_sets"][0]["licence"] == "MIT"
        assert (filled["sw"], filled["said"]) == ({"licence": "here"}, ["prompt_sets.a.licence"])
        assert with_stated(filled, {"licence": "BSD"})["prompt_sets"][0]["licence"] == "BSD"  # and stated anew
    assert with_stated(card, {"cence": "MIT"}) == card
    with pytest.raises(ConfigError, match=r"--info: expected a field that is not known \(prompt_sets\.a\.licence\)"):
        check_info(card, {"hash": "2"})
    assert fields_of(["a = b=c"]) == {"a": "b=c"}
    with pytest.raises(ConfigError, match="FIELD=TEXT"):
        fields_of(["licence"])


@pytest.mark.training
def test_strict_fails_before_generation_with_every_unknown_field(tiny_model, tokenizer, few, tmp_path):
    def run(folder, **info):
        return evaluate(
            tiny_model, tokenizer, few, folder, max_new_tokens=2, name="m", about=About(strict=True, info=info)
        )

    with pytest.raises(RunError) as caught:
        run(tmp_path / "bare")
    lines = str(caught.value).splitlines()
    assert len(lines) == 7  # version and licence; two languages, translated and checked; calibration
    assert all("expected a known field, got unknown. " in line for line in lines)
    assert not (tmp_path / "bare").exists()
    info = {"version": "1", "licence": "MIT", "translated": "by hand", "checked": "by two people"}
    with pytest.raises(RunError) as caught:
        run(tmp_path / "most", **info)
    assert "judges.rules.calibration" in str(caught.value)
    assert "\n" not in str(caught.value)
    found = run(tmp_path / "all", **info, calibration="kappa 0.7 in English")
    protocol = json.loads((tmp_path / "all" / "protocol.json").read_text())
    card = checked(Card, protocol["card"], "card")
    assert not list(unknown_fields(protocol["card"]))
    assert card.judges[0].calibration == "kappa 0.7 in English"
    assert "judges.rules.calibration" in card.said
    assert (card.languages["sw"].translated, card.languages["en"].translated[:3]) == ("by hand", "not")
    assert card.model.hardware.startswith("cpu")
    assert {"torch", "transformers", "isoglot"} <= card.software.keys()
    assert card.failures["answers cut at their longest"] == sum(one.finish == "length" for one in found.responses)
    assert not {"card", "command", "info"} & found.metrics["protocol"].keys()
    assert judge_again(tmp_path / "all").metrics == found.metrics  # what was stated stays stated
    assert json.loads((tmp_path / "all" / "protocol.json").read_text()) == protocol
    look_again(tmp_path / "all", strict=True)


@pytest.mark.training
def test_a_folder_without_a_card_is_judged_and_not_strictly(tiny_model, tokenizer, few, tmp_path):
    evaluate(tiny_model, tokenizer, few, tmp_path, max_new_tokens=2)
    path = tmp_path / "protocol.json"
    old = {key: value for key, value in json.loads(path.read_text()).items() if key not in ("card", "command")}
    path.write_text(json.dumps(old))
    with pytest.raises(RunError, match=r"protocol, generation: .* run isoglot evaluate again"):
        look_again(tmp_path, strict=True)
    judge_again(tmp_path)
    card = json.loads(path.read_text())["card"]
    assert {path for path, _ in unknown_fields(card)} == {"generation", "judges.rules.calibration"}


class OtherJudge:
    """Says of itself what the card asks, but for the labels."""

    name, version, model, prompt_hash, kept = "other", "2", "org/judge", "feed", False

    def __call__(self, prompt, response, *, language, kind):
        return Verdict("safe", "none", language)


def test_strictness_asks_of_every_judge_that_will_judge(tmp_path):
    (tmp_path / "protocol.json").write_text(json.dumps({"card": {"unit": "one prompt"}}))
    judges = [RuleJudge(), as_batch_judge(OtherJudge())]
    with pytest.raises(RunError) as caught:
        look_again(tmp_path, judges, strict=True)
    assert [line.partition(":")[0] for line in str(caught.value).splitlines()] == [
        "protocol, judges.rules.calibration",
        "protocol, judges.other.calibration",
    ]
    labels = {"judge": "other", "version": "2", "n": 20}
    (tmp_path / "calibration.other.json").write_text(json.dumps(labels))
    with pytest.raises(RunError) as caught:  # what people labelled is known, of the judge that they labelled
        look_again(tmp_path, judges, strict=True)
    assert str(caught.value).startswith("protocol, judges.rules.calibration")
    assert "other" not in str(caught.value)
    (tmp_path / "calibration.other.json").write_text(json.dumps(labels | {"version": "1"}))
    with pytest.raises(RunError, match=r"judges\.other\.calibration"):
        look_again(tmp_path, judges, strict=True)
    look_again(tmp_path, judges, info={"calibration": "kappa 0.8"}, strict=True)
    with pytest.raises(RunError, match=r"judges\.other\.calibration"):
        begin_protocol(
            {},
            PromptGroups([]),
            None,
            About(
                strict=True,
                info={"rules.calibration": "1", "template.hash": "1", "model.hash": "1", "hardware": "1"},
                judges=judges[1:],
            ),
        )


@pytest.mark.parametrize("known", [True, False])
def test_labels_that_correct_nothing_are_no_calibration(known):
    """Of a judge that said the same of all responses labels do not show how often it is right."""
    value = {"value": 0.6 if known else None, "low": 0.4 if known else None, "high": 0.8 if known else None}
    errors = {"harmful": {"unsafe": {"sensitivity": value, "specificity": value}}}
    found = {"file": "c.json", "hash": "1", "labels": 30, "errors": errors}
    fact = calibration_fact(found, "rules")
    assert (fact == "by 30 labels (c.json, hash 1); harmful prompts, unsafe: sensitivity 60 % (40–80 %), specificity "
            "60 % (40–80 %)") == known  # fmt: skip
    assert isinstance(fact, Unknown) == (not known)
    said = f"{'Rates are' if known else 'No rate is'} corrected by c.json (hash 1): 30 labels"
    assert said in protocol_text({"judge_calibration": found})
    assert "Rates are corrected by" in protocol_text({"judge_calibration": {"file": "c.json", "labels": 30}})


def test_strangers_text_is_text():
    evil = "x\x1b[2J](javascript:alert) `<b>` | \u202e"
    groups = PromptGroups([of(1, source=evil, licence=evil, provenance={"sw": evil})])
    card = Card(prompt_sets=prompt_sets(groups, ""), languages=language_facts(groups), gaps=(evil,)).plain()
    protocol = {"model": evil, "card": card, "judge": evil, "languages": [evil]}
    text, _, _ = protocol_text(protocol).partition("## Not known")  # where paths stand as code
    assert not {"\x1b", "\u202e"} & set(text)
    assert "](javascript" not in text.replace("\\](", "")
    assert "<b>" not in text.replace("\\<b\\>", "")
    assert rows(protocol)["Known gaps"]
    for broken in ({"card": 3}, {"card": {"judges": 3, "languages": [], "prompt_sets": [3], "gaps": "x"}}, {}):
        assert protocol_text(broken).startswith("# Evaluation of a model")


@pytest.mark.training
def test_an_evaluation_made_again_says_what_differs(call, base, few, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    few.write("test.jsonl")
    status, _, err = call("evaluate", base, "--prompts", "test.jsonl", "--max-new-tokens", 6, "--output", "first")
    assert status == 0, err
    path = Path("first/protocol.json")
    protocol = json.loads(path.read_text())
    assert protocol["command"] == {
        "model": without_home(str(base)), "prompts": ["test.jsonl"], "max_new_tokens": 6, "batch_size": 16,
        "dtype": "auto", "samples": 1, "timeout": 300, "max_retries": 5, "utility_template": "auto",
            "judge_max_connections": 8, "judge_timeout": 120.0, "judge_max_retries": 4,
    }  # fmt: skip
    # What a stranger's protocol may not say is not heard: code, places, and options that there are not.
    hostile = {"trust_remote_code": True, "output": "elsewhere", "fail_under": ["harmful_refused=1"], "what": 1}
    judged = {"judge_settings": {"candidates": ["en", "sw"]}}  # as in a trial of a sweep
    path.write_text(json.dumps(protocol | judged | {"command": protocol["command"] | hostile}))
    status, out, err = call("evaluate", "--from", path, "--output", "again")
    assert status == 0, err
    assert "Settings: the same.\nResponses: 0 of 12 differ.\n" in out
    assert json.loads(Path("again/metrics.rules.json").read_text())["protocol"].items() >= judged.items()
    assert out.index("Mean of languages") < out.index("Settings: the same")  # in the end
    assert "mean of languages, answered_own" not in out
    assert not Path("elsewhere").exists()
    status, out, err = call("evaluate", "--from", "first", "--max-new-tokens", 3, "--json")
    assert "Settings that differ: decoding, max new tokens (6 there, 3 now)." in err
    folder = next(Path("runs").glob("*/evaluations/test-*-again"))
    found = json.loads(out)["again"]
    assert found == json.loads((folder / "again.json").read_text())
    assert found["responses"]["compared"] == 12
    assert found["settings"] == ["decoding.max_new_tokens (6 there, 3 now)"]
    few.select(languages=["en"]).write("test.jsonl")
    status, _, err = call("evaluate", "--from", "first", "--output", "other")
    assert (status, Path("other").exists()) == (1, False)
    assert "test.jsonl: expected the prompts of the protocol, hash " in err
    assert "--prompts" in err
    few.write("moved.jsonl")
    assert call("evaluate", "--from", "first", "--output", "other", "--prompts", "moved.jsonl")[0] == 0
    assert call("evaluate", "--from", "nowhere.json")[0] == 1
    status, _, err = call("evaluate", "--from", "first/metrics.json")
    assert status == 1
    step = f"Did you mean {Path('first', 'protocol.json')}?"
    assert f"first/metrics.json: expected the protocol of an evaluation, got another file of JSON. {step}" in err
    Path("bare.json").write_text('{"prompts_hash": "1"}')
    assert "bare.json: no command in it, as of an evaluation made" in call("evaluate", "--from", "bare.json")[2]
    dry = ("evaluate", base, "--prompts", "moved.jsonl", "--output", "dry", "--dry-run")
    status, _, err = call(*dry, "--strict")
    assert (status, err.count("expected a known field, got unknown")) == (1, 7)
    status, _, err = call(*dry, "--info", "licenc=MIT")
    assert (status, "'licenc'" in err) == (2, True)
    status, _, err = call("judge", "first", "--strict")
    assert (status, "judges.rules.calibration" in err) == (1, True)
    assert call("judge", "first", "--info", "calibration=by nobody")[0] == 0
    assert json.loads(path.read_text())["card"]["judges"][0]["calibration"] == "by nobody"
    assert call("evaluate", base)[0] == 2


def test_what_was_stated_of_the_prompts_goes_on_where_an_evaluation_is_made_again(
    call, base, few, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    few.write("test.jsonl")
    stated = ["--info", "licence=MIT", "--info", "version=2", "--info", "rules.calibration=read by us"]
    options = ["--prompts", "test.jsonl", "--max-new-tokens", 4]
    assert call("evaluate", base, *options, "--output", "first", *stated)[0] == 0
    status, _, err = call("evaluate", "--from", "first", "--output", "again", "--info", "version=3")
    assert status == 0, err
    assert "Stated there of the prompts: licence=MIT, version=2." in err
    protocol = json.loads(Path("again/protocol.json").read_text())
    (prompts,) = protocol["card"]["prompt_sets"]
    assert (prompts["licence"], prompts["version"]) == ("MIT", "3")  # what is given now counts
    assert "unknown" in protocol["card"]["judges"][0]["calibration"]  # that is of a model's responses
    path = Path("first/protocol.json")
    path.write_text(
        json.dumps(json.loads(path.read_text()) | {"info": {"licence": ["x"], "nothing": "y", "hash": "z"}})
    )
    assert call("evaluate", "--from", "first", "--output", "third")[0] == 0


def test_the_card_says_which_languages_are_not_told_apart(tmp_path):
    from isoglot.evaluate.protocol.judged_card import card_after
    from isoglot.judges import RuleJudge, Verdict
    from isoglot.runs import Response

    def gaps(*tags):
        judged = [(Response("1", tag, "harmful", "en", "?", "!", "stop"), Verdict("safe", "full", tag)) for tag in tags]
        return " ".join(card_after(tmp_path, {}, judged, {}, RuleJudge())["gaps"])

    assert "language identifier" not in gaps("en", "sw", "ku", "zh", "zh-Hant", "sd")
    said = gaps("en", "nb", "no", "su", "xx", "id", "ms")
    assert "The language identifier does not know su, xx: answers in them are in no known language." in said
    assert "does not tell apart nb and no, id and ms: an answer in one may count as in the other." in said
