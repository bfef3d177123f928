"""The tests here import what they share from `judging`, `mutations`, `saved_targets` and `text_targets`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parent))  # pytest's importlib mode leaves it out
