"""Reads YAML files that are part of the product or kept by its experts."""

from pathlib import Path
from typing import Any

import yaml

try:  # ten times as fast, where PyYAML was built with libyaml; its wheels are
    from yaml import CSafeLoader as SafeLoader
except ImportError:
    from yaml import SafeLoader  # type: ignore[assignment]


def read(path: Path) -> Any:
    """What the file holds; OSError, UnicodeDecodeError or yaml.YAMLError when it cannot be read."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=SafeLoader)
