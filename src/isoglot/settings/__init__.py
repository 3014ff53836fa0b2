"""Settings that people write: YAML to checked, typed values, all problems at once."""

from ..checked import Expected, problems, refused
from .base import Settings
from .yaml_file import parse_yaml, read_yaml

__all__ = ["Expected", "Settings", "parse_yaml", "problems", "read_yaml", "refused"]
