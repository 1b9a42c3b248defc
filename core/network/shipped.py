"""The weights that come with platekey, beside this file; see docs/model-card.md."""

from __future__ import annotations

from pathlib import Path

SHIPPED = Path(__file__).with_name("base.safetensors")
