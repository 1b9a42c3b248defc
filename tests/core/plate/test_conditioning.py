import pytest
import torch

from platekey.core.errors import Cancelled, ShapeError
from platekey.core.plate.conditioning import condition_clean_plate


def test_a_good_clean_plate_comes_back_bit_for_bit(make_wall, with_subject):
    clean = make_wall(150, 200)
    plate, _ = with_subject(clean)
    conditioned = condition_clean_plate(plate, clean)
    assert torch.equal(conditioned.clean_plate, clean)
    assert conditioned.report["alignment"] == "identity"
    assert conditioned.report["exposure_stops"] == [0, 0, 0]
    assert conditioned.misalignment < 0.05


def test_a_casual_clean_plate_is_brought_to_the_plate(make_wall, with_subject, generator):
    scene = make_wall(260, 340)
    plate, alpha = with_subject(scene[..., 20:240, 20:320])
    clean = scene[..., 26:246, 9:309] * torch.tensor([0.8, 0.7, 0.75]).view(1, 3, 1, 1)
    noise = [0.002 * torch.randn(plate.shape, generator=generator) for _ in range(2)]
    conditioned = condition_clean_plate(plate + noise[0], clean + noise[1])
    known = (alpha == 0) & (conditioned.valid > 0.5)
    error = ((conditioned.clean_plate - plate).abs() / plate)[known.expand_as(plate)]
    assert float(error.median()) < 0.02
    assert conditioned.report["shift_px"] == pytest.approx(12.53, abs=0.5)  # 11 across, 6 down
    assert conditioned.report["noise_plate"] == pytest.approx(0.002, rel=0.5)


def test_what_the_moved_clean_plate_does_not_show_is_not_valid(make_wall):
    scene = make_wall(200, 300)
    plate, clean = scene[..., :260], scene[..., 40:]
    conditioned = condition_clean_plate(plate, clean)
    assert float(conditioned.valid[..., :38].max()) == 0
    assert float(conditioned.valid[..., 42:].min()) == 1


def test_registration_can_be_switched_off(make_wall):
    scene = make_wall(150, 220)
    plate, clean = scene[..., 5:205], scene[..., :200]
    assert condition_clean_plate(plate, clean).report["alignment"] != "off"
    conditioned = condition_clean_plate(plate, clean, align=False, match_exposure=False)
    assert conditioned.report["alignment"] == "off"
    assert torch.equal(conditioned.clean_plate, clean)


def test_exposure_matching_can_be_switched_off(make_wall):
    clean = make_wall(150, 200)
    matched = condition_clean_plate(0.7 * clean, clean)
    torch.testing.assert_close(matched.clean_plate, 0.7 * clean, rtol=0.01, atol=1e-3)
    conditioned = condition_clean_plate(0.7 * clean, clean, match_exposure=False)
    assert torch.equal(conditioned.clean_plate, clean)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (33, 17)])
def test_any_size_works_with_highlights_and_negatives(size):
    generator = torch.Generator().manual_seed(1)
    plate = torch.randn(1, 3, *size, generator=generator) * 1e3
    conditioned = condition_clean_plate(plate, -plate)
    assert torch.isfinite(conditioned.clean_plate).all()
    assert torch.isfinite(conditioned.valid).all()


def test_sizes_that_differ_are_named():
    with pytest.raises(ShapeError, match=r"plate is \(1, 3, 4, 5\), clean plate \(1, 3, 4, 6\)"):
        condition_clean_plate(torch.zeros(1, 3, 4, 5), torch.zeros(1, 3, 4, 6))


def test_a_stop_is_obeyed(make_wall):
    clean = make_wall(64, 64)
    with pytest.raises(Cancelled):
        condition_clean_plate(clean, clean, should_stop=lambda: True)
