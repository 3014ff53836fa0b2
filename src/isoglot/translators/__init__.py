"""What translates: one small interface, and an adapter for each kind of engine."""

from .translator import NoPair, Translation, Translator

__all__ = ["NoPair", "Translation", "Translator"]
