"""Training: a run file becomes a trainer of TRL with a consistency term attached, and a run directory."""

from .directory import RunDirectory
from .run import train
from .run_file import RunFile

__all__ = ["RunDirectory", "RunFile", "train"]
