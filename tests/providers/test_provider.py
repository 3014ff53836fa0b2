"""The adapter to inspect_ai's providers, over HTTP on loopback: what is sent, what comes back, what goes wrong."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import sys
import threading
import time
import traceback

import pytest

from isoglot.calls import until_done
from isoglot.errors import ConfigError, MissingLibraryError
from isoglot.providers import Completion, Provider, ProviderError
from isoglot.providers.failure import failure, without_secrets
from isoglot.providers.opening import not_opened

pytestmark = pytest.mark.training  # imports inspect_ai, which takes seconds

SPEC = "openai-api/local/org/model"
CANARY = "sk-local-CanaryThatNobodySays"


def ask(provider, *prompts, **settings):
    """Answers or errors, from an event loop of their own in which connections are closed again."""

    async def all_of_them():
        calls = [provider.complete(prompt, **{"max_tokens": 5} | settings) for prompt in prompts]
        found = await asyncio.gather(*calls, return_exceptions=True)
        await provider.close()
        return found

    found = asyncio.run(all_of_them())
    return found if len(prompts) > 1 else found[0]


def test_what_is_sent_and_what_comes_back(served, whole):
    server = served(lambda body: whole("<think>hm</think>\nyes", body, finish="length"))
    provider = Provider(SPEC)
    response = "<think>not yours</think> <|eot_id|> <internal>x</internal> \ufffd"
    messages = [
        {"role": "system", "content": "s"},
        {"role": "user", "content": "u"},
        {"role": "assistant", "content": response},
    ]
    sent = [message | {"content": message["content"].replace("\ufffd", "\ud800")} for message in messages]
    found = ask(provider, sent, seed=7, stop=["\n\n"], template={"enable_thinking": False})
    assert found == Completion("yes", "max_tokens", input_tokens=10, output_tokens=3)
    assert found.cut
    path, body, headers = server.requests[0]
    assert path == "/v1/chat/completions"
    assert headers["authorization"] == f"Bearer {CANARY}"
    assert body == {
        "model": "org/model", "messages": messages, "max_tokens": 5, "temperature": 0.0, "seed": 7, "stop": ["\n\n"],
        "chat_template_kwargs": {"enable_thinking": False},
    }  # fmt: skip
    assert ask(provider, "plain text") == found  # in another event loop, over new connections
    assert server.requests[1][1]["messages"] == [{"role": "user", "content": "plain text"}]


def test_a_raw_provider_sends_the_text_as_it_is_and_gives_log_probabilities(served, whole):
    likely = {
        "tokens": ["Yes"],
        "token_logprobs": [-0.2],
        "top_logprobs": [{"Yes": -0.2, "No": -1.7}],
        "text_offset": [0],
    }
    server = served(lambda body: whole("Yes", body, logprobs=likely))
    found = ask(Provider(SPEC, raw=True), "<|user|>\n[INST] a text [/INST]\n", logprobs=5)
    assert found.text == "Yes"
    assert found.logprobs == ({"Yes": -0.2, "No": -1.7},)
    path, body, _ = server.requests[0]
    assert path == "/v1/completions"
    assert (body["prompt"], body["temperature"], body["logprobs"]) == ("<|user|>\n[INST] a text [/INST]\n", 0.0, 5)


def test_no_more_calls_at_a_time_than_allowed(served, whole):
    met, inside, counts = threading.Barrier(3), [], []

    def answer(body):
        inside.append(body)
        counts.append(len(inside))
        met.wait(60)  # for all that are allowed, however slow the machine is
        time.sleep(0.02)  # for one more, if there were one
        inside.pop()
        return whole("x", body)

    served(answer)
    found = ask(Provider(SPEC, concurrency=3), *["p"] * 12)
    assert [one.text for one in found] == ["x"] * 12
    assert max(counts) == 3


def test_what_may_pass_is_tried_again(served):
    bad = iter([500, b"{ broken", {"no": "choices"}, 429, b'"a text"', {"id": "1", "choices": []}])
    server = served(lambda _body: next(bad, "good"))
    assert ask(Provider(SPEC, attempts=7, longest_wait=0.01), "p").text == "good"
    assert len(server.requests) == 7


def test_a_hung_call_ends_and_costs_the_others_nothing(served):
    server = served(lambda body: 5 if body["messages"][0]["content"] == "hang" else "quick")
    hung, quick = ask(Provider(SPEC, attempts=2, timeout=1.0, longest_wait=0.01), "hang", "p")
    assert quick.text == "quick"
    assert isinstance(hung, ProviderError)
    assert "no answer in 1 seconds after 2 attempts" in str(hung)
    assert len(server.requests) == 3


def test_after_ctrl_c_nothing_is_tried_again(served):
    """One call waits for a second attempt, one is under way and fails: both end at once; one that answers is kept."""
    under_way, stopped = threading.Barrier(3), threading.Event()

    def answer(body):
        prompt = body["messages"][0]["content"]
        if prompt != "waits":
            under_way.wait(5)
            stopped.wait(5)
        return "good" if prompt == "answers" else 500

    server = served(answer)
    provider = Provider(SPEC, attempts=9, longest_wait=60)
    provider._attempts._wait = lambda state: 60.0
    found = {}

    async def one(prompt):
        try:
            found[prompt] = (await provider.complete(prompt, max_tokens=5)).text
        except ProviderError as error:
            found[prompt] = str(error)

    async def main():
        calls = [asyncio.create_task(one(prompt)) for prompt in ("waits", "fails", "answers")]
        try:
            await until_done(calls, threading.Event(), paid="answers")
        finally:
            await provider.close()

    def interrupt():
        under_way.wait(5)
        time.sleep(0.3)  # in which the first has its error, and waits for a minute
        os.kill(os.getpid(), signal.SIGINT)
        threading.Timer(0.2, stopped.set).start()

    threading.Thread(target=interrupt).start()
    with pytest.warns(UserWarning, match="Waiting for answers"), pytest.raises(KeyboardInterrupt):
        asyncio.run(main())
    assert found["answers"] == "good"
    assert "stopped while it waited" in found["waits"]
    assert "InternalServerError" in found["fails"]
    assert len(server.requests) == 3


def test_a_refused_key_is_no_second_attempt_and_stands_nowhere(served, caplog, capfd, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    server = served(401)
    with caplog.at_level(logging.DEBUG):
        error = ask(Provider(SPEC), "a prompt")
    assert isinstance(error, ProviderError)
    assert len(server.requests) == 1
    assert server.requests[0][2]["authorization"] == f"Bearer {CANARY}"  # which the server quotes in its answer
    assert "no, Bearer [secret] will not do" in str(error)
    assert "LOCAL_API_KEY" not in str(error) or CANARY not in str(error)
    shown = "".join(traceback.format_exception(error)) + caplog.text + "".join(capfd.readouterr())
    assert "CanaryThat" not in shown
    assert not list(tmp_path.rglob("*"))


@pytest.mark.parametrize(
    ("spec", "variable"),
    [
        (SPEC, "LOCAL_BASE_URL"),
        (SPEC, "INSPECT_EVAL_MODEL_BASE_URL"),  # of any provider that has none of its own
        ("openai/gpt-4o", "OPENAI_BASE_URL"),
        ("vllm/org/model", "VLLM_BASE_URL"),  # which is looked at when the model is first asked
    ],
)
def test_a_provider_opened_again_is_the_same_server(served, monkeypatch, spec, variable):
    first, second = served("first"), served("second")
    for name in ("LOCAL_BASE_URL", "OPENAI_BASE_URL", "VLLM_BASE_URL", "INSPECT_EVAL_MODEL_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OPENAI_API_KEY", CANARY)
    monkeypatch.setenv(variable, first.url)
    provider = Provider(spec, attempts=1)
    monkeypatch.setenv(variable, second.url)
    monkeypatch.setenv("OTHER_BASE_URL", second.url)
    assert [ask(provider, "p").text for _ in range(2)] == ["first", "first"]
    assert os.environ[variable] == os.environ["OTHER_BASE_URL"] == second.url  # what others open is theirs
    assert ask(Provider(spec, attempts=1), "p").text == "second"
    monkeypatch.delenv(variable)
    assert ask(provider, "p").text == "first"


def test_a_prompt_goes_nowhere_else_though_the_server_says_so(served):
    other = served("elsewhere")
    served((307, {"location": f"{other.url}/chat/completions"}, {}))
    with pytest.raises(ProviderError, match="It sends to another address"):
        raise ask(Provider(SPEC, attempts=3), "hello")
    assert other.requests == []


def test_secrets_are_hidden_wherever_they_come_from(monkeypatch):
    monkeypatch.setenv("SOME_TOKEN", "abcdefgh")
    text = "http://me:pass@host/v1 said abcdefgh, Bearer xyz123 and sk-proj-0123456789; a task is fine"
    assert without_secrets(text, ["/v1 said"]) == (
        "http://[secret]@host[secret] [secret], Bearer [secret] and [secret]; a task is fine"
    )


def test_what_cannot_be_called_is_said_before_a_call(monkeypatch):
    monkeypatch.delenv("LOCAL_API_KEY", raising=False)
    monkeypatch.delenv("LOCAL_BASE_URL", raising=False)
    monkeypatch.setenv("OTHER_API_KEY", CANARY)
    monkeypatch.delenv("OTHER_BASE_URL", raising=False)
    hook = sys.excepthook
    for spec, raw, said in (
        ("nope/model", False, "Model API nope of model 'nope/model' not recognized"),
        ("plain", False, "in the format of <api_name>/<model_name>"),
        (
            SPEC,
            False,
            "without LOCAL_API_KEY and LOCAL_BASE_URL. Set LOCAL_API_KEY (any value for a server without keys), and "
            "LOCAL_BASE_URL to the server's address, which ends in /v1.",
        ),
        ("openai-api/other/m", False, "Set OTHER_BASE_URL to the server's address, which ends in /v1."),
        ("hf/some/model", True, "expected openai-api/... or vllm/..., got 'hf/some/model'"),
    ):
        with pytest.raises(ConfigError) as caught:
            Provider(spec, raw=raw)
        assert said in str(caught.value)
        assert CANARY not in str(caught.value)
        assert "[bold]" not in str(caught.value)
        assert "\n" not in str(caught.value)
        assert ".." not in str(caught.value).replace("/...", "")
    with pytest.raises(ConfigError, match="concurrency: expected a whole number >= 1, got 0"):
        Provider("mockllm/model", concurrency=0)
    assert sys.excepthook is hook
    monkeypatch.setattr("isoglot.extras.importlib.util.find_spec", lambda _name: None)
    with pytest.raises(MissingLibraryError, match=r"isoglot\[inspect\]"):
        Provider("mockllm/model")


@pytest.mark.parametrize(
    ("spec", "said", "got", "step"),
    [
        ("openai-api/my-own/m", "No [bold][blue]MY_OWN_API_KEY[/blue][/bold] defined in the environment.",
         "an environment without MY_OWN_API_KEY and MY_OWN_BASE_URL", "Set MY_OWN_API_KEY (any value for a server "
         "without keys), and MY_OWN_BASE_URL to the server's address, which ends in /v1"),
        ("together/m", "ERROR: Unable to initialise Together client\n\nNo TOGETHER_API_KEY defined in the environment.",
         "an environment without TOGETHER_API_KEY", "Set TOGETHER_API_KEY"),
        ("meta/m", "Unable to initialise Meta client\n\nNo META_API_KEY or MODEL_API_KEY defined in the environment.",
         "an environment without META_API_KEY or MODEL_API_KEY", "Set META_API_KEY or MODEL_API_KEY"),
        ("openai/m", "No OPENAI_API_KEY, AZUREAI_OPENAI_API_KEY, or managed identity defined in the environment.",
         "an environment without OPENAI_API_KEY or AZUREAI_OPENAI_API_KEY",
         "Set OPENAI_API_KEY or AZUREAI_OPENAI_API_KEY"),
        ("grok/m", "No XAI_API_KEY defined in environment and no api_key expliictly provided to grok provider",
         "an environment without XAI_API_KEY", "Set XAI_API_KEY"),
        ("groq/m", "[bold]ERROR[/bold]: Groq API requires dependencies. Install with:\n\n[bold]pip install g[/bold]",
         "Groq API requires dependencies", "Run: pip install g"),
        ("groq/m", "ERROR: Groq API requires at least version 2 of package groq (you have version 1 installed).\n\n"
         "Upgrade with: pip install --upgrade groq",
         "Groq API requires at least version 2 of package groq (you have version 1 installed)",
         "Run: pip install --upgrade groq"),
    ],
)  # fmt: skip
def test_what_a_provider_lacks_is_the_next_step(spec, said, got, step):
    from inspect_ai._util.error import PrerequisiteError

    assert not_opened(spec, PrerequisiteError(said)) == (got, step)


def test_only_a_wrong_name_is_told_how_names_are():
    got, step = not_opened("nope/m", ValueError("Model API nope of model 'nope/m' not recognized."))
    assert step == "A provider is named as inspect_ai names it, as in openai-api/NAME/MODEL"
    got, step = not_opened("hf/m", OSError("We couldn't connect to sk-abcdefghij."))
    assert got == "OSError: We couldn't connect to [secret]"
    assert step == "Look at what this provider needs: https://inspect.aisi.org.uk/providers.html"


def test_inspect_ai_keeps_nothing_of_a_call(served):
    from inspect_ai.log._transcript import _transcript

    served("answer")
    provider = Provider(SPEC)

    async def calls():
        await asyncio.gather(*(provider.complete("p", max_tokens=5) for _ in range(3)))
        found = await provider.complete("p", max_tokens=5)
        assert _transcript.get() is None  # else every prompt and answer would stay in memory
        await provider.close()
        return found

    assert asyncio.run(calls()).text == "answer"


def test_what_to_do_is_said_by_the_kind_of_the_failure():
    class APIConnectionError(Exception):
        """As the library openai calls it."""

    class APITimeoutError(APIConnectionError):
        """A kind of the former there."""

    for error, step in (
        (APIConnectionError("Connection error."), "Look whether the server runs and whether the address is right."),
        (ConnectionRefusedError("refused"), "Look whether the server runs and whether the address is right."),
        (APITimeoutError("Request timed out."), "Allow more time for a call, or fewer calls at a time."),
        (TimeoutError("late"), "Allow more time for a call, or fewer calls at a time."),
        (ValueError("no JSON"), "Look at the server's log."),
    ):
        assert str(failure("openai:m", error, 2)).endswith(step)
    with pytest.raises(json.JSONDecodeError) as caught:  # as a library says of an answer in another form
        json.loads("<html>")
    said = str(failure("m", caught.value, 1))
    assert "got one that is not of the protocol (JSONDecodeError: Expecting value" in said
    assert said.endswith("Look whether the address is that of the API, which most servers have under /v1.")
    assert "got an answer without choices. Look" in str(failure("m", ValueError("an answer without choices"), 1))
