"""``spectrum.json``: how alike representations are, layer by layer, before training and after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import Field, model_validator

from ..validation import Count, Number, Record

CURVES = ("leading_share", "effective_rank", "min_cosine", "between_cosine")


class SpectrumKind(Record):
    """Spectra of one kind of prompt, at one time.

    Attributes:
        groups: how many prompt groups.
        leading_share, effective_rank, min_cosine, between_cosine: by layer; empty if the file has none.
        spectrum: by layer, and then by singular value.
    """

    groups: Count = 0
    leading_share: Sequence[Number] = ()
    effective_rank: Sequence[Number] = ()
    min_cosine: Sequence[Number] = ()
    between_cosine: Sequence[Number] = ()
    spectrum: Sequence[Sequence[Number]] = ()

    @property
    def curves(self) -> Mapping[str, Sequence[float]]:
        """The curves that the file has, by name."""
        return {name: getattr(self, name) for name in CURVES if getattr(self, name)}


class SpectrumTime(Record):
    """What was measured at one time: kind of prompt -> spectra at these layers."""

    layers: Sequence[Count] = ()
    kinds: Mapping[str, SpectrumKind] = Field(default_factory=dict)


class Spectrum(Record):
    """What was measured before training and after; either may be empty."""

    before: SpectrumTime = SpectrumTime()
    after: SpectrumTime = SpectrumTime()

    @property
    def layers(self) -> Sequence[int]:
        """The layers, from the lowest."""
        return self.before.layers or self.after.layers

    @model_validator(mode="after")
    def _one_value_for_each_layer(self) -> Spectrum:
        depth = len(self.layers)
        if not depth:
            raise ValueError("a list of layers")
        for time in (self.before, self.after):
            for kind, found in time.kinds.items():
                lengths = {len(curve) for curve in found.curves.values()} | ({len(found.spectrum)} - {0})
                if lengths - {depth}:
                    raise ValueError(f"one value for each of {depth} layers in {kind}, not {min(lengths - {depth})}")
        return self
