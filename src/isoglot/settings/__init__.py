"""Settings that people write: YAML to checked, typed values, all problems at once."""

from .base import Settings
from .yaml_file import parse_yaml, read_yaml

__all__ = ["Settings", "parse_yaml", "read_yaml"]
