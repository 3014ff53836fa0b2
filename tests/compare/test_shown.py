"""What the command shows of a comparison, and where."""

from __future__ import annotations

from pathlib import Path

from .test_compare import outcomes, write


def test_prompts_that_changed_stand_below_the_measure_that_they_changed_in(call, tmp_path: Path, monkeypatch):
    """Harmless answers in another language are worse; none is refused, so none stands below the refusals."""
    monkeypatch.chdir(tmp_path)
    for name, seed in (("a", 1), ("b", 2)):
        write(tmp_path / name, outcomes(seed, 0.5), kind="harmless")
    status, out, err = call("compare", "a", "b", "--evaluation", ".", "--judge", "rules")
    assert status == 0, err
    before, _, after = out.partition("harmless prompts: refused")
    assert "harmless prompts: answered in own language" in before
    assert "Got worse: p-" in before
    assert "Got better: p-" in before
    assert "Got" not in after
    assert err.splitlines()[-1] == "Next: isoglot report a b --evaluation . --judge rules"
