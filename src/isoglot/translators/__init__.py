"""What translates: one small interface, and an adapter for each kind of engine."""

from .translator import Translation, Translator

__all__ = ["Translation", "Translator"]
