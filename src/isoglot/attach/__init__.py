"""Attaching a consistency term to training: onto a Hugging Face trainer, or into one's own loop."""

from .attachment import Attachment
from .trainer import REFERENCE, attach

__all__ = ["REFERENCE", "Attachment", "attach"]
