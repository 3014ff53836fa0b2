"""Switches off what acts at random in a model that is in training: dropout of every kind, noise on routers.

In evaluation mode it would be off too, but so would gradient checkpointing.
"""

from __future__ import annotations

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from torch import nn

# How rates are called, by modules and by the configurations that some modules look them up in. (LayerDrop leaves out
# whole layers, the wanted one too; a pass that stops at a layer has its own care for that.)
_RATE = re.compile(r"(?<!layer)drop(?!\w*layer)|jitter")
# What recomputes a layer on the way back, in transformers' layers and in torch's wrapper.
_RECOMPUTES = ("_gradient_checkpointing_func", "checkpoint_fn")


@contextlib.contextmanager
def without_dropout(model: nn.Module) -> Iterator[None]:
    """Sets every rate of a model that is above 0 to 0 in the context.

    What gradient checkpointing computes again later, outside of the context, is computed without dropout too. A model
    that has no dropout, or is in evaluation mode, is not touched.

    Args:
        model: a Hugging Face model, possibly wrapped.
    """
    rates = list(_rates(model))
    recomputing = list(_recomputing(model)) if rates else []
    with contextlib.ExitStack() as after:
        for owner, name, value in [*((*rate, 0.0) for rate in rates), *recomputing]:
            after.callback(setattr, owner, name, getattr(owner, name))
            setattr(owner, name, value)
        yield


def _rates(model: nn.Module) -> Iterator[tuple[Any, str]]:
    """Attributes with a rate above 0 that acts now, and what has them: a module, or a configuration."""
    configurations: dict[int, Any] = {}
    for module in _within(model):
        own = vars(module)
        if not own.get("training", True):  # torch.compile's wrapper has none of its own
            continue
        yield from _of(module, own)
        if (configuration := own.get("config")) is not None:
            configurations[id(configuration)] = configuration
    for configuration in configurations.values():
        yield from _of(configuration, getattr(configuration, "__dict__", {}))


def _of(owner: Any, own: Mapping[str, Any]) -> Iterator[tuple[Any, str]]:
    floats = [(name, value) for name, value in own.items() if type(value) is float]
    yield from [(owner, name) for name, value in floats if value and _is_rate(name, owner)]


def _within(model: nn.Module) -> Iterator[nn.Module]:
    """The modules of a model, as it gives them, in half the time: a large one with adapters has thousands of them."""
    left, seen = [model], {id(model)}
    while left:
        module = left.pop()
        yield module
        for child in module._modules.values():
            if child is not None and id(child) not in seen:
                seen.add(id(child))
                left.append(child)


def _is_rate(name: str, owner: Any) -> bool:
    """Whether an attribute is a rate: ``p`` is one of torch's dropout only."""
    return bool(_RATE.search(name)) or (name == "p" and bool(_RATE.search(type(owner).__name__.lower())))


def _recomputing(model: nn.Module) -> Iterator[tuple[nn.Module, str, Callable[..., Any]]]:
    """What recomputes, whose it is, and the same with dropout off whenever it runs something."""
    for module in _within(model):
        for name in _RECOMPUTES:
            function = vars(module).get(name)
            if callable(function):
                yield module, name, functools.partial(_recomputed, module, function)


def _recomputed(module: nn.Module, function: Callable[..., Any], run: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    def quiet(*given: Any, **more: Any) -> Any:
        with without_dropout(module):
            return run(*given, **more)

    return function(quiet, *args, **kw)
