"""The batch endpoint over HTTP on loopback: one batch for many texts, and none twice whatever is killed or lost."""

from __future__ import annotations

import asyncio
import json
import threading

import pytest

from isoglot.calls import stop
from isoglot.errors import ConfigError
from isoglot.providers.attempts import Attempts
from isoglot.translators.cache import TranslationCache
from isoglot.translators.chat_batch import BatchTranslator
from isoglot.translators.endpoint import endpoint
from isoglot.translators.named import named

from .batch_server import batch_server

pytestmark = pytest.mark.training  # imports openai, which takes a second


@pytest.fixture
def cache(tmp_path):
    found = TranslationCache(tmp_path / "cache.sqlite")
    yield found
    found.close()


def upper(text):
    return f"<translation>{text.upper()}</translation>"


def translator(server, cache, patience=0.01, attempts=5):
    where = endpoint(f"openai-batch:m@{server.url}", "NO_SUCH_KEY", model=True)
    return BatchTranslator(where, Attempts(attempts=attempts, longest_wait=0.01), cache, patience=patience)


def made(one, *texts):
    """Translations."""

    async def ask():
        try:
            return list(await one.translate(texts, "en", "sw"))
        finally:
            await one.close()

    return asyncio.run(ask())


def killed(one, *texts, server):
    """Ends the work, as a kill does, once it waits for its batch: the server has been asked how far that is."""

    async def ask():
        work = asyncio.ensure_future(one.translate(texts, "en", "sw"))
        while not any(batch["looks"] for batch in server.batches):
            assert not work.done()
            await asyncio.sleep(0.01)
        work.cancel()
        await asyncio.wait([work])
        assert work.cancelled()
        await one.close()

    asyncio.run(ask())


def test_many_texts_are_one_batch(cache):
    def said(text):
        return {"odd": "no form", "no": 400, "lose [1]": upper("lost")}.get(text, upper(text))

    with batch_server(said) as server:
        texts = [*(f"text {number}" for number in range(30)), "odd", "no", "lose {x}", "text 1"]
        found = made(translator(server, cache), *texts)
        assert [one.text for one in found] == [
            *(f"TEXT {number}" for number in range(30)),
            None,
            None,
            "LOSE {x}",
            "TEXT 1",
        ]
        assert (found[0].input_tokens, found[0].output_tokens) == (3, 4)
        assert (found[30].lasting, "without the form" in found[30].error) == (True, True)
        assert (found[31].lasting, found[31].error) == (False, "no no")
        assert len(server.batches) == 1
        assert set(server.asked.values()) == {1}
        assert server.at_once == {"odd": 3, "lose": 1}


def test_after_a_kill_the_batch_is_waited_for_and_not_made_again(cache, tmp_path):
    with batch_server(upper, looks=10**9) as server:
        killed(translator(server, cache), "one", "two", server=server)
        server.looks = 1
        assert len(server.batches) == 1
        other = TranslationCache(tmp_path / "cache.sqlite")  # of the process that goes on
        found = made(translator(server, other), "two", "three", "one")  # another order, and one more
        other.close()
        assert [one.text for one in found] == ["TWO", "THREE", "ONE"]
        assert server.asked == {"one": 1, "two": 1, "three": 1}
        assert len(server.batches) == 2


def test_ctrl_c_waits_for_no_batch_that_the_server_goes_on_with(cache):
    async def stopped_soon(one):
        threading.Timer(0.3, stop, [asyncio.get_running_loop()]).start()
        try:
            return await asyncio.wait_for(one.translate(["one"], "en", "sw"), 5)
        finally:
            await one.close()

    with batch_server(upper, looks=10) as server:
        [found] = asyncio.run(stopped_soon(translator(server, cache, patience=60)))
        assert (found.text, found.lasting, "the work was stopped" in found.error) == (None, False, True)
        assert [one.text for one in made(translator(server, cache), "one")] == ["ONE"]
        assert len(server.batches) == 1


def test_an_answer_that_was_lost_makes_no_second_batch(cache):
    with batch_server(upper) as server:
        server.lost = 1
        assert [one.text for one in made(translator(server, cache), "one")] == ["ONE"]
        assert (len(server.batches), server.asked["one"]) == (1, 1)
        server.lost = 1
        (found,) = made(translator(server, cache, attempts=1), "two")  # which is a kill right then
        assert (found.text, found.lasting) == (None, False)
        assert [one.text for one in made(translator(server, cache), "two")] == ["TWO"]
        assert (len(server.batches), server.asked["two"]) == (2, 1)


def test_a_batch_that_failed_is_made_again_when_asked_again(cache):
    with batch_server(upper, looks=10**9) as server:
        killed(translator(server, cache), "one", server=server)
        errors = {"object": "list", "data": [{"code": "x", "message": "too large", "line": None, "param": None}]}
        server.batches[0] |= {"status": "failed", "errors": errors}
        (found,) = made(translator(server, cache), "one")
        assert (found.text, found.error, found.lasting) == (
            None,
            "no answer in a batch that is failed: too large",
            False,
        )
        server.looks = 1
        assert made(translator(server, cache), "one")[0].text == "ONE"


def test_a_batch_that_the_server_has_no_more_is_made_again_when_asked_again(cache):
    with batch_server(upper) as server:
        assert made(translator(server, cache), "one")[0].text == "ONE"
        server.batches.clear()
        (found,) = made(translator(server, cache), "one")
        assert (found.text, found.lasting, "NotFoundError" in found.error) == (None, False, True)
        assert made(translator(server, cache), "one")[0].text == "ONE"


def test_what_a_server_says_in_another_form_ends_nothing(cache, monkeypatch):
    def said(self, body, counted):
        return {"nested": json.loads("[" * 500 + "]" * 500), "number": 5, "text": "x"}[next(answers)], {}

    answers = iter(("nested", "number", "text"))
    with batch_server(upper) as server:
        monkeypatch.setattr(type(server), "answered", said)
        found = made(translator(server, cache, attempts=1), "one", "two", "three")
        assert [(one.text, one.lasting) for one in found] == [(None, False)] * 3
    for place, errors in enumerate(("too large", {"data": ["x"]}, {"data": []}, 5)):
        with batch_server(upper, looks=10**9) as server:
            killed(translator(server, cache), f"text {place}", server=server)
            server.batches[0] |= {"status": "failed", "errors": errors}
            (found,) = made(translator(server, cache), f"text {place}")
            assert found.error == "no answer in a batch that is failed"


def test_without_a_store_there_is_none():
    with pytest.raises(ConfigError, match="expected a store of translations, got none"):
        named("openai-batch:m@http://localhost:1/v1")
