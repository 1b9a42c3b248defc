import numpy as np
import pytest

from platekey.core.colour.chromaticities import CHROMATICITIES, space_of
from platekey.core.colour.colour import convert


def rgb_to_xyz(chromaticities):
    """The matrix of SMPTE RP 177 from primaries and white."""
    xy = np.float64(chromaticities).reshape(4, 2)
    xyz = np.column_stack([xy, 1 - xy.sum(axis=1)])
    white = xyz[3] / xyz[3, 1]
    primaries = xyz[:3].T
    return primaries * np.linalg.solve(primaries, white)


@pytest.mark.parametrize("space", CHROMATICITIES)
def test_the_published_numbers_are_those_of_the_colour_config(space):
    # the neutral axis maps to itself, so a saturated colour tells; both ways need the same white
    white = CHROMATICITIES[space][6:]
    target = "lin_ap0_scene" if white == CHROMATICITIES["lin_ap0_scene"][6:] else "lin_rec709_scene"
    to_target = np.linalg.solve(
        rgb_to_xyz(CHROMATICITIES[target]), rgb_to_xyz(CHROMATICITIES[space])
    )
    colours = np.float32([[[0.8, 0.2, 0.1], [0.1, 0.9, 0.3], [0.2, 0.1, 0.7]]])
    expected = colours @ to_target.T
    # cameras' spaces go through AP0 and back by another adaptation of white: some thousandths;
    # two different spaces are a tenth apart
    np.testing.assert_allclose(convert(colours, space, target), expected, atol=6e-3)


@pytest.mark.parametrize("space", CHROMATICITIES)
def test_each_space_is_known_by_its_rounded_numbers(space):
    assert space_of(np.round(CHROMATICITIES[space], 3)) == space


def test_other_primaries_are_of_no_known_space():
    assert space_of((1, 0, 0, 1, 0, 0, 1 / 3, 1 / 3)) is None  # CIE XYZ
    assert space_of((0.64, 0.33)) is None
