"""Clean plates of shots in which the subject is in every frame, beside the true ones."""

from dataclasses import dataclass, replace

import pytest
import torch

from platekey.core.clean.footage import Footage, Seen
from platekey.core.clean.from_shot import estimate_from_shot
from platekey.core.clean.options import CleanOptions
from platekey.core.errors import CannotBuild
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.solver.solve import solve_frame

OPTIONS = CleanOptions(align=False, match_exposure=False)
SUBJECT = torch.tensor([0.7, 0.25, 0.1]).view(1, 3, 1, 1)


@dataclass(frozen=True)
class Slide:
    """A soft-edged plain disc that slides over the background."""

    made: object
    background: torch.Tensor
    lefts: tuple[float, ...]
    radius: float = 24.0

    def alpha(self, number):
        y, x = torch.meshgrid(torch.arange(96.0), torch.arange(160.0), indexing="ij")
        away = torch.hypot(y - 52, x - self.lefts[number - 1])
        return (self.radius + 1.5 - away).div(3).clamp(0, 1)[None, None]

    def plate(self, number):
        alpha = self.alpha(number)
        return self.made.grainy(SUBJECT * alpha + self.background * (1 - alpha), number)

    def footage(self, visible=None):
        return self.made.footage_of([self.plate(n + 1) for n in range(len(self.lefts))], visible)

    def mad(self, clean_plate, number, valid=None):
        plate = self.plate(number)
        conditioned = condition_clean_plate(plate, clean_plate, valid=valid, align=False)
        solved = solve_frame(plate, conditioned, MatteOptions())
        return float((solved.alpha - self.alpha(number)).abs().mean())


@pytest.fixture
def slide(made, background):
    return Slide(made, background, tuple(20 + 15 * n for n in range(9)))


def build(footage, *, has_mattes=False, **options):
    return estimate_from_shot(
        footage, replace(OPTIONS, **options), has_mattes=has_mattes, device=torch.device("cpu")
    )


def test_a_subject_that_moved_enough_leaves_a_plate_that_keys_like_the_true_one(
    slide, made, background
):
    clean = build(slide.footage())
    assert bool((clean.valid == 1).all())
    true = made.grainy(background, 99)
    for number in (5, 9):
        assert slide.mad(clean.pixels, number, clean.valid) <= 1.5 * slide.mad(true, number)


def test_no_trace_of_the_subject_is_left(slide, made, background):
    clean = build(slide.footage(), rounds=0)
    error = (clean.pixels - background).abs() / made.noise_of(background)
    assert float((error > 4).float().mean()) < 1e-3


def test_a_subject_that_stops_for_half_of_the_shot_is_no_background(made, background):
    lefts = (10, 30, *(80,) * 5, 130, 145, 150)
    clean = build(Slide(made, background, lefts).footage(), rounds=0)
    error = (clean.pixels - background).abs() / made.noise_of(background)
    assert float((error * clean.valid > 6).float().mean()) < 0.01


def test_what_was_never_seen_is_marked_and_made_up_without_the_subject(made, background):
    slide = Slide(made, background, tuple(78 + 2 * n for n in range(5)), radius=20)
    mattes = [1 - (slide.alpha(n) > 0.01).float() for n in range(1, 6)]
    clean = build(slide.footage(mattes), has_mattes=True)
    always = torch.stack([slide.alpha(n) for n in range(1, 6)]).amin(0) > 0.05
    assert float(clean.valid[always].max()) == 0
    assert float((clean.valid == 0).float().mean()) < 1.6 * float(always.float().mean())
    made_up = clean.pixels[0, :, always[0, 0]].mean(1)
    assert float((made_up - SUBJECT.flatten()).abs().max()) > 0.2
    assert "were never seen and are made up" in " ".join(clean.told)


def test_mattes_keep_a_subject_out_that_never_moves(made, background):
    slide = Slide(made, background, (80.0,) * 5)
    hidden = [1 - (slide.alpha(n) > 0.01).float() for n in range(1, 6)]
    clean = build(slide.footage(hidden), has_mattes=True)
    assert float(clean.valid[slide.alpha(1) > 0.5].max()) == 0
    assert float(clean.valid[hidden[0] > 0].min()) == 1


def test_a_shot_in_which_nothing_moves_is_told(made, background):
    clean = build(Slide(made, background, (80.0,) * 5).footage(), rounds=0)
    assert "hardly anything moves" in clean.told[-1]


def test_two_frames_are_refused(made, background):
    with pytest.raises(CannotBuild, match="frames to look at are 2, and at least 3 are needed"):
        build(made.footage_of([background, background]))


def test_a_frame_full_of_movement_is_refused(made):
    pictures = [made.textured(seed=seed) for seed in range(7)]
    with pytest.raises(CannotBuild, match="show nothing that comes back"):
        build(made.footage_of(pictures))


def test_memory_does_not_grow_with_the_length_of_the_shot(slide):
    """Frames are read one after the other, and only reduced ones are kept."""
    held, most = set(), 0
    whole = slide.footage()
    footage = Footage(
        whole.frames,
        lambda n: Seen(whole.read(n).pixels[..., 20:60, :80], torch.ones(1, 1, 40, 80)),
    )

    class Kept:
        def __init__(self, seen, number):
            self.pixels, self.visible, self.number = seen.pixels, seen.visible, number
            held.add(number)

        def __del__(self):
            held.discard(self.number)

    def read(number):
        nonlocal most
        most = max(most, len(held))
        return Kept(footage.read((number - 1) % 9 + 1), number)

    long = Footage(tuple(range(1, 41)), read)
    build(long, rounds=0)
    assert most <= 4
