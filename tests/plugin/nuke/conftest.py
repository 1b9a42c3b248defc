"""The fakes are found by name."""

import sys
from pathlib import Path

FAKES = str(Path(__file__).parents[2] / "fakes")
if FAKES not in sys.path:
    sys.path.insert(0, FAKES)
