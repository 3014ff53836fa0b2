"""What all tests share: tiny models, prompts in two and more languages, where the real data lies."""

from __future__ import annotations

import copy
import functools
import gc
import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")  # fastest for tiny models; two test processes do not wait for each other
os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
os.environ.setdefault("DS_ACCELERATOR", "cpu")  # where DeepSpeed is installed it says on stdout that there is no GPU
os.environ.pop("COLUMNS", None)  # tables are as wide in every terminal

import hypothesis
import pytest

from .servers import CannedServer
from .servers import whole as _whole

ROOT = Path(__file__).parent.parent
DATA = ROOT.parent / "shared" / "data"
CANARY = "sk-local-CanaryThatNobodySays"
WHOLE = "WHOLE_MATRIX" in os.environ

hypothesis.settings.register_profile("ours", max_examples=1000 if WHOLE else 25, deadline=None)
hypothesis.settings.load_profile("ours")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file is not imported where all of its tests are left out by ``-m "not ..."``: what it imports takes seconds."""
    left_out = re.fullmatch(r"not \w+( and not \w+)*", config.option.markexpr)
    if left_out is None or collection_path.suffix != ".py":
        return None
    marked = re.search(
        r"^pytestmark = \[?\s*pytest\.mark\.(\w+)", collection_path.read_text(encoding="utf-8"), re.MULTILINE
    )
    return True if marked and marked[1] in left_out[0].split() else None


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """What is imported here is never garbage: a fifth of the time of importing goes into looking for some."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


LONGEST = (  # files of more than 20 seconds, the longest first
    "quickstart/test_quickstart.py",
    "distributed/test_deepspeed.py",
    "attach/test_contract.py",
    "attach/test_variants.py",
    "fuzz/test_fuzz.py",
    "train/test_run.py",
    "distributed/test_ddp.py",
    "sweep/test_run.py",
    "distributed/test_loops.py",
    "models/test_dropout.py",
    "cli/test_cli.py",
    "distributed/test_fsdp.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first, then others that train: no worker has a long one left when the other is done."""
    places = {Path(__file__).parent / file: place for place, file in enumerate(LONGEST)}
    training = {item.path for item in items if item.get_closest_marker("training")}
    items.sort(key=lambda item: (places.get(item.path, len(places)), item.path not in training))


@pytest.fixture(autouse=True)
def _little_to_do_before_each_step():
    """Garbage is looked for in what one test has made, and accelerate looks once for each library.

    A trainer collects garbage when it begins, which takes longer than training where all that was imported is looked
    through. It asks several times a step whether PEFT and DeepSpeed are installed, and reads their metadata each time.
    """
    gc.collect()
    gc.freeze()
    imports = sys.modules.get("accelerate.utils.imports")
    if imports is not None and not hasattr(imports._is_package_available, "cache_info"):
        imports._is_package_available = functools.cache(imports._is_package_available)


@pytest.fixture
def call(capsys):
    """Runs the command in this process: (status, stdout, stderr)."""
    from isoglot.cli import main

    def run(*arguments):
        with pytest.raises(SystemExit) as caught:
            main([str(argument) for argument in arguments])
        shown = capsys.readouterr()
        return caught.value.code, shown.out, shown.err

    return run


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., CannedServer]]:
    """Serves answers on loopback as the models of the provider ``openai-api/local``; its key is ``CANARY``."""
    servers = []

    def serve(answer: Any) -> CannedServer:
        servers.append(CannedServer(answer if callable(answer) else lambda _body: answer))
        monkeypatch.setenv("LOCAL_BASE_URL", servers[-1].url)
        monkeypatch.setenv("LOCAL_API_KEY", CANARY)
        return servers[-1]

    yield serve
    for server in servers:
        server.close()


@pytest.fixture
def whole() -> Callable[..., dict[str, Any]]:
    """Makes a whole answer of a server, with a reason to end and log-probabilities."""
    return _whole


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """A Chromium; tests of what it makes of a page are skipped without one."""
    playwright = pytest.importorskip("playwright.sync_api")
    names = ("chromium", "chromium-browser", "google-chrome")
    chromium = next((path for name in names if (path := shutil.which(name))), None)
    if chromium is None:
        pytest.skip("no Chromium on this machine")
    quiet = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking"
    with playwright.sync_playwright() as started:
        found = started.chromium.launch(
            executable_path=chromium, args=[*quiet.split(), "--disable-component-update", "--disable-sync"]
        )
        yield found
        found.close()


