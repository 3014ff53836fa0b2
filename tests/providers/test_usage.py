"""What answers took: tokens and money, under the name of who gave them."""

from __future__ import annotations

import pytest

from isoglot.providers.usage import Price, Usage, usage_words


@pytest.mark.parametrize("of", ["judge", "translator"])
def test_a_record_says_whose_answers_it_is_of_and_is_read_again(of):
    usage = Usage(Price.parse("0.5/2"))
    assert usage.record(of) == {}
    usage.add(1_000_000, 10)
    usage.add(1_000, 490)
    record = {"model": "m", **usage.record(of)}
    assert record == {
        "model": "m",
        f"{of}_tokens": {"input": 1_001_000, "output": 500},
        f"{of}_price_per_million": {"input": 0.5, "output": 2.0},
        f"{of}_cost": 0.5005 + 0.001,
    }
    assert usage_words(record, of) == "1,001,000 input and 500 output tokens, cost 0.5015"
    assert usage_words(record, "nobody") == ""


def test_without_a_price_there_is_no_cost():
    usage = Usage()
    usage.add(3, 0)
    assert usage.record("judge") == {"judge_tokens": {"input": 3, "output": 0}}
    assert usage_words(usage.record("judge"), "judge") == "3 input and 0 output tokens"
