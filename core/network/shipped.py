"""Where the weights that come with platekey lie; a version may come without."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path(__file__).with_name("base.safetensors")
