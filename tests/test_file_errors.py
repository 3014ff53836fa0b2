"""Full disks, quotas and places that may not be written: a sentence, and nothing empty left behind."""

from __future__ import annotations

import errno
import os
import subprocess

import pytest
import torch
from safetensors.torch import save_file

from isoglot import file_errors
from isoglot.errors import DataError, RunError
from isoglot.file_errors import cannot_be_written, of_system
from isoglot.files import folder_made, no_empty_folders, write_text
from isoglot.runs.folder import held

ROOM = 1 << 20


@pytest.fixture
def small(tmp_path):
    """A real file system with a megabyte of room."""
    folder = tmp_path / "small"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no permission to mount a file system")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # a file that broke off may still be open


def in_text(path):
    path.write_text("a" * 2 * ROOM)


def in_safetensors(path):
    save_file({"a": torch.zeros(ROOM)}, path)


def in_torch(path):
    torch.save({"a": torch.zeros(ROOM)}, path)


def in_many_small_files(path):
    for number in range(1000):
        torch.save({"a": torch.zeros(1000)}, path.with_name(f"{number}.pt"))


@pytest.mark.parametrize("write", [in_text, in_safetensors, in_torch, in_many_small_files])
def test_a_disk_that_is_full_whoever_writes(small, write):
    with pytest.raises(RunError) as caught, held(small / "new" / "run"):
        write(small / "new" / "run" / "file")
    said = str(caught.value)
    assert said.startswith(f"{small / 'new' / 'run'}: expected room on the disk, got a full disk (")
    assert said.endswith("). Free some of it and give the same command again, or choose another output.")


def test_what_is_written_whole_is_named(small):
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_text(small / "new" / "page.html", "a" * 2 * ROOM)
    assert cannot_be_written(caught.value).startswith(f"{small / 'new' / 'page.html'}: expected room on the disk")
    assert list(small.iterdir()) == []


def os_error(number, file=None):
    return OSError(number, os.strerror(number), file)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (os_error(errno.ENOSPC, "a/b"), "a/b: expected room on the disk, got a full disk (No space left on device). "),
        (os_error(errno.EDQUOT), "runs: expected room within your quota, got a quota that is used up (Disk quota "),
        (os_error(errno.EROFS, "a"), "a: expected a place that can be written, got a read-only file system (Read-only"),
        (os_error(errno.EACCES, "a"), "a: expected permission, got none (Permission denied). Change the permissions"),
        (os_error(errno.EFBIG), "runs: expected room for a file of this size, got a limit on it (File too large). "),
        (RuntimeError("I/O error: Disk quota exceeded (os error 122)"), "runs: expected room within your quota"),
        (
            RuntimeError("I/O error: Permission denied (os error 13)"),
            "runs: expected permission, got none (Permission ",
        ),
        (
            RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534"),
            "runs: expected room on",
        ),
    ],
)
def test_every_kind_has_its_words(error, expected):
    assert cannot_be_written(error, "runs").startswith(expected)


@pytest.mark.parametrize(
    "error", [os_error(errno.ENOENT, "a"), os_error(errno.EPERM), ValueError("no space"), DataError("ours"), OSError()]
)
def test_what_is_another_s_to_explain(error):
    assert cannot_be_written(error) is None


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EPERM, "Operation not permitted"),  # as of a signal to another's process
        PermissionError("not yours"),
        RuntimeError("[enforce fail at inline_container.cc:145] . PytorchStreamReader failed reading file data/0"),
    ],
)
def test_what_is_no_trouble_with_writing_is_not_the_folder_s(tmp_path, error):
    assert cannot_be_written(error, tmp_path) is None
    with pytest.raises(type(error)) as caught, held(tmp_path / "run"):
        raise error
    assert caught.value is error
    assert str(tmp_path) not in str(of_system(error, tmp_path))


def test_where_temporary_files_have_no_room_that_place_is_named(monkeypatch, tmp_path):
    elsewhere = tmp_path / "tmp"
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(elsewhere))
    monkeypatch.setattr(file_errors, "_free", lambda place: 0 if place == elsewhere else 1e12)
    said = cannot_be_written(os_error(errno.ENOSPC), tmp_path / "run")
    assert said.startswith(f"{elsewhere}: expected room on the disk")


def failing(folder, *files):
    """Makes a folder with files, and an empty one in it, and fails."""
    (folder / "empty").mkdir(parents=True)
    for name in files:
        (folder / name).write_text("")
    raise ZeroDivisionError


def test_what_fails_leaves_no_empty_folder(tmp_path):
    (tmp_path / "runs" / "was empty").mkdir(parents=True)
    folder = tmp_path / "runs" / "a" / "b"
    with pytest.raises(ZeroDivisionError), held(folder):
        failing(folder / "checkpoints" / "inner")
    assert [path.name for path in (tmp_path / "runs").iterdir()] == ["was empty"]


def test_what_has_content_stays(tmp_path):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "part").write_text("")
    with pytest.raises(ZeroDivisionError), held(folder):
        failing(folder / "reference", "part")
    left = sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))
    assert left == [
        "part",
        "reference",
        "reference/part",
    ]


def test_a_page_that_cannot_be_written_leaves_no_folder(tmp_path):
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "new" / "page.html", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_was_used_stays(tmp_path):
    with folder_made(tmp_path / "a" / "b"), no_empty_folders(tmp_path):
        (tmp_path / "a" / "b" / "c").mkdir()
    assert (tmp_path / "a" / "b" / "c").is_dir()
