"""What an artist sets once survives, and a broken file harms nothing."""

import pytest

from platekey.core.errors import OptionError
from platekey.plugin import preferences
from platekey.plugin.preferences import Preferences


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch):
    path = tmp_path / "deep/preferences.json"
    monkeypatch.setenv(preferences.FILE, str(path))
    return path


def test_they_are_kept(file):
    assert preferences.load() == Preferences()
    kept = Preferences("/env/python", "/cache", 12.5, "cuda:1", 512, 5.0)
    preferences.save(kept)
    assert preferences.load() == kept
    assert [path.name for path in file.parent.iterdir()] == ["preferences.json"]


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tile": "big", "device": 3, "new": 1}'])
def test_a_broken_file_is_all_defaults(file, text):
    file.parent.mkdir()
    file.write_text(text)
    assert preferences.load() == Preferences()


def test_a_whole_number_is_a_size_too(file):
    file.parent.mkdir()
    file.write_text('{"cache_gib": 20, "tile": 512, "idle_minutes": true}')
    assert preferences.load() == Preferences(cache_gib=20, tile=512)


def test_a_file_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    (tmp_path / "occupied").write_text("")
    monkeypatch.setenv(preferences.FILE, str(tmp_path / "occupied/preferences.json"))
    with pytest.raises(OptionError, match="cannot be written"):
        preferences.save(Preferences())
