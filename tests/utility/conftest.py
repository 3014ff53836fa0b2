"""What the tests of utility share: tasks of one's own, in two languages."""

from __future__ import annotations

import json

import pytest

TASK = """task: {name}_{tag}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
doc_to_text: "{{{{question}}}}"
"""
KINDS = {
    "colours": """output_type: multiple_choice
doc_to_choice: ["one", "two three"]
doc_to_target: answer
metric_list: [{metric: acc}]
""",
    "telling": """output_type: generate_until
doc_to_target: "{{text}}"
generation_kwargs: {max_gen_toks: 8, do_sample: false, until: ["@@"]}
metric_list: [{metric: exact_match}]
""",
}
QUESTIONS = {"en": ["How are you?", "What is it?", "Who?"], "sw": ["Habari yako?", "Ni nini?", "Nani?"]}


@pytest.fixture
def own_tasks(tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "tasks"
    folder.mkdir()
    for tag, questions in QUESTIONS.items():
        rows = [{"question": text, "answer": place % 2, "text": "no"} for place, text in enumerate(questions)]
        file = folder / f"{tag}.json"
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
        for name, rest in KINDS.items():
            (folder / f"{name}_{tag}.yaml").write_text(TASK.format(name=name, tag=tag, file=file) + rest)
    return folder
