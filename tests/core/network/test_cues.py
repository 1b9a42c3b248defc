import pytest
import torch

from platekey.core.errors import ShapeError
from platekey.core.network.cues import (
    CLEAN,
    DETAIL,
    HINT,
    MOTION,
    clean_features,
    detail_features,
    encoded,
    hint_features,
    make_cues,
    motion_features,
    ordinary_exposure,
    reduce_cues,
)
from platekey.core.plate.noise import NoiseModel

NOISE = NoiseModel(torch.full((1, 3, 1, 1), 1e-4), torch.full((1, 3, 1, 1), 1e-5))


def features(cues):
    plate, clean_plate = (encoded(p, cues.exposure) for p in (cues.plate, cues.clean_plate))
    detail = detail_features(cues, plate, clean_plate)
    clean = clean_features(detail, clean_plate)
    return detail, clean, hint_features(cues), motion_features(cues, plate, clean_plate)


def test_features_have_the_channels_that_the_table_says(cues_of_size):
    channels = [each.shape[1] for each in features(cues_of_size(5, 7))]
    assert channels == [DETAIL, CLEAN, HINT, MOTION]


def test_a_shot_eight_times_brighter_looks_the_same(cues_of_size):
    for dim, bright in zip(
        features(cues_of_size(9, 9)), features(cues_of_size(9, 9, scale=8.0)), strict=True
    ):
        torch.testing.assert_close(dim, bright, rtol=1e-4, atol=1e-4)


def test_absent_cues_are_zeros(cues_of_size):
    _, _, hint, motion = features(cues_of_size(4, 4))
    assert not hint.any()
    assert not motion.any()


def test_a_hint_of_zeros_is_not_an_absent_hint(cues_of_size):
    _, _, hint, _ = features(cues_of_size(4, 4, hint=torch.zeros(1, 1, 4, 4)))
    assert (hint[:, 0] == -1).all()
    assert (hint[:, 1] == 1).all()


def test_difference_in_noise_does_not_depend_on_the_grain():
    clean_plate = torch.full((1, 3, 2, 2), 0.2)
    found = []
    for level in (1.0, 100.0):
        noise = NoiseModel(torch.zeros(1, 3, 1, 1), NOISE.read * level)
        plate = clean_plate + 2 * (noise.variance(clean_plate)).sqrt()
        cues = make_cues(plate, clean_plate, noise)
        found.append(features(cues)[0][:, 6:9])
    torch.testing.assert_close(found[0], found[1], rtol=0.05, atol=0)


def test_unknown_clean_plate_shows_no_difference():
    plate, clean_plate = torch.rand(2, 1, 3, 4, 4)
    cues = make_cues(plate, clean_plate, NOISE, known=torch.zeros(1, 1, 4, 4))
    assert not features(cues)[0][:, 3:].any()


def test_black_clean_plates_have_an_exposure():
    assert ordinary_exposure(torch.zeros(2, 3, 4, 4)).flatten().tolist() == [1, 1]


def test_reduced_cues_have_less_noise(cues_of_size):
    cues = cues_of_size(9, 6, hint=torch.rand(1, 1, 9, 6))
    small = reduce_cues(cues, 2)
    assert small.plate.shape[-2:] == small.hint.shape[-2:] == (5, 3)
    torch.testing.assert_close(small.noise_read, cues.noise_read / 4)


@pytest.mark.parametrize("name", ["clean plate", "hint", "known", "neighbour"])
def test_pictures_of_another_size_are_refused(name):
    plate, other = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 5)
    more = {
        "hint": {"hint": other[:, :1]},
        "known": {"known": other[:, :1]},
        "neighbour": {"neighbours": (plate, other)},
    }.get(name, {})
    with pytest.raises(ShapeError, match=name):
        make_cues(plate, other if name == "clean plate" else plate, NOISE, **more)
