"""Where a template writes an empty thought, the term looks behind it, or before it: as without one."""

from __future__ import annotations

import copy

import torch

from isoglot import Attachment, Consistency
from isoglot.models.chat import encode
from isoglot.models.template import written

QWEN_3 = (  # in the shape of Qwen 3's, with tokens that this tokenizer has
    "{%- for m in messages -%}<|{{ m.role }}|>\n{{ m.content }}<|end|>\n{%- endfor -%}"
    "{%- if add_generation_prompt -%}<|assistant|>\n"
    "{%- if enable_thinking is false -%}<think>\n\n</think>\n\n{%- endif -%}{%- endif -%}"
)


def test_the_term_looks_where_the_answer_begins_or_where_thinking_would(tiny_model, tokenizer, groups):
    thinking = copy.deepcopy(tokenizer)
    thinking.chat_template = QWEN_3
    silent = written(thinking, {"enable_thinking": False})
    few = groups.select(languages=["en", "sw"], limit=2)

    def rows(tokenizer, **settings):
        term = Attachment.for_model(tiny_model, tokenizer, Consistency(**settings), few).term
        return [term.prompts.encode((group, tag)) for group in few for tag in group.prompts]

    def values(tokenizer, **settings):
        return Attachment.for_model(tiny_model, tokenizer, Consistency(**settings), few)(0)

    prompts = [group.prompts[tag] for group in few for tag in group.prompts]
    assert rows(silent) == rows(silent, thought="after") == [encode(silent, prompt) for prompt in prompts]
    assert rows(silent, thought="before") == rows(thinking) == rows(thinking, thought="before")
    assert rows(silent) != rows(thinking)
    before, asked = values(silent, thought="before"), values(thinking)
    torch.testing.assert_close(before[0], asked[0], rtol=0, atol=0)
    assert before[1] == asked[1]
    assert not torch.equal(values(silent)[0], asked[0])
    cut = encode(silent, "the house is " * 40, max_length=30, quiet=True, before_thought=True)
    assert cut == encode(thinking, "the house is " * 40, max_length=30, quiet=True)
