"""``isoglot translate``: options, errors, what is said, and a real engine where one is installed."""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from isoglot import PromptGroups
from isoglot.translators import given
from isoglot.translators.cache import TranslationCache

from ..translate.world import SENTENCES, text

KEY = "sk-CanaryThatNobodySays"


@pytest.fixture
def prompts(tmp_path, monkeypatch):
    """Three prompts, one a line, and a file that has the Spanish of two of them and the German of one."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "p.txt").write_text("".join(f"{text(n)}\n" for n in (10, 11, 12)), encoding="utf-8")
    rows = [*({"en": text(n), "es": text(n, "es")} for n in (10, 11)), {"en": text(12), "de": text(12, "de")}]
    given = [{"id": str(place), "prompts": row} for place, row in enumerate(rows)]
    (tmp_path / "mine.jsonl").write_text("\n".join(map(json.dumps, given)))
    return tmp_path / "p.txt"


COMMON = ("--kind", "harmful", "--to", "es,de", "-o", "groups.jsonl")


def script(path, line):
    """A command that makes a line of each line."""
    path.write_text(f"import sys\nfor line in sys.stdin:\n    print({line})\n")
    return f"command:{sys.executable} {path}"


def test_plain_text_through_a_chain(call, prompts, tmp_path):
    whole = SENTENCES["es"].split("{}")
    last = script(tmp_path / "last.py", f"{whole[0]!r} + line.split()[-2] + {whole[1]!r}")
    backends = ("--backend", "file:mine.jsonl", "--backend", last)
    status, out, err = call("translate", prompts, *COMMON, *backends, "--dry-run")
    assert status == 0
    assert "Cells to translate: 6 (es 3, de 3)" in out
    assert "Later backends get what earlier ones decline" in out
    assert "file:mine.jsonl: 6 texts in 2 calls; 0 from the cache" in out
    assert "last.py: 3 texts in 2 calls; 0 from the cache" in out  # what the file, which was looked into, does not have
    assert "Nothing was written" in err
    assert not (tmp_path / "groups.jsonl").exists()
    status, out, err = call("translate", prompts, *COMMON, *backends, "--json")
    found = json.loads(out)
    assert (status, found["complete"]) == (0, True)  # what a file does not have it will not have when asked again
    made = PromptGroups.read("groups.jsonl")
    assert [one.prompts.get("es") for one in made] == [text(n, "es") for n in (10, 11, 12)]
    assert [one.prompts.get("de") for one in made] == [None, None, text(12, "de")]
    assert [one.provenance["es"]["backend"] for one in made] == ["file", "file", "command"]
    assert (found["languages"]["de"]["left_out"], found["failed"]) == (2, "groups.failed.jsonl")
    assert found["languages"]["de"]["reasons"] == {"language": 2}  # Spanish under German's tag
    assert "2 cells have no usable translation and are left out; groups.failed.jsonl says why" in err
    assert (tmp_path / "groups.translations.sqlite").exists()
    status, _, err = call("translate", prompts, *COMMON, *backends)
    assert status == 1
    assert "groups.jsonl: expected nothing there, got a file" in err
    there = (tmp_path / "groups.jsonl").read_bytes()
    status, out, err = call("translate", prompts, *COMMON, *backends, "--dry-run")  # which writes over nothing
    assert (status, (tmp_path / "groups.jsonl").read_bytes()) == (0, there)
    assert "at most" not in out  # the first of which says what it has
    status, out, err = call("translate", prompts, *COMMON, *backends, "--force", "--limit", 1, "--keep-failed")
    assert len(PromptGroups.read("groups.jsonl")) == 1
    assert "1 cell has no usable translation and is kept all the same; groups.failed.jsonl says why" in err
    assert "(0 texts asked in 0 calls; 1 from the cache)" in out


def test_a_backend_is_made_once_and_its_file_is_read_once(call, prompts, tmp_path, monkeypatch):
    hashed, content_hash = [], given.content_hash
    monkeypatch.setattr(given, "content_hash", lambda path: hashed.append(path) or content_hash(path))
    status, _, _ = call("translate", prompts, *COMMON, "--backend", "file:mine.jsonl")
    assert (status, [path.name for path in hashed]) == (0, ["mine.jsonl"])


def test_what_may_pass_ends_with_1_and_says_what_to_do(call, prompts, tmp_path):
    (tmp_path / "broken.py").write_text("import sys\nsys.exit('out of \\x1b[2J order')\n")
    status, out, err = call(
        "translate", prompts, *COMMON, "--backend", f"command:{sys.executable} {tmp_path / 'broken.py'}"
    )
    assert status == 1
    assert "For 6 of the cells a backend failed for now. The first:" in err
    assert "out of" in err
    assert "\x1b" not in out + err
    assert "The same command with --force asks for these again" in err
    assert "Nothing usable for es, de: look at the backend.\n" in err  # it gave nothing, and no language is left
    assert "isoglot check" not in err
    assert "6 failed for now" in out


def test_asking_again_for_what_failed_is_not_said_to_cost_nothing(call, prompts, tmp_path):
    whole = SENTENCES["es"].split("{}")
    backend = script(tmp_path / "one.py", f"{whole[0]!r} + line.split()[-2] + {whole[1]!r}")
    call("translate", prompts, *COMMON, "--backend", backend)
    (tmp_path / "one.py").write_text("import sys\nsys.exit('out of order')\n")
    again = ("--backend", backend, "--force", "--retry-failed", "--keep-failed")
    status, _, err = call("translate", prompts, *COMMON, *again)
    assert status == 1
    assert "Give the command with --force, but without --retry-failed: it asks only for what has no answer yet" in err
    assert "The same command with --force asks" not in err
    assert [sorted(one.prompts) for one in PromptGroups.read("groups.jsonl")] == [["de", "en", "es"]] * 3


def test_a_language_without_any_cell_ends_with_1_and_a_mended_backend_is_asked_again(call, prompts, tmp_path):
    whole = SENTENCES["es"].split("{}")
    backend = script(tmp_path / "one.py", f"{whole[0]!r} + line.split()[-2] + {whole[1]!r}")  # which has Spanish alone
    status, out, err = call("translate", prompts, *COMMON, "--backend", backend)
    assert status == 1
    assert "To: es (Spanish), de (German)" in err
    assert "Nothing usable for de: look at the backend; groups.failed.jsonl has what it gave." in err
    assert "Or go on without: isoglot check groups.jsonl" in err
    assert "Next:" not in err
    assert "passed the checks" not in err  # of those in Spanish all did
    german = ("--kind", "harmful", "--to", "de", "-o", "de.jsonl", "--cache", "groups.translations.sqlite")
    status, _, err = call("translate", prompts, *german, "--backend", backend)
    assert (status, "No answer of command:" in err, "(language 3)" in err) == (1, True, True)
    assert "the same command with --force --retry-failed asks it again." in err
    status, out, _ = call("translate", prompts, *german, "--backend", backend, "--force", "--json")
    assert (status, json.loads(out)["without"], json.loads(out)["backends"][0]["texts"]) == (1, ["de"], 0)
    status, out, _ = call("translate", prompts, *german, "--backend", backend, "--force", "--json", "--retry-failed")
    assert (status, json.loads(out)["backends"][0]["texts"]) == (1, 3)


def test_mistakes_are_said_together_before_anything_is_read_or_written(call, prompts, tmp_path, monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    before = sorted(tmp_path.iterdir())
    backends = ("--backend", "opnai:m", "--backend", "file:none.tsv")
    for arguments, words in (
        ((*COMMON, *backends), ("'opnai'", "none.tsv")),
        (("--to", "ku,xx", "-o", "a.jsonl", "--backend", "file:mine.jsonl"), ("ckb", "'xx'")),
        (("--to", ",", "-o", "a.jsonl", "--backend", "file:mine.jsonl"), ("--to: expected languages",)),
        (("--to", "es", "-o", "a.csv", "--backend", "file:mine.jsonl"), ("ends in .jsonl",)),
        (("--to", "es", "-o", "mine.jsonl", "--backend", "file:p.txt"), ("got a file",)),
        ((*COMMON, "--backend", "file:mine.jsonl", "--from", "xx"), ("--from: expected the tag",)),
        ((*COMMON, "--backend", "openai:m@http://127.0.0.1:9/v1", "--price", "1"), ("IN/OUT",)),
        (
            (*COMMON, "--backend", "openai:m@http://127.0.0.1:9/v1", "--price", "1/2", "--price", "1/2"),
            ("one for each of 1 backends",),
        ),
        (("--kind", "harmful", "--to", "sw", "-o", "a.jsonl", "--backend", "file:mine.jsonl"), ("--to sw: expected",)),
        (("--to", "es", "-o", "a.jsonl", "--backend", "file:mine.jsonl"), ("a column kind",)),
    ):
        status, _, err = call("translate", prompts, *arguments)
        assert status in (1, 2), arguments
        assert all(word in err for word in words), err
        assert "Traceback" not in err
        assert KEY not in err
    dry = ("--backend", "openai-batch:m@http://127.0.0.1:9/v1", "--dry-run")  # which is asked by batches only
    status, out, _ = call("translate", prompts, *COMMON, *dry, "--price", "1/2", "--json")
    (backend,) = json.loads(out)["backends"]
    assert (status, backend["texts"], backend["calls"]) == (0, 6, 2)
    assert backend["cost"] == pytest.approx((backend["input_tokens"] + 2 * backend["output_tokens"]) / 1e6)
    assert sorted(tmp_path.iterdir()) == before


def test_a_tag_that_may_mean_several_says_what_it_is_read_as(call, prompts):
    _, _, err = call(
        "translate", prompts, "--kind", "harmful", "--to", "zh", "-o", "a.jsonl", "--backend", "file:mine.jsonl"
    )
    assert "zh is read as zh-Hans" in err


def test_a_language_is_translated_to_once_and_never_to_its_own(call, prompts):
    backend = ("--backend", "command:cat", "--dry-run")
    status, out, err = call("translate", prompts, *COMMON[:2], "--to", "zh,zh-CN,de", "-o", "g.jsonl", *backend)
    assert status == 0
    assert "Cells to translate: 6 (zh 3, de 3)" in out
    assert "--to zh-CN is the same as zh, which is named too" in err
    status, _, err = call("translate", prompts, *COMMON[:2], "--to", "eng", "-o", "g.jsonl", *backend)
    assert status == 2
    assert "--to: expected another language than that of the prompts, got en, which is translated from." in err


def test_nothing_that_is_read_or_kept_is_written_over(call, prompts, tmp_path):
    line = json.dumps({"id": "a", "pivot": "en", "kind": "harmful", "prompts": {"en": text(10)}}) + "\n"
    (tmp_path / "a.failed.jsonl").write_text(line)
    for arguments, expected in (
        (("a.failed.jsonl", "-o", "a.jsonl"), "got a.failed.jsonl, which is"),
        ((prompts, "-o", "a.jsonl", "--cache", "a.jsonl"), "--cache: expected a file of its own, got 'a.jsonl'"),
        ((prompts, "-o", "a.jsonl", "--cache", "a.failed.jsonl"), "--cache: expected a file of its own"),
        ((prompts, "-o", "mine.jsonl", "--force"), "--output: expected another file than is read"),
    ):
        given = ("--kind", "harmful") if arguments[0] is prompts else ()
        status, _, err = call("translate", *arguments, *given, "--to", "es", "--backend", "file:mine.jsonl")
        assert status == 2
        assert expected in err
    assert (tmp_path / "a.failed.jsonl").read_text() == line


def test_a_dry_run_leaves_every_file_as_it_is(call, prompts, tmp_path):
    """One of a run that was killed, and one that is nothing yet, too."""
    backend = ("--backend", script(tmp_path / "tool.py", "line.strip()"), "--backend", "file:mine.jsonl")
    assert call("translate", prompts, *COMMON, *backend)[0] == 0
    there = TranslationCache(tmp_path / "groups.translations.sqlite")  # which leaves files beside it meanwhile
    there.forget([b"x"])
    killed = tmp_path / "killed.sqlite"
    for name in ("", "-wal", "-shm"):
        shutil.copy(tmp_path / f"groups.translations.sqlite{name}", f"{killed}{name}")
    there.close()
    (tmp_path / "empty.sqlite").touch()
    before = {path: path.read_bytes() for path in tmp_path.iterdir() if not path.name.endswith("-shm")}
    for name in ("groups.translations.sqlite", "killed.sqlite", "empty.sqlite"):
        status, out, _ = call(
            "translate", prompts, *COMMON, *backend, "--force", "--cache", name, "--dry-run", "--json"
        )
        assert status == 0
        assert json.loads(out)["backends"][0]["found"] == (0 if name == "empty.sqlite" else 6)
    after = {path: path.read_bytes() for path in tmp_path.iterdir() if not path.name.endswith("-shm")}
    assert after == before


@pytest.mark.skipif(shutil.which("apertium") is None, reason="no apertium on this machine")
@pytest.mark.training
def test_a_real_engine_keeps_what_is_to_be_kept(call, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    asked = "Open https://example.org/a?b=1 and write {name} 25 times. Then close the window of the house."
    chat = [{"role": "system", "content": "You are a doctor."}, {"role": "user", "content": asked}]
    records = [{"id": "a", "prompts": {"en": asked}}, {"id": "b", "prompts": {"en": chat}}]
    (tmp_path / "p.jsonl").write_text("\n".join(map(json.dumps, records)))
    status, _, err = call(
        "translate", "p.jsonl", "--to", "es,ca", "--backend", "command:apertium -u eng-{target3}", "-o", "g.jsonl"
    )
    assert status == 0, err
    first, second = PromptGroups.read("g.jsonl")
    for tag in ("es", "ca"):
        for made in (first.prompts[tag], second.prompts[tag][1]["content"]):
            assert all(part in made for part in ("https://example.org/a?b=1", "{name}", "25", "casa"))
        assert second.prompts[tag][0]["content"] != chat[0]["content"]
    assert first.provenance["ca"]["model"] == "apertium -u eng-{target3}"
