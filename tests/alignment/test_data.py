from __future__ import annotations

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from isoglot.alignment.data import read_data
from isoglot.errors import DataError

PAIR, DEMONSTRATION = ("chosen", "rejected"), ("completion",)
USER, GOOD, BAD = (
    {"role": "user", "content": "Why?"},
    {"role": "assistant", "content": "So."},
    {"role": "assistant", "content": "No."},
)
SYSTEM = {"role": "system", "content": "Be kind."}
EXPECTED = {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]}


def read(tmp_path, records, answers=PAIR, *, chat=True):
    path = tmp_path / "data.jsonl"
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), encoding="utf-8")
    return read_data(path, answers, chat=chat)


def in_parts(role, *texts):
    return {"role": role, "content": [{"type": "text", "text": text} for text in texts]}


def test_a_part_that_is_no_text_is_a_bad_row_that_names_it(tmp_path):
    picture = {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}
    bad = {"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}
    with pytest.raises(DataError) as caught:
        read(tmp_path, [{"prompt": [bad], "chosen": "A dog.", "rejected": "A cat."}])
    assert "line 1: prompt: expected parts of text" in str(caught.value)
    assert str(caught.value).endswith("got as part 2 one of type 'image_url'. Correct the row or remove it.")


def test_an_empty_table_is_told_the_columns_of_such_data(tmp_path):
    (tmp_path / "data.csv").write_text("")
    for answers, columns in ((PAIR, "prompt,chosen,rejected"), (DEMONSTRATION, "prompt,completion")):
        with pytest.raises(DataError, match=f"Name the columns in its first line, as in {columns}\\."):
            read_data(tmp_path / "data.csv", answers, chat=True)


def sharegpt(who, text):
    return {"from": who, "value": text}


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "Why?", "chosen": "So.", "rejected": "No."},
        {"prompt": [USER], "chosen": [GOOD], "rejected": [BAD]},
        {"prompt": "Why?", "chosen": [GOOD], "rejected": "No.", "margin": 1, "prompt_sw": "Kwa nini?"},
        {
            "prompt": [sharegpt("human", "Why?")],
            "chosen": sharegpt("gpt", "So."),
            "rejected": sharegpt("gpt", "No."),
        },
        {
            "conversations": [sharegpt("human", "Why?")],
            "chosen": sharegpt("gpt", "So."),
            "rejected": sharegpt("gpt", "No."),
        },
        {"prompt": [USER], "chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": None, "chosen": [USER, GOOD], "rejected": [USER, BAD]},
        {"prompt": [in_parts("user", "Why?")], "chosen": [in_parts("assistant", "So.")], "rejected": "No."},
        {
            "chosen": [in_parts("user", "Why?"), in_parts("assistant", "So.")],
            "rejected": [
                in_parts("user", "Why?"),
                {"role": "assistant", "content": [{"type": "refusal", "refusal": "No."}]},
            ],
        },
    ],
)
def test_shapes_of_pairs(tmp_path, record):
    assert read(tmp_path, [record]) == [EXPECTED]


@pytest.mark.parametrize(
    "record",
    [
        {"prompt": "Why?", "completion": "So."},
        {"prompt": "Why?", "chosen": "So.", "rejected": "No."},
        {"prompt": [USER], "completion": [GOOD]},
        {"messages": [USER, GOOD]},
        {"prompt": "Why?", "completion": None, "chosen": "So."},
    ],
)
def test_shapes_of_demonstrations(tmp_path, record):
    assert read(tmp_path, [record], DEMONSTRATION) == [{"prompt": [USER], "completion": [GOOD]}]


