"""A translation in this process, with translators in memory."""

from __future__ import annotations

import json

import pytest

from isoglot import PromptGroups
from isoglot.translate import Link, Plan, translate_groups
from isoglot.translate.translating import cache_path, failed_path
from isoglot.translators.cache import opened


@pytest.fixture
def run(tmp_path):
    """Translates into a file: the report, the groups, and the lines of what was left out."""

    def run(given, chain, to=("es",), name="groups.jsonl", prices=(), **plan):
        output = tmp_path / name
        links = [Link(one, prices[place] if prices else None) for place, one in enumerate(chain)]
        with opened(cache_path(output)) as cache:
            report = translate_groups(given, Plan(list(to), **plan), links, output, cache)
        failed = failed_path(output)
        lines = failed.read_text(encoding="utf-8").splitlines() if failed.exists() else []
        return report, PromptGroups.read(output), [json.loads(line) for line in lines]

    return run
