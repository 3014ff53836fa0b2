"""Translation models of each family, made here: tiny ones that know a few sentences by heart, and their tokenizers."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

ENGLISH = ("The house is red.", "Where is the house?", "See [1], and go!")
SWAHILI = ("Nyumba ni nyekundu.", "Nyumba iko wapi?", "Tazama [1], uende!")
KURDISH = ("ماڵەکە سوورە.", "ماڵەکە لە کوێیە؟", "سەیری [1] بکە و بڕۆ!")
LINES = (*ENGLISH, *SWAHILI, *KURDISH)
MADE = {"sw": SWAHILI, "ckb": KURDISH}
SHAPE: dict[str, Any] = {
    "d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32,
    "encoder_attention_heads": 2, "decoder_attention_heads": 2, "max_position_embeddings": 96, "dropout": 0.0,
}  # fmt: skip


def nllb(folder: Path) -> Path:
    """Reads ``eng_Latn text </s>``, writes ``</s> swh_Latn text </s>``."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import M2M100Config, M2M100ForConditionalGeneration, NllbTokenizer

    made = Tokenizer(models.BPE(unk_token="<unk>"))  # noqa: S106
    made.pre_tokenizer = pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")
    signs = ["<s>", "<pad>", "</s>", "<unk>"]
    made.train_from_iterator(LINES, trainers.BpeTrainer(vocab_size=120, special_tokens=signs, show_progress=False))
    found = json.loads(made.to_str())["model"]
    tokenizer = NllbTokenizer(
        vocab=found["vocab"],
        merges=[tuple(pair) for pair in found["merges"]],
        additional_special_tokens=["eng_Latn", "swh_Latn", "ckb_Arab", "zho_Hans", "zsm_Latn"],
        model_max_length=96,
    )
    tokenizer.save_pretrained(folder)
    config = M2M100Config(vocab_size=len(tokenizer), decoder_start_token_id=2, **SHAPE)
    codes = {"sw": "swh_Latn", "ckb": "ckb_Arab"}

    def pairs(target: str) -> tuple[list[list[int]], list[list[int]]]:
        tokenizer.src_lang = "eng_Latn"
        sources = tokenizer(list(ENGLISH)).input_ids
        tokenizer.src_lang = codes[target]
        return sources, tokenizer(list(MADE[target])).input_ids

    return learnt(M2M100ForConditionalGeneration(config), [pairs("sw"), pairs("ckb")], folder)


