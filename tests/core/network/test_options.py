import json

import pytest

from platekey.core.errors import OptionError
from platekey.core.network.options import NetworkOptions


def test_options_survive_json():
    options = NetworkOptions(stem=8, decoder=(1, 2, 3, 4), switches_context=False)
    assert NetworkOptions.from_json(json.loads(json.dumps(options.to_json()))) == options


@pytest.mark.parametrize(
    "values",
    [
        {"strange": 1},
        {"stem": "16"},
        {"stem": 0},
        {"stem": 10**6},
        {"decoder": [1, 2]},
        {"depth": 99},
    ],
)
def test_values_that_make_no_network_are_refused(values):
    with pytest.raises(OptionError):
        NetworkOptions.from_json(values)
