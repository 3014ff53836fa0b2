"""Probes of a judge: changes of a response that must not change the verdict on it."""

from .changes import PROBES, Probe, probed

__all__ = ["PROBES", "Probe", "probed"]
