"""Where an answer ends: by the generation settings, the tokenizer, and the chat template, in the shapes of families."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from isoglot.errors import ModelError
from isoglot.models.ends import end_of_turn, end_tokens, user_header

# Family -> template, end of text, the token that ends a turn, what begins a user's turn.
FAMILIES = {
    "ChatML": (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
        "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}",
        "<|endoftext|>",
        "<|im_end|>",
        "<|im_start|>user",
    ),
    "Llama 3": (
        "{% for m in messages %}<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content }}<|eot_id|>"
        "{% endfor %}{% if add_generation_prompt %}<|start_header_id|>assistant<|end_header_id|>\n\n{% endif %}",
        "<|end_of_text|>",
        "<|eot_id|>",
        "<|start_header_id|>user<|end_header_id|>",
    ),
    "Gemma": (
        "{% for m in messages %}<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content }}"
        "<end_of_turn>\n{% endfor %}{% if add_generation_prompt %}<start_of_turn>model\n{% endif %}",
        "<eos>",
        "<end_of_turn>",
        "<start_of_turn>user",
    ),
    "Mistral": (
        "{% for m in messages %}{% if m.role == 'user' %}[INST]{{ m.content }}[/INST]{% else %}{{ m.content }}</s>"
        "{% endif %}{% endfor %}",
        "</s>",
        "</s>",
        "[INST]",
    ),
    "GLM": (  # an answer ends where the next speaker begins
        "{% for m in messages %}<|{{ m.role }}|>\n{{ m.content }}{% endfor %}"
        "{% if add_generation_prompt %}<|assistant|>\n{% endif %}",
        "<|endoftext|>",
        None,
        "<|user|>",
    ),
    "gpt-oss": (  # a message ends otherwise than the answer
        "{% for m in messages %}<|start|>{{ m.role }}{% if m.role == 'assistant' %}<|channel|>final{% endif %}"
        "<|message|>{{ m.content }}{% if loop.last and m.role == 'assistant' %}<|return|>{% else %}<|end|>{% endif %}"
        "{% endfor %}{% if add_generation_prompt %}<|start|>assistant{% endif %}",
        "<|endoftext|>",
        "<|return|>",
        "<|start|>user<|message|>",
    ),
    "parts": (
        "{% for m in messages %}<|im_start|>{{ m.role }}\n{% for part in m.content %}{{ part.text }}{% endfor %}"
        "<|im_end|>\n{% endfor %}",
        "<|endoftext|>",
        "<|im_end|>",
        "<|im_start|>user",
    ),
}
SPECIAL = [
    "<|endoftext|>",
    "<|end_of_text|>",
    "<eos>",
    "</s>",
    "<|im_start|>",
    "<|im_end|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<start_of_turn>",
    "<end_of_turn>",
    "[INST]",
    "[/INST]",
    "<|user|>",
    "<|assistant|>",
    "<|start|>",
    "<|end|>",
    "<|return|>",
    "<|message|>",
    "<|channel|>",
]


def tokenizer_of(template, end):
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    made = Tokenizer(models.BPE({token: n for n, token in enumerate(alphabet)}, []))
    made.pre_tokenizer, made.decoder = pre_tokenizers.ByteLevel(add_prefix_space=False), decoders.ByteLevel()
    made.add_special_tokens([AddedToken(token, normalized=False) for token in SPECIAL])
    fast = PreTrainedTokenizerFast(tokenizer_object=made, eos_token=end)
    fast.chat_template = template
    return fast


def model_with(ends):
    return SimpleNamespace(generation_config=SimpleNamespace(eos_token_id=ends))


def test_the_ends_of_a_family_are_those_of_all_three():
    for name, (template, end, turn, header) in FAMILIES.items():
        tokenizer = tokenizer_of(template, end)
        wanted = {tokenizer.convert_tokens_to_ids(token) for token in (end, turn) if token}
        assert end_of_turn(tokenizer) == (turn and tokenizer.convert_tokens_to_ids(turn)), name
        assert end_tokens(model_with(None), tokenizer) == wanted, name
        assert end_tokens(model_with([3, 5]), tokenizer) == wanted | {3, 5}, name
        assert user_header(tokenizer) == header, name


def test_without_a_template_there_is_the_end_of_text():
    tokenizer = tokenizer_of(None, "</s>")
    assert end_tokens(model_with(7), tokenizer) == {7, tokenizer.eos_token_id}
    assert (end_of_turn(tokenizer), user_header(tokenizer)) == (None, "")
    plain = tokenizer_of("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}", "</s>")
    assert (end_of_turn(plain), user_header(plain)) == (None, "")  # words that anybody may write


def test_settings_that_name_no_token():
    with pytest.raises(ModelError, match="eos_token_id: expected a token's id"):
        end_tokens(model_with("</s>"))
