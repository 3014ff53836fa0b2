"""Files packed by gzip are read as what is in them, to a bound."""

from __future__ import annotations

import gzip
import json
import tracemalloc
import zlib

import pytest

from isoglot import PromptGroups
from isoglot.alignment.data import read_data
from isoglot.errors import DataError
from isoglot.files import stem_of, suffix_of
from isoglot.groups.readers import text_file
from isoglot.groups.readers.fields import read_fields

RECORDS = [
    {"id": "1", "kind": "harmful", "prompts": {"en": "Who are you?", "ar": "من أنت؟"}},
    {"id": "2", "kind": "harmless", "prompts": {"en": "Where am I?", "ar": "أين أنا؟"}},
]
LINES = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)


def packed(path, text):
    path.write_bytes(gzip.compress(text.encode()))
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("groups.jsonl", LINES),
        ("groups.json", json.dumps(RECORDS)),
        ("groups.csv", 'id,kind,en,ar\r\n1,harmful,Who are you?,"من\r\nأنت؟"\r\n2,harmless,Where am I?,أين أنا؟\r\n'),
        ("groups.tsv", "id\tkind\ten\tar\n1\tharmful\tWho are you?\tمن أنت؟\n2\tharmless\tWhere am I?\tأين أنا؟\n"),
        ("groups.jsonl", "\ufeff" + LINES),
    ],
)
def test_what_is_packed_is_read_as_it_would_be_unpacked(tmp_path, name, text):
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    plain = PromptGroups.read(tmp_path / name)
    assert list(PromptGroups.read(packed(tmp_path / f"{name}.gz", text))) == list(plain)
    assert list(PromptGroups.read(packed(tmp_path / name, text))) == list(plain)  # whatever its name says


def test_a_list_of_prompts_and_one_file_a_language_may_be_packed(tmp_path):
    assert [group.id for group in PromptGroups.read(packed(tmp_path / "p.txt.gz", "One\nTwo\n"), kind="harmful")] == [
        "p-1",
        "p-2",
    ]
    for tag, text in (("en", "One\nTwo\n"), ("sw", "Moja\nMbili\n")):
        packed(tmp_path / f"q.{tag}.txt.gz", text)
    groups = PromptGroups.read(tmp_path / "q.{lang}.txt.gz", kind="harmful")
    assert [(group.id, dict(group.prompts)) for group in groups] == [
        ("q-00001", {"en": "One", "sw": "Moja"}),
        ("q-00002", {"en": "Two", "sw": "Mbili"}),
    ]


def test_the_files_of_polyrefuse_may_be_packed_but_none_may_be_there_twice(tmp_path):
    for tag, text in (("en", "Who?"), ("de", "Wer?")):
        packed(tmp_path / f"harmful_val_translated_{tag}.json.gz", json.dumps([{"instruction": text}]))
    (group,) = PromptGroups.read(tmp_path)
    assert dict(group.prompts) == {"en": "Who?", "de": "Wer?"}
    (tmp_path / "harmful_val_translated_de.json").write_text("[]", encoding="utf-8")
    with pytest.raises(DataError, match=r"one file a language, got \S+_de\.json and \S+_de\.json\.gz"):
        PromptGroups.read(tmp_path)


def test_pairs_may_be_packed_and_their_lines_are_counted(tmp_path):
    pairs = [{"prompt": f"How {n}?", "chosen": "No.", "rejected": f"Yes {n}."} for n in range(600)]
    path = packed(tmp_path / "pairs.jsonl.gz", "".join(json.dumps(pair) + "\n" for pair in pairs))
    told = []
    found = read_data(path, ("chosen", "rejected"), chat=False, progress=lambda *counts: told.append(counts))
    assert found == pairs
    assert told == [(0, 600), (500, 600), (600, 600)]


def test_a_bad_row_is_named_by_its_line(tmp_path):
    path = packed(tmp_path / "groups.jsonl.gz", LINES + "{\n")
    with pytest.raises(DataError, match=r"groups\.jsonl\.gz, line 3: expected one JSON object, got broken JSON"):
        PromptGroups.read(path)
    packed(path, "").write_bytes(gzip.compress("ä".encode("latin-1")))
    with pytest.raises(DataError, match=r"expected UTF-8 text, got another encoding \(byte 0\)\. Save it as UTF-8\."):
        PromptGroups.read(path)


def test_what_is_damaged_is_an_error_and_not_half_a_file(tmp_path):
    path, whole = tmp_path / "groups.jsonl.gz", gzip.compress(LINES.encode())
    wrong = bytearray(whole)
    wrong[-8] ^= 1  # of the checksum
    for content in (whole[:-9], whole[:4], bytes(wrong), whole[:20] + b"\xff" * 40):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"expected a whole file packed by gzip, got one that is damaged \("):
            PromptGroups.read(path)


def test_a_bomb_is_refused_before_it_fills_the_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file, "_MOST", 1 << 20)
    path = tmp_path / "groups.jsonl.gz"
    bomb = zlib.compressobj(9, wbits=31)
    path.write_bytes(b"".join(bomb.compress(b" " * (1 << 20)) for _ in range(40)) + bomb.flush())
    assert path.stat().st_size < 50_000
    tracemalloc.start()
    with pytest.raises(DataError, match=r"expected at most 1 MiB, or 100 times the file's size, once it is unpacked"):
        PromptGroups.read(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 24 << 20  # of the 40 that are in it


def test_more_than_the_bound_is_read_where_it_is_no_bomb(tmp_path, monkeypatch):
    monkeypatch.setattr(text_file, "_MOST", 100)
    path = packed(tmp_path / "groups.jsonl.gz", LINES)
    assert len(LINES.encode()) > 100
    assert len(list(read_fields(path))) == 2


def test_names_of_packed_files(tmp_path):
    path = tmp_path / "a.b.CSV.gz"
    assert (suffix_of(path), stem_of(path), stem_of(tmp_path / "a.b.csv")) == (".csv", "a.b", "a.b")
    with pytest.raises(DataError, match="expected the name of a file that is not packed"):
        PromptGroups.from_columns({"en": ["a"]}, kind="harmful").write(tmp_path / "a.jsonl.gz")


def test_commands_name_what_they_make_after_what_is_packed(tmp_path, call, monkeypatch):
    monkeypatch.chdir(tmp_path)
    packed(tmp_path / "groups.jsonl.gz", LINES)
    assert call("groups", "convert", "groups.jsonl.gz", "--to", "csv")[0] == 0
    assert (tmp_path / "groups.csv").is_file()
    status, _, err = call("groups", "convert", "groups.jsonl.gz", "-o", "other.jsonl.gz")
    assert (status, "got 'other.jsonl.gz'. Name it other.jsonl." in err) == (2, True)
