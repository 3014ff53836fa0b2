"""The run file's section ``model``."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field

from ..models.files import is_missing
from ..models.load import DTYPES
from ..models.quantization import BITS, LIBRARIES
from ..settings import Settings
from ..settings.values import Day, LayerNumber, Switch, Text, as_path, is_layer, is_there, one_of
from ..validation import Expected, unlike


def _model_path(path: str) -> str:
    folder = as_path(path, "a model's folder, or a name on the hub")
    if folder.is_dir():
        if (folder / "adapter_config.json").exists():
            step = "Merge it into its base model first"
            raise unlike("a whole model", step, got=f"an adapter ({path!r})")
        if not (folder / "config.json").exists():
            raise unlike("a model's folder", "Check the path", got=f"one without config.json ({path!r})")
        return str(folder)
    if is_missing(path):
        raise unlike("a model's folder, or a name on the hub", "Check the path", got=f"nothing at {path!r}")
    if is_there(folder):
        raise unlike("a model's folder, or a name on the hub", "Check the path", got=f"a file, {path!r}")
    return path


class Quantization(Settings):
    """Weights in few bits, on which adapters are trained (QLoRA).

    Attributes:
        library: which one holds the weights.
        bits: of a weight, 4 or 8.
    """

    library: Annotated[str, one_of(LIBRARIES)] = "bitsandbytes"
    bits: Annotated[int, Expected("4 or 8", lambda value: value in BITS)] = 4


class Model(Settings):
    """Which model, and what of it is trained.

    Attributes:
        path: a folder or a name on the hub.
        dtype: of the weights.
        trained_layers: how far up decoder layers are trained, or adapted, as ``Consistency.layer`` counts; None: all.
        chat_template_kwargs: what its chat template is given, in training, in the term and in evaluation.
        date: what its chat template is told where it asks for today; None: the day on which the run is made.
        quantization: weights in 4 or 8 bits; None: as ``dtype`` says.
        system_prompt: of prompts that bring none, in training, in the term and in evaluation; empty: none.
        trust_remote_code: whether the model may bring code of its own; never unless asked.
    """

    path: Annotated[Text, AfterValidator(_model_path)]
    dtype: Annotated[str, one_of(DTYPES)] = "auto"
    trained_layers: Annotated[
        LayerNumber | None, Expected("a layer number other than 0, or a share of the depth", is_layer)
    ] = None
    chat_template_kwargs: Annotated[dict[str, Any], Expected("a mapping")] = Field(default_factory=dict)
    date: Day | None = None
    system_prompt: Annotated[str, Expected("text")] = ""
    quantization: Annotated[Quantization | None, Expected("a mapping", inside=True)] = None
    trust_remote_code: Switch = False

    def to_plain(self) -> dict[str, Any]:
        """Plain values, as in a run file; what is rarely set is left out where it is not."""
        rare: dict[str, Any] = {"trained_layers": None, "chat_template_kwargs": {}, "date": None, "system_prompt": ""}
        rare["quantization"] = None
        plain = {key: value for key, value in self.model_dump().items() if key not in rare or value != rare[key]}
        return plain if self.date is None else plain | {"date": self.date.isoformat()}