@pytest.fixture
def opened(browser: Any) -> Iterator[Callable[..., tuple[Any, list[str], list[str]]]]:
    """Opens a page: gives it, the requests it makes and what its console says."""
    contexts = []

    def open_page(page: Path, width: int, scheme: str = "light") -> tuple[Any, list[str], list[str]]:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        tab, requests, said = context.new_page(), [], []
        tab.on("request", lambda request: requests.append(request.url))
        tab.on("console", lambda message: said.append(message.text))
        tab.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
        tab.goto(page.as_uri())
        return tab, requests, said

    yield open_page
    for context in contexts:
        context.close()


@pytest.fixture
def unreachable() -> Callable[[Any], list[str]]:
    """Of an open page's tables, the columns that no scrolling of their box shows beside what stays in place."""
    look = """() => [...document.querySelectorAll('.scroll')].flatMap(box => {
        const cells = [...box.querySelectorAll('tr > *')].filter(cell => cell.colSpan == 1)
        const stays = cell => getComputedStyle(cell).position == 'sticky'
        const held = Math.max(0, ...cells.filter(stays).map(cell => cell.offsetWidth))
        const free = box.clientWidth - held
        const hidden = cells.filter(cell => !stays(cell)).filter(cell => {
            box.scrollLeft = cell.offsetLeft - held
            const [outer, inner] = [box.getBoundingClientRect(), cell.getBoundingClientRect()]
            const seen = Math.min(inner.right, outer.right) - Math.max(inner.left, outer.left + held)
            return seen < Math.min(inner.width, free) - 3
        }).map(cell => cell.textContent)
        return free < box.clientWidth / 2 ? [`${box.ariaLabel}: ${held} of ${box.clientWidth} stay`, ...hidden] : hidden
    })"""
    return lambda tab: tab.evaluate(look)


@pytest.fixture(scope="session")
def data_folder() -> Path:
    """Other people's real files; not part of the project."""
    if not DATA.is_dir():
        pytest.skip(f"no real data at {DATA}")
    return DATA


@pytest.fixture(scope="session")
def base() -> Path:
    """The embedded world's model."""
    import isoglot

    return Path(isoglot.__file__).parent / "quickstart" / "world" / "base"


@pytest.fixture(scope="session")
def tokenizer(base):
    """The embedded world's tokenizer, chat template included."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(base)


@pytest.fixture(scope="session")
def _tiny_loaded(tiny_folder):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(tiny_folder)


@pytest.fixture
def tiny_model(_tiny_loaded):
    """A random Llama of four layers, each test's own."""
    return copy.deepcopy(_tiny_loaded)


@pytest.fixture(scope="session")
def tiny_folder(tiny_llama) -> Path:
    """A folder with that model and the embedded world's tokenizer; DPO loads its reference from there."""
    return tiny_llama("tiny")


@pytest.fixture(scope="session")
def tiny_llama(tokenizer, tmp_path_factory) -> Callable[..., Path]:
    """Makes folders with a random Llama of four layers and that tokenizer; keywords go into its configuration."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    def make(name: str, **more: object) -> Path:
        torch.manual_seed(0)
        config = LlamaConfig(
            vocab_size=len(tokenizer),
            hidden_size=16,
            intermediate_size=32,
            num_hidden_layers=4,
            num_attention_heads=2,
            num_key_value_heads=2,
            max_position_embeddings=128,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
            **more,
        )
        folder = tmp_path_factory.mktemp(name)
        LlamaForCausalLM(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return make


@pytest.fixture(scope="session")
def world():
    """The embedded world's text."""
    from isoglot.quickstart.world.text import World

    return World.load()


@pytest.fixture(scope="session")
def groups(world):
    """Six harmful and six harmless groups in ten languages."""
    from isoglot.quickstart.world.data import alignment_groups

    return alignment_groups(world, 6)


@pytest.fixture(scope="session")
def pairs(world):
    """Forty English preference pairs as chat messages."""
    from isoglot.quickstart.world.data import preferences

    return preferences(world, 40)
