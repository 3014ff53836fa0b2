"""Probing: what a model's representations look like, before anything is trained."""

from .layers import layer_spectrum
from .probing import Probe, probe

__all__ = ["Probe", "layer_spectrum", "probe"]
