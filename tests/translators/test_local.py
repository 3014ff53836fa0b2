"""Translators that need no server: a command, a file of given translations; and specs."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import time
import tracemalloc
from pathlib import Path

import pytest

from isoglot.errors import ConfigError, DataError, MissingFileError
from isoglot.translators import NoPair
from isoglot.translators.codes import three_letters, two_letters
from isoglot.translators.named import named

from .asked import made

pytestmark = pytest.mark.training  # starts processes

# Reads all lines, writes each in upper case behind the first argument; words in them make it fail.
TOOL = """
import sys, time
lines = sys.stdin.read().split("\\n")[:-1]
if any("slow" in line for line in lines):
    time.sleep(60)
if any("crash" in line for line in lines):
    sys.exit("cannot: the key sk-local-CanaryThatNobodySays is wrong")
for line in lines:
    if "skip" not in line:
        print(" ".join(sys.argv[1:]), line.upper())
"""


@pytest.fixture
def tool(tmp_path):
    (tmp_path / "a tool.py").write_text(TOOL)
    return f"command:{sys.executable} '{tmp_path}/a tool.py'"


def test_a_command_gets_lines_and_no_shell_reads_its_own(tool, tmp_path):
    translator = named(f"{tool} {{source}}:{{target3}} '$(touch x) | ;'")
    (found,) = made(translator, "one\u2028two\n\n  - three\0 \udc00\n", target="zh-Hans")
    start = "en:zho $(touch x) | ;"
    assert found.text == f"{start} ONE\u2028{start} TWO\n\n  - {start} THREE \ufffd\n"
    assert not (tmp_path / "x").exists()
    assert (translator.backend, translator.why_not("en", "sw"), translator.estimate("a", "en", "sw")) == (
        "command",
        "",
        (0, 0),
    )
    assert "ku" in translator.why_not("en", "ku")
    assert "both English" in translator.why_not("en", "eng")


def test_a_line_that_a_command_fails_for_costs_the_others_nothing(tool):
    texts = [f"text {number}" for number in range(20)]
    texts[3], texts[11] = "skip this", "fine\nbut crash"
    found = made(named(tool), *texts)
    assert [one.text for place, one in enumerate(found) if place not in (3, 11)] == [
        f" {text.upper()}".strip() for place, text in enumerate(texts) if place not in (3, 11)
    ]
    assert "expected a line for each of 1, got 0 lines." in found[3].error
    assert "expected status 0, got status 1: cannot: the key [secret] is wrong." in found[11].error
    assert not any(one.lasting for one in found)


def test_a_command_that_cannot_at_all_is_not_started_for_each_line(tmp_path):
    (tmp_path / "tool.py").write_text(
        f"open({str(tmp_path / 'starts')!r}, 'a').write('x'); raise SystemExit('no such pair')"
    )
    translator = named(f"command:{sys.executable} {tmp_path}/tool.py", concurrency=1)
    for _ in range(2):
        found = made(translator, *(f"text {number}" for number in range(32)))
        assert {one.text for one in found} == {None}
        assert "no such pair" in found[-1].error
    assert len((tmp_path / "starts").read_text()) < 20


def test_a_command_that_lacks_a_pair_of_languages_says_so_and_one_that_is_broken_does_not(tmp_path):
    (tmp_path / "tool.py").write_text(
        "import sys\nlines = sys.stdin.read().splitlines()\n"
        "if sys.argv[1] == 'deu' or any('bad' in line for line in lines):\n    sys.exit('no mode eng-' + sys.argv[1])\n"
        "print('\\n'.join(map(str.upper, lines)))"
    )
    translator = named(f"command:{sys.executable} {tmp_path}/tool.py {{target3}}")
    assert [one.text for one in made(translator, "bad", "fine", target="es")] == [None, "FINE"]
    assert not made(translator, "bad", target="ca")[0].lasting  # it is the text
    for texts in (["one"], ["two", "three"]):
        with pytest.raises(NoPair, match="status 1: no mode eng-deu"):
            made(translator, *texts, target="de")
    assert translator.only_asking_tells
    (found,) = made(named(f"command:{sys.executable} {tmp_path}/tool.py deu"), "one", target="de")
    assert (found.text, found.lasting) == (None, False)  # it was not told for which languages it is


def test_a_command_that_hangs_is_ended(tool):
    begun = time.monotonic()
    (found,) = made(named(tool, timeout=1), "slow")
    assert time.monotonic() - begun < 20
    assert "expected an answer in 1 seconds, got none" in found.error


def test_a_command_that_writes_without_end_takes_no_memory_and_leaves_nothing_behind(tmp_path, capfd):
    """Neither to its output nor beside it; what it started ends with it."""
    script = tmp_path / "tool.sh"
    for line, expected in (
        ("yes", "expected translations, got more than 1,0"),
        ("yes >&2", "expected an answer in 1 seconds, got none"),
        (f"cat; sleep 30 & echo $! > {tmp_path}/started", "expected an answer in 1 seconds, got none"),
    ):
        script.write_text(line)
        tracemalloc.start()
        (found,) = made(named(f"command:sh {script}", timeout=1), "a text")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert expected in found.error
        assert not found.lasting
        assert most < 20 << 20
    gc.collect()
    assert capfd.readouterr().err == ""
    started = int((tmp_path / "started").read_text())
    assert not Path(f"/proc/{started}").exists() or "Z" in Path(f"/proc/{started}/stat").read_text()


def test_a_command_that_is_under_way_ends_when_its_translator_is_closed(tool, capfd):
    """And when its call is dropped meanwhile, as by a second Ctrl-C."""

    async def drop():
        translator = named(tool)
        call = asyncio.create_task(translator.translate(["slow"], "en", "sw"))
        await asyncio.sleep(0.3)
        call.cancel()
        await translator.close()
        other = asyncio.create_task(translator.translate(["slow"], "en", "sw"))
        await asyncio.sleep(0.3)
        await translator.close()
        return await asyncio.gather(call, other, return_exceptions=True)

    begun = time.monotonic()
    dropped, (ended,) = asyncio.run(drop())
    assert isinstance(dropped, asyncio.CancelledError)
    assert "status -9" in ended.error
    assert time.monotonic() - begun < 20
    gc.collect()
    assert capfd.readouterr().err == ""


def test_a_file_of_groups_gives_what_it_has(tmp_path):
    path = tmp_path / "given.jsonl"
    roles = {"one": "user", "two": "assistant", "three": "user"}
    turns = {tag: [{"role": role, "content": f"{tag} {n}"} for n, role in roles.items()] for tag in ("en", "sw")}
    groups = [
        {"id": "a", "prompts": {"en": "How  are\nyou?", "sw": "Habari {x}?", "fr": "Ça va ?"}},
        {"id": "b", "prompts": {"en": "How are you?", "sw": "another one"}},
        {"id": "c", "prompts": turns},
    ]
    path.write_text("\n".join(map(json.dumps, groups)))
    translator = named(f"file:{path}")
    found = made(translator, "How are you?", "Who?", "en two")
    assert [one.text for one in found] == ["Habari {x}?", None, "sw two"]
    assert found[1].error == "no translation of this text in given.jsonl"
    assert found[1].lasting  # the settings have the hash of the file
    assert [one.text for one in made(translator, "C\u0327a va ?", source="fr", target="sw")] == ["Habari {x}?"]
    assert translator.why_not("eng", "swh") == ""
    assert translator.why_not("en", "ckb") == "given.jsonl has en, sw, fr, not ckb"
    before = translator.settings
    path.write_text(path.read_text().replace("another", "a third"))
    assert named(f"file:{path}").settings != before


def test_a_table_of_sources_and_translations(tmp_path):
    bare, headed = tmp_path / "mine.en-zh_Hant.tsv", tmp_path / "mine.tsv"
    bare.write_text('Hello\t你好\n"quoted"\t引\n')
    headed.write_text("en\tzh-Hant\nHello\t你好\n")
    for path in (bare, headed):
        translator = named(f"file:{path}")
        assert translator.why_not("en", "zh-Hant") == ""
        assert made(translator, "Hello", target="zh-Hant")[0].text == "你好"
    headed.write_text("what\n1\n")
    with pytest.raises(DataError):
        named(f"file:{headed}").why_not("en", "sw")


def test_specs_that_are_none_and_what_is_not_there(tmp_path, monkeypatch):
    monkeypatch.delenv("MY_KEY", raising=False)
    for spec, kind, said in (
        ("opena:m@http://x", ConfigError, "Did you mean 'openai'?"),
        ("nope", ConfigError, "A backend is openai:MODEL@URL"),
        ("file:", ConfigError, "expected file:PATH"),
        ("command: ", ConfigError, "expected command:LINE"),
        ("command:a 'b", ConfigError, "No closing quotation"),
        ("command:no-such-command-here {target}", MissingFileError, "'no-such-command-here', which is not there"),
        (f"file:{tmp_path}/no.jsonl", MissingFileError, "nothing at"),
        ("openai:m@localhost:8000", ConfigError, "An URL is as http://localhost:8000/v1"),
        ("openai:@http://localhost", ConfigError, "expected openai:MODEL@URL"),
        ("openai:m@http://me:secret1@host/v1", ConfigError, "got one with a user or a query. Put the key"),
        ("openai:m@http://host/v1?key=secret1", ConfigError, "got one with a user or a query"),
        ("openai:m@http://host/v1#MY_KEY", ConfigError, "Run: export MY_KEY=..."),
    ):
        with pytest.raises(kind) as caught:
            named(spec)
        assert said in str(caught.value), spec
        assert "secret1" not in str(caught.value)
    for option in ("concurrency", "timeout", "attempts"):
        with pytest.raises(ConfigError, match=f"{option}: expected a .*, got 0"):
            named("command:cat", **{option: 0})


def test_codes_of_languages():
    tags = ("en", "sw", "ar", "zh-Hant", "zh", "ckb", "kmr", "br", "ku", "no", "nb", "pt-BR", "sr-Latn", "gom", "la")
    assert [three_letters(tag) for tag in tags] == [
        "eng", "swh", "arb", "zho", "zho", "ckb", "kmr", "bre", "kur", "nob", "nob", "por", "srp", "gom", "lat",
    ]  # fmt: skip
    assert [two_letters(tag) for tag in tags[3:6]] == ["zh", "zh", "ckb"]