def test_a_table(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text('prompt,chosen,rejected,more\nWhy?,So.,No.,x\n"Why?",,No.,\n')
    with pytest.raises(DataError, match=r"line 3: chosen: expected text or messages, got ''"):
        read_data(path, PAIR, chat=True)
    path.write_text("prompt,chosen,rejected,more\nWhy?,So.,No.,x\n")
    assert read_data(path, PAIR, chat=True) == [EXPECTED]


@pytest.mark.parametrize(
    ("bad", "what"),
    [
        ("[" * 100_000, "at most 100 levels"),
        ('{"prompt": "Why?", "chosen": ' + "9" * 5000 + "}", "a whole number of 5,000 digits"),
        (r'{"prompt": "Why\ud800?", "chosen": "So.", "rejected": "No."}', "half of a surrogate pair"),
        ('{"prompt": "Why?", "prompt": "What?"}', "each key once, got 'prompt' twice"),
        (json.dumps({"prompt": {"x" * 100_000: 1}}), "prompt: expected a message"),
        (json.dumps({"prompt": [{"role": "wizard" * 20_000, "content": "x"}]}), "prompt: expected a message of user"),
    ],
    ids=["nesting", "digits", "surrogate", "key", "object", "role"],
)
def test_bombs_are_told_in_a_line(tmp_path, bad, what):
    path = tmp_path / "data.jsonl"
    path.write_text(json.dumps({"prompt": "Why?", "chosen": "So.", "rejected": "No."}) + f"\n{bad}\n")
    with pytest.raises(DataError) as caught:
        read_data(path, PAIR, chat=True)
    text = str(caught.value)
    assert text.startswith(f"{path}, line 2: ")
    assert what in text
    assert len(text) < 1000
    assert len(text.splitlines()) == 1


def test_longer_conversations(tmp_path):
    turns = [SYSTEM, USER, GOOD, USER]
    assert read(tmp_path, [{"messages": [*turns, BAD]}], DEMONSTRATION) == [{"prompt": turns, "completion": [BAD]}]


def test_a_tokenizer_without_chat_template_gets_the_text_that_evaluation_gives_it(tmp_path):
    with pytest.warns(
        UserWarning, match=r"1 of 1 prompts are conversations, .* no chat template: only the last question"
    ):
        found = read(tmp_path, [{"prompt": [SYSTEM, USER], "chosen": [GOOD], "rejected": [BAD]}], chat=False)
    assert found == [{"prompt": "Why?", "chosen": "So.", "rejected": "No."}]


def test_lists_and_parquet_read_alike(tmp_path):
    records = [{"prompt": "Why?", "chosen": "So.", "rejected": "No."}]
    (tmp_path / "list.json").write_text(json.dumps(records))
    pq.write_table(pa.Table.from_pylist(records), tmp_path / "table.parquet")
    assert read_data(tmp_path / "list.json", PAIR, chat=True) == [EXPECTED]
    assert read_data(tmp_path / "table.parquet", PAIR, chat=True) == [EXPECTED]


def test_rows_of_a_list_are_told_and_skipped_as_lines_are(tmp_path):
    good = json.dumps({"prompt": "Why?", "chosen": "So.", "rejected": "No."})
    path = tmp_path / "list.json"
    path.write_text(f'[{good}, {{"prompt": "\\ud800]"}}, {good}, {{"prompt": 1}}, {{"a": 1, "a": [2]}}, {good}]')
    with pytest.raises(DataError) as caught:
        read_data(path, PAIR, chat=True)
    assert [line.split(":")[0] for line in str(caught.value).split("\n")] == [f"{path}, line {n}" for n in (2, 4, 5)]
    with pytest.warns(UserWarning, match="3 of 6 rows left out"):
        assert read_data(path, PAIR, chat=True, skip_bad_rows=True) == [EXPECTED] * 3


def test_every_bad_row_is_told_with_file_line_and_reason(tmp_path):
    bad = [
        {"prompt": "Why?", "chosen": "So."},
        {"prompt": "", "chosen": "So.", "rejected": "No."},
        {"prompt": "Why?", "chosen": " ", "rejected": "No."},
        {"prompt": [GOOD], "chosen": "So.", "rejected": "No."},
        {"prompt": "Why?", "chosen": [USER], "rejected": "No."},
        {"prompt": [sharegpt("observation", "x")], "chosen": "So.", "rejected": "No."},
        {"prompt": [sharegpt(["x"], "x")], "chosen": "So.", "rejected": "No."},
        {"chosen": [USER, GOOD], "rejected": [SYSTEM, USER, BAD]},
        ["no object"],
    ]
    good = {"prompt": "Why?", "chosen": "So.", "rejected": "No."}
    with pytest.raises(DataError) as caught:
        read(tmp_path, [good, *bad, good])
    lines = str(caught.value).split("\n")
    assert [int(line.split("line ")[1].split(":")[0]) for line in lines] == list(range(2, 2 + len(bad)))
    assert "rejected: expected text or messages" in lines[0]


def test_no_rows(tmp_path):
    with pytest.raises(DataError, match="at least one row"):
        read(tmp_path, [])


def test_fields_are_known_in_capitals_and_those_that_are_there_are_named(tmp_path):
    path = tmp_path / "pairs.csv"
    path.write_text("Prompt,CHOSEN, Rejected,Note\nWhy?,So.,No.,x\n", encoding="utf-8-sig")
    assert read_data(path, PAIR, chat=True) == [EXPECTED]
    path.write_text("question,chosen,rejected\nWhy?,So.,No.\n", encoding="utf-8")
    with pytest.raises(DataError) as caught:
        read_data(path, PAIR, chat=True)
    assert "prompt: expected text or messages, got no such field among 'question', 'chosen', 'rejected'. C" in str(
        caught.value
    )
