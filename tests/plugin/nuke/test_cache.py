"""A cache is kept below its size, the oldest going first."""

import os

import pytest

from platekey.plugin.nuke.cache import prune

KIB = 1 / (1 << 20)  # of a GiB


@pytest.fixture
def cache(tmp_path):
    for age, name in enumerate(("c" * 16, "a" * 16, "b" * 16, "not ours")):
        (tmp_path / name).mkdir()
        file = tmp_path / name / "matte.1001.exr"
        file.write_bytes(bytes(1024))
        os.utime(file, (1e9 - age, 1e9 - age))
    return tmp_path


def names(cache):
    return sorted(path.name for path in cache.iterdir())


def test_the_oldest_go_until_the_rest_fits(cache):
    assert [os.path.basename(path) for path in prune(str(cache), 2 * KIB, [])] == ["b" * 16]
    assert names(cache) == ["a" * 16, "c" * 16, "not ours"]


def test_what_the_script_shows_stays(cache):
    prune(str(cache), KIB / 2, [str(cache / ("b" * 16))])
    assert names(cache) == ["b" * 16, "not ours"]


def test_no_limit_removes_nothing(cache):
    assert prune(str(cache), 0, []) == []
    assert len(names(cache)) == 4
    assert prune(str(cache / "nowhere"), 1, []) == []