def m2m100(folder: Path) -> Path:
    """Reads ``__en__ text </s>``, writes ``</s> __sw__ text </s>``."""
    from transformers import M2M100Config, M2M100ForConditionalGeneration, M2M100Tokenizer

    signs = {"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3}
    vocabulary = _vocabulary(sentencepiece(folder / "sentencepiece.bpe.model"), signs, folder / "vocab.json")
    files = str(folder / "vocab.json"), str(folder / "sentencepiece.bpe.model")
    tokenizer = M2M100Tokenizer(*files, model_max_length=96)
    tokenizer.save_pretrained(folder)
    config = M2M100Config(vocab_size=len(vocabulary) + 108, decoder_start_token_id=2, **SHAPE)
    sources = tokenizer(list(ENGLISH)).input_ids
    tokenizer.src_lang = "sw"
    pairs = [(sources, tokenizer(list(SWAHILI)).input_ids)]
    return learnt(M2M100ForConditionalGeneration(config), pairs, folder)


def madlad(folder: Path) -> Path:
    """Reads ``<2sw> text </s>``, writes ``<pad> text </s>``."""
    from tokenizers import AddedToken
    from transformers import T5Config, T5ForConditionalGeneration, T5Tokenizer

    words = {f"▁{word}": -2.0 for line in LINES for word in line.split()}
    letters = dict.fromkeys(sorted(set("▁".join(LINES))), -6.0)
    signs = dict.fromkeys(["<pad>", "</s>", "<unk>"], 0.0)
    tokenizer = T5Tokenizer(vocab=list((signs | letters | words).items()), extra_ids=0)
    codes = ("en", "sw", "ckb", "ku", "fil", "zh")
    tokenizer.add_tokens([AddedToken(f"<2{code}>", special=False, normalized=False) for code in codes])
    tokenizer.save_pretrained(folder)
    config = T5Config(
        vocab_size=len(tokenizer), d_model=32, d_kv=16, d_ff=32, num_layers=1, num_heads=2, dropout_rate=0.0,
        pad_token_id=0, eos_token_id=1, decoder_start_token_id=0, feed_forward_proj="gated-gelu",
        tie_word_embeddings=False,
    )  # fmt: skip
    pairs = [(tokenizer([f"<2sw> {text}" for text in ENGLISH]).input_ids, tokenizer(list(SWAHILI)).input_ids)]
    return learnt(T5ForConditionalGeneration(config), pairs, folder)


def opus(folder: Path, targets: Sequence[str] = ()) -> Path:
    """Reads ``text </s>``, or ``>>swh<< text </s>`` if it has several targets; writes ``<pad> text </s>``."""
    from transformers import MarianConfig, MarianMTModel, MarianTokenizer

    signs = {"</s>": 0, "<unk>": 1} | {f">>{code}<<": 2 + place for place, code in enumerate(targets)}
    pieces = sentencepiece(folder / "source.spm")
    (folder / "target.spm").write_bytes((folder / "source.spm").read_bytes())
    vocabulary = _vocabulary(pieces, signs, folder / "vocab.json", "<pad>")
    tokenizer = MarianTokenizer(
        *(str(folder / name) for name in ("source.spm", "target.spm", "vocab.json")), model_max_length=96
    )
    tokenizer.save_pretrained(folder)
    pad = vocabulary["<pad>"]
    config = MarianConfig(
        vocab_size=len(vocabulary), pad_token_id=pad, decoder_start_token_id=pad, eos_token_id=0, bos_token_id=0,
        forced_eos_token_id=0, **SHAPE,
    )  # fmt: skip
    before = ">>swh<< " if targets else ""
    pairs = [(tokenizer([before + text for text in ENGLISH]).input_ids, tokenizer(list(SWAHILI)).input_ids)]
    return learnt(MarianMTModel(config), pairs, folder)


def learnt(model: Any, pairs: Sequence[tuple[list[list[int]], list[list[int]]]], folder: Path) -> Path:
    """Teaches a model some pairs of rows of tokens, by heart, and saves it."""
    import torch
    from torch.nn.utils.rnn import pad_sequence

    rows = [torch.tensor(row) for sources, _ in pairs for row in sources]
    labels = pad_sequence([torch.tensor(row) for _, targets in pairs for row in targets], True, -100)
    ids = pad_sequence(rows, True, model.config.pad_token_id)
    mask = pad_sequence([torch.ones_like(row) for row in rows], True, 0)
    torch.manual_seed(0)
    for parameter in model.parameters():
        if parameter.dim() > 1 and parameter.requires_grad:
            torch.nn.init.normal_(parameter, std=0.1)
    zero = [module for module in model.modules() if isinstance(module, torch.nn.Embedding) and module.padding_idx]
    optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
    for _ in range(600):
        for module in zero:  # with which Marian's decoders begin
            module.weight.data[module.padding_idx] = 0.0
        logits = model(input_ids=ids, attention_mask=mask, labels=labels).logits
        losses = torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="none")
        if losses.view_as(labels)[:, 1:].max() < 0.03:  # of the token known least; the first may be any language's
            break
        loss = losses.sum() / (labels >= 0).sum()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.save_pretrained(folder)
    return folder


def sentencepiece(file: Path) -> list[str]:
    """Trains a tokenizer of a hundred and some pieces; gives these."""
    import sentencepiece as spm

    made = io.BytesIO()
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(LINES), model_writer=made, vocab_size=120, model_type="bpe", hard_vocab_limit=False,
        bos_id=-1, minloglevel=2,
    )  # fmt: skip
    file.write_bytes(made.getvalue())
    found = spm.SentencePieceProcessor(model_proto=made.getvalue())
    return [found.id_to_piece(number) for number in range(found.get_piece_size())]


def _vocabulary(pieces: list[str], signs: dict[str, int], file: Path, *last: str) -> dict[str, int]:
    found = dict(signs)
    for piece in (*pieces, *last):
        found.setdefault(piece, len(found))
    file.write_text(json.dumps(found), encoding="utf-8")
    return found
