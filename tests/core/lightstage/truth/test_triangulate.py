import pytest
import torch

from platekey.core.errors import ShapeError
from platekey.core.lightstage.truth.triangulate import (
    USEFUL_DEVIATION,
    Exposure,
    ratio_matte,
    triangulate,
)
from platekey.core.plate.noise import NoiseModel

BLUE, ORANGE = (0.05, 0.1, 0.6), (0.7, 0.4, 0.05)


def model(gain=0.0, deviation=1e-3):
    shape = (1, 3, 1, 1)
    return NoiseModel(torch.full(shape, gain), torch.full(shape, deviation**2))


def flat(colour, height=40, width=50):
    return torch.tensor(colour).view(1, 3, 1, 1).expand(1, 3, height, width).clone()


@pytest.fixture
def truth():
    generator = torch.Generator().manual_seed(1)
    alpha = torch.rand(1, 1, 40, 50, generator=generator)
    alpha[..., :8] = 0.0
    alpha[..., 42:] = 1.0
    colour = torch.rand(1, 3, 40, 50, generator=generator) * 6 - 0.2  # HDR, and out of gamut
    return alpha, colour * alpha


def exposures(truth, backdrops=(BLUE, ORANGE), deviation=0.0, seed=2, gain=0.0):
    alpha, premultiplied = truth
    generator = torch.Generator().manual_seed(seed)
    noise = model(gain, max(deviation, 1e-3))

    def noisy(picture):
        spread = (gain * picture.clamp_min(0) + deviation**2).sqrt()
        return picture + spread * torch.randn(picture.shape, generator=generator)

    made = []
    for colour in backdrops:
        clean = flat(colour) if isinstance(colour, tuple) else colour
        plate = premultiplied + (1 - alpha) * clean
        made.append(Exposure(noisy(plate), noisy(clean), noise, noise))
    return made


