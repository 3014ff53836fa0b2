"""Probing: what a model's representations look like, before anything is trained."""

from .layers import layer_spectrum

__all__ = ["layer_spectrum"]
