import pytest
import torch

from platekey.core.filters import gaussian_blur
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.plate.focus import blurred_noise, compare_focus
from platekey.core.plate.noise import NoiseModel

SIZE = (260, 400)
NOISE = NoiseModel(torch.zeros(1, 3, 1, 1), torch.full((1, 3, 1, 1), 0.002**2))


def noisy(picture, generator):
    return picture + 0.002 * torch.randn(picture.shape, generator=generator)


def compared(plate, clean, generator):
    known = torch.ones_like(plate[:, :1])
    return compare_focus(noisy(plate, generator), noisy(clean, generator), known, NOISE, NOISE)


@pytest.mark.parametrize("sigma", [0.8, 1.5, 3.0])
def test_a_plate_out_of_focus_is_found_behind_a_subject(sigma, make_wall, with_subject, generator):
    clean = make_wall(*SIZE)
    plate, _ = with_subject(gaussian_blur(clean, sigma), share=0.1)
    focus = compared(plate, clean, generator)
    assert focus.softer == "plate"
    assert focus.helps
    assert focus.blur == pytest.approx(sigma, rel=0.2)


def test_a_softer_clean_plate_is_found_and_never_sharpened(make_wall, with_subject, generator):
    scene = make_wall(*SIZE)
    plate, _ = with_subject(scene, share=0.1)
    clean = gaussian_blur(scene, 1.5)
    focus = compared(plate, clean, generator)
    assert focus.softer == "clean plate"
    assert not focus.helps
    conditioned = condition_clean_plate(plate, clean, match_exposure=False)
    assert torch.equal(conditioned.clean_plate, clean)
    assert conditioned.report["focus"] == "clean plate softer, left as it is"
    # what it lacks is told to the solver: no subject, only softness
    lacking = (scene - clean).abs().mean()
    assert float(conditioned.spread.mean()) == pytest.approx(float(lacking), rel=0.5)


def test_equal_focus_is_left_alone(make_wall, with_subject, generator):
    clean = make_wall(*SIZE)
    plate, _ = with_subject(clean, share=0.1)
    focus = compared(plate, clean, generator)
    assert (focus.blur, focus.softer, focus.verdict) == (0, "", "alike")


def test_a_bare_wall_has_too_little_detail_to_tell(generator):
    wall = torch.full((1, 3, *SIZE), 0.18)
    focus = compared(gaussian_blur(wall, 2), wall, generator)
    assert not focus.is_known
    assert focus.verdict == "not known, too little detail"


def test_pictures_that_do_not_belong_together_have_no_common_focus(make_wall, generator):
    focus = compared(gaussian_blur(make_wall(*SIZE, 1), 2), make_wall(*SIZE, 2), generator)
    assert not focus.is_known


@pytest.mark.parametrize("size", [(1, 1), (63, 500)])
def test_small_pictures_are_left_alone(size, make_wall, generator):
    picture = make_wall(*size)
    assert compared(picture, picture, generator).blur == 0


def test_conditioning_blurs_the_clean_plate_alike(make_wall, with_subject, generator):
    scene = make_wall(*SIZE)
    truth = gaussian_blur(scene, 2.0)
    plate, _ = with_subject(truth, share=0.1)
    conditioned = condition_clean_plate(noisy(plate, generator), noisy(scene, generator))
    before = (scene - truth).abs().mean()
    after = (conditioned.clean_plate - truth).abs().mean()
    assert float(after) < 0.2 * float(before)
    assert conditioned.report["focus_px"] == pytest.approx(2, rel=0.2)


def test_blur_takes_noise_away(make_wall, generator):
    focus = compared(gaussian_blur(make_wall(*SIZE), 2.0), make_wall(*SIZE), generator)
    grain = torch.randn(1, 3, 200, 200, generator=generator)
    left = float(gaussian_blur(grain, focus.blur).std()) ** 2
    assert float(blurred_noise(NOISE, focus).read[0, 0]) / 0.002**2 == pytest.approx(left, rel=0.15)
