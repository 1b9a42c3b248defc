import pytest

from platekey.nodes.tune import TUNE
from platekey.plugin.tune_settings import ENDS, KEYED, ranges_of


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("1001", ((1001, 1001),)),
        (" 1001 , 1042-1044 ", ((1001, 1001), (1042, 1044))),
        ("", ()),
        ("1001-", ()),
        ("first", ()),
        ("1001;1002", ()),
    ],
)
def test_frames_are_read_as_an_artist_writes_them(text, ranges):
    assert ranges_of(text) == ranges


def test_the_names_are_those_of_the_node():
    assert set(ENDS) <= {item.name for item in TUNE.parameters}
    assert set(KEYED) <= {item.name for item in TUNE.inputs}
