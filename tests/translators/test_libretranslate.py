"""LibreTranslate, as its server answers: on loopback."""

from __future__ import annotations

import pytest

from isoglot.providers.attempts import Attempts
from isoglot.translators import NoPair
from isoglot.translators.endpoint import endpoint
from isoglot.translators.libretranslate import LibreTranslate
from isoglot.translators.named import named

from ..servers import CannedServer
from .asked import made

CANARY = "libre-CanaryThatNobodySays"


@pytest.fixture
def served(monkeypatch):
    servers = []

    def serve(answer):
        monkeypatch.setenv("LIBRETRANSLATE_API_KEY", CANARY)
        servers.append(CannedServer(answer))
        url = servers[-1].url.removesuffix("/v1")
        where = endpoint(f"libretranslate:{url}/", "LIBRETRANSLATE_API_KEY", model=False)
        return servers[-1], LibreTranslate(where, Attempts(longest_wait=0.01, attempts=3))

    yield serve
    for server in servers:
        server.close()


def upper(body):
    """As the server does, an error for a text that it does not like."""
    if any("bad" in text for text in body["q"]):
        return 400, {}, {"error": f"cannot: {body['api_key']}"}
    return {"translatedText": [text.upper() for text in body["q"]]}


def test_several_texts_are_one_request(served):
    server, translator = served(upper)
    found = made(translator, "one {x}\n\n two", "```\ncode\n```\nthree", "one {y}\n\n two")
    assert [one.text for one in found] == ["ONE {x}\n\n TWO", "```\ncode\n```\nTHREE", "ONE {y}\n\n TWO"]
    ((path, body, _),) = server.requests
    assert path == "/translate"
    asked = {"source": "en", "target": "sw", "format": "text", "api_key": CANARY}
    assert body == asked | {"q": ["one [1]\n\n two", "three"]}
    assert CANARY not in f"{translator.spec}{translator.model}{translator.settings}"


def test_a_text_that_is_refused_costs_the_others_nothing(served):
    server, translator = served(upper)
    found = made(translator, "one", "bad", "two")
    assert [one.text for one in found] == ["ONE", None, "TWO"]
    assert "got status 400: cannot: [secret]. Look whether the server has both languages" in found[1].error
    assert not found[1].lasting
    assert len(server.requests) == 4


def test_a_pair_that_the_server_does_not_list_is_lacking_and_a_text_that_it_refuses_is_not(served):
    server, translator = served(lambda body: upper(body) if body["target"] == "sw" else (400, {}, {"error": "no"}))
    (found,) = made(translator, "x", target="yo")  # it does not say which languages it has
    assert (found.text, found.lasting) == (None, False)
    server.pages["/languages"] = [{"code": "en", "name": "English", "targets": ["en", "sw"]}, {"code": "yo"}]
    with pytest.raises(NoPair, match="lists no translation from en to yo"):
        made(translator, "x", "y", target="yo")
    assert [one.text for one in made(translator, "one", "bad")] == ["ONE", None]
    assert translator.only_asking_tells


def test_what_may_pass_is_tried_again(served):
    bad = [503, {"translatedText": ["too", "many"]}, {"translatedText": ["X"]}]
    server, translator = served(lambda _body: bad.pop(0))
    assert made(translator, "x")[0].text == "X"
    server, translator = served(lambda _body: 429)
    (found,) = made(translator, "x")
    assert (found.text, found.lasting, len(server.requests)) == (None, False, 3)
    assert "after 3 attempts" in found.error


def test_texts_go_nowhere_else_and_a_key_is_hidden(served):
    other, _ = served(upper)
    server, translator = served(lambda _body: (307, {"location": f"{other.url}/translate"}, {}))
    (found,) = made(translator, "x")
    assert (found.text, len(server.requests), len(other.requests)) == (None, 1, 0)
    assert "status 307" in found.error
    assert "It sends to another address" in found.error
    _, translator = served(lambda body: {"translatedText": [body["api_key"]]})
    assert made(translator, "x")[0].text == "[secret]"
    one = named(f"libretranslate:http://localhost:1/{CANARY}/")  # as some gateways want it
    assert (one.spec, one.model) == ("libretranslate:http://localhost:1/[secret]/", "http://localhost:1/[secret]")


def test_what_it_calls_languages(served):
    server, translator = served(upper)
    tags = {"zh": "zh-Hans", "zh-TW": "zh-Hant", "no": "nb", "pt-BR": "pt-BR", "pt": "pt", "swh": "sw", "tl": "tl"}
    for tag in tags:
        made(translator, "x", target=tag)
    assert [body["target"] for _, body, _ in server.requests] == list(tags.values())
    assert translator.why_not("en", "zh-Hant") == ""
    assert "no code for the script of sr-Latn" in translator.why_not("en", "sr-Latn")
    assert named("libretranslate:http://localhost:1#LIBRETRANSLATE_API_KEY").batch_size > 1
