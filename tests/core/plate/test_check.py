import pytest
import torch

from platekey.core.filters import gaussian_blur
from platekey.core.plate.check import Solved, check_pair, map_pair
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.plate.findings import Finding, Verdict, overall

SIZE = (200, 300)


def solved(plate, clean, alpha, shadow=None):
    shade = torch.ones_like(plate) if shadow is None else shadow
    return Solved(plate, condition_clean_plate(plate, clean), clean, alpha, shade)


@pytest.fixture(scope="module")
def pair(make_wall, with_subject):
    """Plate, clean plate and alpha of a shot by the book, with a little grain."""
    generator = torch.Generator().manual_seed(3)
    scene = gaussian_blur(make_wall(*SIZE), 2.0)
    plate, alpha = with_subject(scene)
    grain = [0.002 * torch.randn(plate.shape, generator=generator) for _ in range(2)]
    return plate + grain[0], scene + grain[1], alpha


def finding(frames, name):
    return next(item for item in check_pair(frames) if item.name == name)


def test_a_shot_by_the_book_is_good_all_over(pair):
    findings = check_pair([solved(*pair)])
    assert [(f.name, f.sentence) for f in findings if f.verdict is not Verdict.GOOD] == []
    assert all(f.remedy == "" for f in findings)
    assert overall(findings) == (Verdict.GOOD, "This pair will key.")


def test_an_exposure_that_was_not_locked_is_told_in_stops(pair):
    plate, clean, alpha = pair
    found = finding([solved(plate, 0.6 * clean, alpha)], "exposure")
    assert found.verdict is Verdict.USABLE
    assert found.figure == pytest.approx(0.74, abs=0.03)
    assert "Lock exposure" in found.remedy
    worse = finding([solved(plate, 0.3 * clean, alpha)], "exposure")
    assert worse.verdict is Verdict.BAD


def test_an_exposure_that_changes_over_the_shot_is_told(pair):
    plate, clean, alpha = pair
    frames = [solved(plate, clean, alpha), solved(1.3 * plate, clean, alpha)]
    found = finding(frames, "exposure")
    assert "over the frames that changes by 0.38 stops" in found.sentence
    assert found.verdict is Verdict.USABLE


def test_white_balance_is_told_apart_from_exposure(pair):
    plate, clean, alpha = pair
    tint = torch.tensor([1.2, 1.0, 0.85]).view(1, 3, 1, 1)
    found = finding([solved(plate, clean * tint, alpha)], "white balance")
    assert found.figure == pytest.approx(0.5, abs=0.05)
    assert found.verdict is not Verdict.GOOD


def test_a_shift_is_told_in_pixels(make_wall, with_subject):
    scene = make_wall(*SIZE)
    plate, alpha = with_subject(scene[..., 5:195, 7:295])
    found = finding([solved(plate, scene[..., 2:192, 3:291], alpha)], "shift")
    assert found.figure == pytest.approx(5, abs=0.3)
    assert found.verdict is Verdict.USABLE
    assert "tripod" in found.remedy


def test_a_softer_clean_plate_is_worse_than_a_softer_plate(make_wall, with_subject):
    scene = make_wall(320, 480)
    sharp, alpha = with_subject(scene, share=0.1)
    soft, _ = with_subject(gaussian_blur(scene, 1.6), share=0.1)
    plate_soft = finding([solved(soft, scene, alpha)], "focus")
    clean_soft = finding([solved(sharp, gaussian_blur(scene, 1.6), alpha)], "focus")
    assert plate_soft.verdict is Verdict.USABLE
    assert clean_soft.verdict is Verdict.BAD


def test_grain_is_told_as_a_share_of_grey(pair):
    plate, clean, alpha = pair
    generator = torch.Generator().manual_seed(4)
    grain = [0.03 * torch.randn(plate.shape, generator=generator) for _ in range(2)]
    found = finding([solved(plate + grain[0], clean + grain[1], alpha)], "noise")
    assert found.verdict is Verdict.BAD
    assert found.figure == pytest.approx(100 * 0.03 / 0.18, rel=0.3)


def test_a_clipped_clean_plate_is_told(pair):
    plate, clean, alpha = pair
    found = finding([solved(plate, clean.clamp_max(0.15), alpha)], "clipping")
    assert found.verdict is Verdict.BAD


def test_a_shadow_on_the_wall_is_told_with_its_depth(pair):
    plate, clean, alpha = pair
    shadow = torch.ones_like(plate)
    shadow[..., 20:90, 210:290] = 0.35
    found = finding([solved(plate * shadow, clean, alpha, shadow)], "shadow")
    assert found.verdict is Verdict.USABLE
    assert found.figure == pytest.approx(1.5, abs=0.05)
    assert "one and a half metres" in found.remedy


def test_clothes_of_the_walls_colour_are_told_and_marked(pair):
    plate, clean, alpha = pair
    plate = plate.clone()
    plate[..., 90:110, 120:180] = clean[..., 90:110, 120:180]
    frame = solved(plate, clean, alpha)
    found = finding([frame], "colour coincidence")
    assert found.verdict is Verdict.BAD
    marked = map_pair(frame).alike
    assert marked[95:105, 125:175].mean() > 0.9
    assert not marked[:, :60].any()


def test_what_moved_besides_the_subject_is_told(pair):
    plate, clean, alpha = pair
    alpha = alpha.clone()
    alpha[..., 10:30, 10:40] = 1
    found = finding([solved(plate, clean, alpha)], "background")
    assert found.figure == pytest.approx(1.0, abs=0.05)
    assert found.verdict is Verdict.USABLE


def test_strangers_are_no_pair(make_wall):
    plate, clean = make_wall(*SIZE, 1), make_wall(*SIZE, 2)
    found = finding([solved(plate, clean, torch.ones(1, 1, *SIZE))], "same view")
    assert found.verdict is not Verdict.GOOD


def test_the_worst_finding_is_named():
    good = Finding("focus", Verdict.GOOD, 0, "px", "")
    bad = Finding("shift", Verdict.BAD, 90, "px", "", "Use a tripod.")
    assert overall([good, bad]) == (Verdict.BAD, "This pair will not key well: see shift.")
