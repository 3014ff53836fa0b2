"""How far a judge may be believed: labels by people, calibration from them, and probes that must not move a verdict."""

from .calibration import calibrate
from .probing import probe
from .sheet import write_sheet

__all__ = ["calibrate", "probe", "write_sheet"]
