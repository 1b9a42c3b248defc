"""A moving camera: crops of a large picture by known homographies."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
import torch

from platekey.core.clean.camera_path import find_path
from platekey.core.clean.footage import Seen
from platekey.core.clean.in_time import align_in_time
from platekey.core.clean.lens import Lens
from platekey.core.clean.mosaic import Mosaic
from platekey.core.clean.options import CleanOptions
from platekey.core.clean.views import view_of
from platekey.core.errors import CannotBuild

HEIGHT, WIDTH = 112, 184
ONES = torch.ones(1, 1, HEIGHT, WIDTH)
SUBJECT = torch.tensor([0.6, 0.2, 0.1]).view(1, 3, 1, 1)


@dataclass(frozen=True)
class Place:
    """A large picture, seen through a lens."""

    picture: torch.Tensor
    made: object
    k: float = 0.0

    def view(self, x, y=80.0, turn=0.0, seed=None):
        """What the camera sees at x, y, turned by `turn` radians; grainy if a seed is given."""
        rows, columns = np.indices((HEIGHT, WIDTH), np.float64)
        points = np.stack([columns.ravel(), rows.ravel()], -1)
        points = Lens(self.k, WIDTH, HEIGHT).straight(points)
        cos, sin = np.cos(turn), np.sin(turn)
        there = points @ np.array([[cos, sin], [-sin, cos]]) + (x, y)
        across, down = there.T.reshape(2, HEIGHT, WIDTH).astype(np.float32)
        large = self.picture[0].permute(1, 2, 0).numpy()
        seen = cv2.remap(large, across, down, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT)
        clean = torch.from_numpy(seen).permute(2, 0, 1)[None]
        return clean if seed is None else self.made.grainy(clean, seed)


@pytest.fixture(scope="module")
def place(made):
    return Place(made.textured(280, 620).clamp_max(3), made)


def pan(place, count=16):
    views = [place.view(20 + 20 * n, 80 + 3 * np.sin(n), 0.01 * np.sin(n), n) for n in range(count)]
    return place.made.footage_of(views)


@pytest.fixture(scope="module")
def followed(place):
    """A pan and the path of its camera."""
    footage = pan(place)
    return footage, find_path(footage, (0, 0))


def relative_error(clean, truth):
    error = (clean.pixels - truth).abs() / (truth.abs() + 0.05)
    return error[(clean.valid > 0).expand_as(error)]


def test_a_pan_gives_the_clean_plate_of_a_view_with_a_subject_in_it(place, followed):
    mosaic = Mosaic(*followed, CleanOptions(), recurring=False)
    truth = place.view(150, 82, -0.02)
    plate = place.view(150, 82, -0.02, seed=99)
    plate[..., 40:, 80:110] = SUBJECT
    clean = mosaic.clean_plate(7, Seen(plate, ONES))
    error = relative_error(clean, truth)
    assert float(clean.valid.mean()) > 0.9
    assert float(error.median()) < 0.01
    assert float(error.quantile(0.95)) < 0.05
    behind = (clean.pixels - truth)[..., 45:, 85:105].abs() * clean.valid[..., 45:, 85:105]
    assert float(behind.mean()) < 0.01


def test_the_lens_is_found_from_the_pan_alone(made, place):
    bent = Place(place.picture, made, k=-0.08)
    path = find_path(pan(bent), (0, 0))
    assert path.lens.k == pytest.approx(-0.08, abs=0.02)


def test_a_straight_lens_stays_straight(followed):
    assert followed[1].lens.k == 0


def test_the_path_has_the_homographies_of_the_camera(followed):
    _, path = followed
    across = path.between(1, 16) @ np.array([0.0, 0.0, 1.0])
    assert path.lost == ()
    assert across[0] / across[2] == pytest.approx(-300, abs=3)


def test_a_frame_that_shows_another_place_is_lost_and_the_others_hang_together(made, place):
    views = [place.view(20 + 20 * n, seed=n) for n in range(8)]
    views[4] = made.textured(HEIGHT, WIDTH, seed=5)
    path = find_path(made.footage_of(views), (0, 0))
    assert path.lost == (5,)
    assert path.frames == (1, 2, 3, 4, 6, 7, 8)


def test_footage_without_a_path_is_refused(made):
    views = [made.textured(HEIGHT, WIDTH, seed=seed) for seed in range(5)]
    with pytest.raises(CannotBuild, match="can be followed through 1 of 5 frames only"):
        find_path(made.footage_of(views), (0, 0))


def test_a_plate_of_another_place_is_refused(made, followed):
    mosaic = Mosaic(*followed, CleanOptions(), recurring=False)
    with pytest.raises(CannotBuild, match="plate frame 3 shows nothing that the footage shows"):
        mosaic.clean_plate(3, Seen(made.textured(HEIGHT, WIDTH, seed=8), ONES))


def test_a_moving_shot_is_cleaned_by_its_own_frames(place):
    views = []
    for n in range(13):
        view = place.view(60 + 6 * n, seed=n)
        left = 140 - 11 * n
        view[..., 30:, max(0, left) : left + 34] = SUBJECT
        views.append(view)
    footage = place.made.footage_of(views)
    mosaic = Mosaic(footage, find_path(footage, (0, 0)), CleanOptions(), recurring=True)
    clean = mosaic.clean_plate(7, Seen(views[6], ONES))
    error = relative_error(clean, place.view(60 + 6 * 6))
    assert float(clean.valid.mean()) > 0.9
    assert float(error.quantile(0.97)) < 0.08


@pytest.mark.parametrize("late", [-3, 5])
def test_a_re_take_is_aligned_in_time(place, late):
    """The camera eases in and out, so that time tells itself by place."""

    def where(time):
        return 30 + 200 * (0.5 - 0.5 * np.cos(np.pi * np.clip(time / 20, 0, 1)))

    retake = place.made.footage_of([place.view(where(n - 8), 81, 0.004, n) for n in range(36)])
    path = find_path(retake, (0, 0))
    mosaic = Mosaic(retake, path, CleanOptions(), recurring=False)
    numbers = tuple(range(101, 113))
    rows = []
    for number in numbers:
        plate = place.view(where(number - 101 + 4 + late), seed=number)
        plate[..., 40:, 80:110] = SUBJECT
        rows.append(mosaic.distances(mosaic.locate(number, view_of(Seen(plate, ONES)))))
    found = align_in_time(numbers, path.frames, np.array(rows), path.lens.width)
    # the re-take's frame 1 is 8 frames before its move, the plate's frame 101 4 + late into it
    expected = [number - 101 + 4 + late + 8 + 1 for number in numbers]
    assert np.abs(np.array([found.frames[n] for n in numbers]) - expected).max() <= 1
    assert found.offset == pytest.approx(expected[0] - 101, abs=0.5)


def test_another_move_is_no_re_take():
    distances = np.full((5, 8), 60.0)
    with pytest.raises(CannotBuild, match="is no re-take of this move: the cameras are 48 pixels"):
        align_in_time((1, 2, 3, 4, 5), tuple(range(8)), distances, 400)


def test_time_never_runs_backwards():
    distances = np.abs(np.arange(10)[None] - np.array([2, 3, 9, 5, 6])[:, None]) * 4.0
    found = align_in_time((1, 2, 3, 4, 5), tuple(range(10)), distances, 400)
    assert list(found.frames.values()) == sorted(found.frames.values())


@pytest.mark.parametrize("k", [-0.15, 0.0, 0.1])
def test_bent_undoes_straight(k):
    lens = Lens(k, 300, 200)
    points = np.random.default_rng(7).uniform((0, 0), (299, 199), (50, 2))
    assert np.abs(lens.bent(lens.straight(points)) - points).max() < 0.01
    assert lens.straight(np.array([[149.5, 99.5]])).tolist() == [[149.5, 99.5]]


def test_a_wall_without_features_is_followed_as_a_whole_picture(made):
    rough = torch.rand(1, 3, 4, 9, generator=torch.Generator().manual_seed(2))
    wall = torch.nn.functional.interpolate(rough, size=(280, 620), mode="bicubic").clamp_min(0.05)
    place = Place(wall, made)
    path = find_path(made.footage_of([place.view(60 + 12 * n, seed=n) for n in range(8)]), (0, 0))
    across = path.between(1, 8) @ np.array([0.0, 0.0, 1.0])
    assert path.lost == ()
    assert across[0] / across[2] == pytest.approx(-84, abs=5)
