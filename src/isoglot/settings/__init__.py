"""Settings that people write: YAML to checked, typed values, all problems at once."""

from .base import Settings
from .expected import Expected, problems, refused
from .yaml_file import read_yaml

__all__ = ["Expected", "Settings", "problems", "read_yaml", "refused"]
