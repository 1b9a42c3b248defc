"""The fakes are found by name, and nobody's preferences are looked at."""

import sys
from pathlib import Path

import pytest

FAKES = str(Path(__file__).parents[2] / "fakes")
if FAKES not in sys.path:
    sys.path.insert(0, FAKES)


@pytest.fixture(autouse=True)
def no_preferences(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_PREFERENCES", str(tmp_path / "preferences.json"))
