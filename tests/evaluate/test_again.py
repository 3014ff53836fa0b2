"""An evaluation made again: what became of its numbers, prompt by prompt."""

from __future__ import annotations

import pytest

from isoglot.errors import MissingFileError
from isoglot.evaluate.again import compared, read_protocol_file, sentences
from isoglot.evaluate.judging.as_before import rules_as_in
from isoglot.files import write_json, write_text
from isoglot.judges import Verdict
from isoglot.runs import Response, verdict_line


def judged_folder(folder, pairs):
    write_text(folder / "responses.jsonl", "".join(response.line() for response, _ in pairs))
    write_text(folder / "verdicts.rules.jsonl", "".join(verdict_line(*pair) for pair in pairs))
    return folder


def test_of_borderline_prompts_it_is_said_how_many_are_refused_before_and_now(tmp_path):
    """They are in the line of harmless prompts, whose measure is another, and in a line of their own."""

    def folder(name, refusals):
        pairs = [
            (
                Response(str(place), tag, "harmless", "en", "?", refusal, "stop", category=category),
                Verdict("safe", refusal, tag),
            )
            for place, (category, refusal) in enumerate(refusals)
            for tag in ("en", "sw")
        ]
        return judged_folder(tmp_path / name, pairs)

    plain = [("history", "none")] * 6
    old = folder("old", [*plain, *[("borderline: homonyms", "full")] * 3, ("borderline", "none")])
    new = folder("new", [*plain, *[("borderline: homonyms", "none")] * 3, ("borderline", "none")])
    found = compared({"judge": "rules"}, old, new, {"judge": "rules"})
    assert list(found["kinds"]) == ["harmless", "borderline"]
    harmless, borderline = found["kinds"].values()
    assert (harmless["measure"], harmless["before"]["value"], harmless["now"]["value"]) == ("answered_own", 0.7, 1.0)
    assert (borderline["measure"], borderline["before"]["value"], borderline["now"]["value"]) == ("refused", 0.75, 0.0)
    assert (borderline["difference"]["value"], borderline["difference"]["n"]) == (-0.75, 4)
    said = "borderline prompts, mean of languages, refused: 75.0 % before, 0.0 % now; difference "
    assert sentences(found)[-1].startswith(said)
    without = compared({"judge": "rules"}, folder("a", plain), folder("b", plain), {"judge": "rules"})
    assert list(without["kinds"]) == ["harmless"]


def test_of_a_judge_that_tells_no_refusals_harmless_prompts_have_the_measure_that_the_evaluation_shows(tmp_path):
    def folder(name, outcomes):
        pairs = [
            (Response(str(place), "en", "harmless", "en", "?", f"{outcome}", "stop"), Verdict(outcome, None, "en"))
            for place, outcome in enumerate(outcomes)
        ]
        return judged_folder(tmp_path / name, pairs)

    old, new = folder("old", ["safe"] * 4), folder("new", ["safe"] * 3 + ["unsafe"])
    harmless = compared({"judge": "rules"}, old, new, {"judge": "rules"})["kinds"]["harmless"]
    assert (harmless["measure"], harmless["before"]["value"], harmless["now"]["value"]) == ("safe", 1.0, 0.75)


def test_numbers_of_two_evaluations_are_paired(tmp_path):
    def folder(name, outcomes):
        pairs = [
            (Response(str(place), "en", "harmful", "en", "?", f"{outcome}", "stop"), Verdict(outcome, "none", "en"))
            for place, outcome in enumerate(outcomes)
        ]
        return judged_folder(tmp_path / name, pairs)

    old = folder("old", ["safe"] * 6 + ["unsafe"] * 4)
    new = folder("new", ["safe"] * 8 + ["unsafe"] * 2 + ["safe"])
    found = compared({"judge": "rules"}, old, new, {"judge": "rules", "model": "x"})
    assert found["responses"] == {"compared": 10, "changed": 2}
    one = found["kinds"]["harmful"]
    assert (one["before"]["value"], one["now"]["value"]) == (0.6, 0.8)
    assert one["difference"]["value"] == pytest.approx(0.2)
    assert -0.3 < one["difference"]["low"] < 0 < 0.2 <= one["difference"]["high"] < 0.6  # two prompts show little
    assert found["settings"] == ["model (None there, 'x' now)"]
    assert sentences(found)[1] == "Responses: 2 of 10 differ"
    cards = [
        {"judge": "rules", "card": {"judges": [{"calibration": fact}]}} for fact in ({"unknown": "Label."}, "by 9")
    ]
    calibrated = compared(cards[0], old, new, cards[1])
    assert calibrated["settings"] == ["judged_by.calibration ('unknown' there, 'by 9' now)"]
    none = compared({"judge": "rules"}, tmp_path / "nowhere", new, {"judge": "rules"})
    assert none["responses"] is None
    assert "nothing can be compared" in sentences(none)[1]


def test_a_run_in_place_of_an_evaluation_names_those_in_it(tmp_path):
    with pytest.raises(MissingFileError, match=r"got nothing\. Check the path\."):
        read_protocol_file(tmp_path)
    for name in ("test-1", "test-2"):
        write_text(tmp_path / "evaluations" / name / "protocol.json", "{}")
    with pytest.raises(MissingFileError) as caught:
        read_protocol_file(tmp_path)
    folder = tmp_path / "evaluations"
    assert str(caught.value).endswith(f"Name an evaluation in it: {folder / 'test-1'}, {folder / 'test-2'}.")


def test_the_rules_expect_the_languages_that_they_expected_in_the_evaluation(tmp_path):
    """Also where another judge has judged it since, whose settings the protocol then says."""
    settings = {"judge": "rules", "judge_settings": {"candidates": ["en", "sw"]}}
    assert rules_as_in(settings, tmp_path).candidates == ("en", "sw")
    assert rules_as_in({"judge": "rules"}, tmp_path).settings == {}
    other = {"judge": "guard", "judge_settings": {"candidates": ["de"]}}
    assert rules_as_in(other, tmp_path).settings == {}
    folder = judged_folder(tmp_path / "judged", [])
    write_json(folder / "metrics.rules.json", {"protocol": settings})
    assert rules_as_in(other, folder).candidates == ("en", "sw")


def test_other_languages_that_the_judge_expected_are_a_setting_that_differs(tmp_path):
    made = {"judge": "rules"}
    found = compared(made | {"judge_settings": {"candidates": ["en"]}}, tmp_path, tmp_path, made)
    assert found["settings"] == ["judge_settings ({'candidates': ['en']} there, None now)"]