def test_two_backdrops_give_alpha_and_foreground_exactly(truth):
    measured = triangulate(*exposures(truth))
    torch.testing.assert_close(measured.alpha, truth[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(measured.premultiplied, truth[1], atol=1e-5, rtol=1e-5)


def test_textured_backdrops_serve_as_well(truth):
    generator = torch.Generator().manual_seed(9)
    backdrops = [torch.rand(1, 3, 40, 50, generator=generator) for _ in range(2)]
    measured = triangulate(*exposures(truth, backdrops))
    torch.testing.assert_close(measured.alpha, truth[0], atol=1e-3, rtol=0)


def test_both_backdrops_are_restored_by_the_result(truth):
    made = exposures(truth, deviation=0.003)
    measured = triangulate(*made)
    for exposure in made:
        composite = measured.premultiplied + (1 - measured.alpha) * exposure.clean_plate
        assert float((composite - exposure.plate).std()) < 2 * 0.003


def test_the_deviation_is_that_of_the_error(truth):
    measured = triangulate(*exposures(truth, deviation=0.01))
    inside = (truth[0] > 0.2) & (truth[0] < 0.8)  # where bounding alpha changes nothing
    normalised = ((measured.alpha - truth[0]) / measured.deviation)[inside]
    assert 0.7 < float(normalised.std()) < 1.1
    assert abs(float(normalised.mean())) < 0.2


def test_alpha_is_the_weighted_least_squares_of_six_equations(truth):
    gain = 2e-4
    made = exposures(truth, deviation=0.004, gain=gain)
    measured = triangulate(*made)
    y, x = 17, 23
    transmission = 1 - measured.alpha
    rows, values = [], []
    for exposure in made:
        scale = exposure.variance(transmission)[0, :, y, x].rsqrt()
        for channel in range(3):
            row = torch.zeros(4)
            row[channel], row[3] = 1.0, exposure.clean_plate[0, channel, y, x]
            rows.append(row * scale[channel])
            values.append(exposure.plate[0, channel, y, x] * scale[channel])
    solved = torch.linalg.lstsq(torch.stack(rows), torch.stack(values)[:, None]).solution[:, 0]
    assert 0 < float(truth[0][0, 0, y, x]) < 1
    assert float(transmission[0, 0, y, x]) == pytest.approx(float(solved[3]), abs=2e-3)
    torch.testing.assert_close(measured.premultiplied[0, :, y, x], solved[:3], atol=2e-3, rtol=2e-3)


def test_equal_backdrops_have_no_confidence_and_the_plate_is_the_foreground(truth):
    made = exposures(truth, (BLUE, BLUE))
    measured = triangulate(*made)
    assert float(measured.confidence.max()) == 0.0
    assert float(measured.alpha.min()) == 1.0
    torch.testing.assert_close(measured.premultiplied, made[0].plate)


def test_backdrops_that_are_nearly_alike_have_little_confidence(truth):
    near = tuple(value + 0.01 for value in BLUE)
    alike = triangulate(*exposures(truth, (BLUE, near), deviation=0.003))
    apart = triangulate(*exposures(truth, deviation=0.003))
    assert float(alike.confidence.median()) < 0.1
    assert float(apart.confidence.median()) > 0.9


def test_a_subject_that_moved_has_no_confidence(truth):
    made = exposures(truth)
    moved = Exposure(
        made[1].plate.roll(3, -1), made[1].clean_plate, made[1].plate_noise, made[1].clean_noise
    )
    measured = triangulate(made[0], moved)
    assert float(measured.confidence[..., 12:40].median()) < 0.1


def test_confidence_is_a_half_at_the_useful_deviation(truth):
    measured = triangulate(*exposures(truth))
    at = type(measured)(measured.alpha, measured.premultiplied, torch.tensor(USEFUL_DEVIATION))
    assert float(at.confidence) == pytest.approx(0.5)


def test_ratio_matting_is_one_minus_the_ratio(truth):
    alpha = truth[0]
    backing = flat((4.0, 1.0, 0.25))
    made = exposures((alpha, torch.zeros_like(backing)), (backing,))[0]
    measured = ratio_matte(made)
    expected = 1 - made.plate[:, :1] / backing[:, :1]
    torch.testing.assert_close(measured.alpha, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(measured.alpha, alpha, atol=1e-5, rtol=0)


def test_ratio_matting_listens_to_the_brightest_channel():
    plate, backing = flat((2.0, 0.001, 0.0)), flat((4.0, 0.004, 0.0))
    measured = ratio_matte(Exposure(plate, backing, model(), model()))
    torch.testing.assert_close(measured.alpha, torch.full((1, 1, 40, 50), 0.5), atol=1e-3, rtol=0)


def test_ratio_matting_before_black_is_the_triangulation_with_black(truth):
    made = exposures(truth, ((3.0, 2.0, 1.0), (0.0, 0.0, 0.0)))
    silhouette = exposures((truth[0], 0 * truth[1]), ((3.0, 2.0, 1.0),))[0]
    torch.testing.assert_close(
        triangulate(*made).alpha, ratio_matte(silhouette).alpha, atol=1e-4, rtol=0
    )


def test_a_dark_backing_says_nothing():
    black = torch.zeros(1, 3, 4, 4)
    measured = ratio_matte(Exposure(black, black, model(), model()))
    assert float(measured.confidence.max()) == 0.0
    assert float(measured.alpha.min()) == 1.0


def test_a_single_pixel_is_measured():
    pixel = Exposure.measured(torch.full((1, 3, 1, 1), 0.2), torch.full((1, 3, 1, 1), 0.4))
    assert float(ratio_matte(pixel).alpha) == pytest.approx(0.5, abs=1e-3)


def test_pictures_of_two_sizes_are_refused(truth):
    made = exposures(truth)[0]
    with pytest.raises(ShapeError, match="clean plate"):
        Exposure(made.plate, made.clean_plate[..., :5], model(), model())
    small = Exposure(made.plate[..., :5], made.clean_plate[..., :5], model(), model())
    with pytest.raises(ShapeError, match="one size"):
        triangulate(made, small)
