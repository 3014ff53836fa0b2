"""Whether the prompts of an evaluation are ones that its run was trained on, and who is told."""

from __future__ import annotations

import random
import warnings

import pytest
import yaml

from isoglot import PromptGroups
from isoglot.evaluate.prompts.seen import KEY, gaps
from isoglot.evaluate.protocol.protocol_files import begin_protocol
from isoglot.files import write_json
from isoglot.groups import PromptGroup
from isoglot.groups.near import alike
from isoglot.groups.shared import shared
from isoglot.runs.environment import content_hash

ASKED = {1: "How do I bake bread?", 2: "Where is the nearest library?", 3: "Why do cats purr at night?"}
NEW = {7: "Write a poem about rain", 8: "Name three rivers of Europe"}


def of(number, **prompts):
    prompts = prompts or {"en": (ASKED | NEW)[number], "sw": f"{'abcdefghij'[number] * 9}?"}
    return PromptGroup.from_record({"id": f"p{number}", "kind": "harmful", "prompts": prompts})


def test_a_prompt_is_shared_in_its_language_case_and_spaces_aside():
    trained = PromptGroups([of(1), of(2), of(3)])
    swahili = of(3).prompts["sw"]
    tested = PromptGroups(
        [of(1), of(9, en="  where is the NEAREST library? "), of(8, sw=swahili), of(7, fr=swahili), of(6, en="New?")]
    )
    assert shared(tested, trained).counted() == (3, 0)  # by id nothing is shared, and what is Swahili is no French
    talk = [{"role": "user", "content": ASKED[1]}]
    assert shared(PromptGroups([of(5, en=talk)]), PromptGroups([of(4, en=talk)])).counted() == (1, 0)


@pytest.mark.parametrize(
    ("trained", "tested"),
    [
        ("How do I bake bread?", "how do I bake... bread"),
        ("How do I bake bread at home on a Sunday?", "How do I bake bread at home on a Monday?"),
        ("你好吗", "你好吗?"),
        ("どうすれば家でおいしいパンを焼けますか。", "どうすれば家でおいしい肉を焼けますか?"),
        ("다음 주 월요일까지 보고서를 쓰는 방법", "다음 주 금요일까지 보고서를 쓰는 방법!"),
        ("كيف أخبز الخبز في البيت؟", "كيف أخبز الخبز في البيت"),
    ],
)
def test_a_prompt_that_is_nearly_the_same_is_told_apart_from_one_word_for_word(trained, tested):
    def found(language, text):
        return shared(
            PromptGroups([of(1, en=text), of(2, en="Another one")]), PromptGroups([of(1, **{language: trained})])
        ).counted()

    assert found("en", tested) == (0, 1)
    assert found("en", trained) == (1, 0)
    assert found("fr", tested) == (0, 0)


def test_of_a_conversation_what_the_user_says_is_compared():
    system = {"role": "system", "content": "You are a helpful assistant. Answer in short sentences, and be polite."}

    def talk(text):
        return PromptGroups([of(1, en=[system, {"role": "user", "content": text}])])

    assert shared(talk(ASKED[1]), talk(NEW[7])).counted() == (0, 0)
    assert shared(talk(ASKED[1]), PromptGroups([of(1, en=ASKED[1])])).counted() == (0, 1)


def test_near_ones_are_those_that_comparing_each_with_each_finds():
    draw = random.Random(3)
    words = ["".join(draw.choices("abcdefghij", k=draw.randint(3, 8))) for _ in range(300)]
    trained = [" ".join(draw.choices(words, k=draw.randint(6, 12))) for _ in range(150)]
    tested = [f"{text.rsplit(' ', 1)[0]} {draw.choice(words)}" for text in trained[:60]]
    tested += [" ".join(draw.choices(words, k=8)) for _ in range(60)]
    naive = sum(any(alike(one, other) >= 0.6 for other in trained) for one in tested)
    groups, others = ([of(n, en=text) for n, text in enumerate(texts)] for texts in (tested, trained))
    found = shared(groups, others).counted()
    assert found.exact + found.near == naive
    assert 0 < found.near < len(tested)


@pytest.fixture
def run(tmp_path):
    """A run directory that was trained on three groups."""
    folder, file = tmp_path / "runs" / "dpo", tmp_path / "train.jsonl"
    PromptGroups([of(1), of(2), of(3)]).write(file)
    folder.mkdir(parents=True)
    (folder / "run.yaml").write_text(yaml.safe_dump({"method": "dpo", "data": {"groups": str(file)}}))
    write_json(folder / "environment.json", {"inputs": {"data.groups": content_hash(file)}})
    return folder


def begun(model, *groups):
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        found = begin_protocol({"model": str(model)}, PromptGroups(groups), None, None)
    return found, [str(one.message) for one in said]


def test_an_evaluation_on_prompts_of_the_training_says_so(run):
    for model in (run, f"isoglot/{run}"):
        found, said = begun(model, of(1), of(2), of(7), of(8))
        assert found[KEY] == {"shared": 2, "near": 0, "of": 4, "files": ["train.jsonl"]}
        assert len(said) == 1
        assert said[0].startswith(f"{run}: 2 of 4 prompts are among those that it was trained on (train.jsonl)")
        assert "isoglot groups split" in said[0]
        (gap,) = gaps(found)
        assert "2 of 4 prompts" in gap


def test_near_ones_are_said_besides_and_by_themselves(run):
    near = of(9, en="How do I bake  BREAD")
    found, said = begun(run, of(2), near, of(7))
    assert (found[KEY]["shared"], found[KEY]["near"]) == (1, 1)
    assert (
        "1 of 3 prompts is among those that it was trained on (train.jsonl), and 1 more is nearly the same" in said[0]
    )
    found, said = begun(run, near, of(7))
    start = f"{run}: 1 of 2 prompts is nearly the same as one of those that it was trained on (train.jsonl), so that"
    assert said[0].startswith(start)
    assert [gap.startswith(start.split(": ")[1]) for gap in gaps(found)] == [True]


def test_a_protocol_of_before_near_ones_were_looked_for_is_read():
    (gap,) = gaps({KEY: {"shared": 2, "of": 4, "files": ["train.jsonl"]}})
    assert gap.startswith("2 of 4 prompts are among those that it was trained on (train.jsonl), so that")


def test_prompts_that_are_new_are_no_matter(run, tmp_path):
    found, said = begun(run, of(7), of(8))
    assert (found[KEY]["shared"], found[KEY]["near"], said, list(gaps(found))) == (0, 0, [], [])
    for model in ("Qwen/Qwen2.5-0.5B", "openai-api/local/x", tmp_path):
        found, said = begun(model, of(1))
        assert (KEY in found, said) == (False, [])
    (run / "run.yaml").write_text("method: dpo\ndata: {}\n")
    found, said = begun(run, of(1))
    assert (KEY in found, said) == (False, [])


@pytest.mark.parametrize("how", ["gone", "another", "broken"])
def test_training_groups_that_are_not_there_any_more_are_a_gap_and_no_warning(run, tmp_path, how):
    file = tmp_path / "train.jsonl"
    if how == "gone":
        file.unlink()
    elif how == "another":
        PromptGroups([of(1)]).write(file)
    else:
        file.write_text("{")
        write_json(run / "environment.json", {"inputs": {"data.groups": content_hash(file)}})
    found, said = begun(run, of(1))
    assert (said, "shared" in found[KEY]) == ([], False)
    (gap,) = gaps(found)
    assert gap.startswith("Whether prompts are among those that the run was trained on is not known")
