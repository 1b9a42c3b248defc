import cv2
import numpy as np
import pytest

from platekey.core.errors import InputMismatch, MissingFrame, UnsupportedChannels
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.frames.sequence import find_sequence
from platekey.core.review.shot import gradient, review_shot, shot_facts

PASSES = ("R", "G", "B", "A", "shadow.R", "shadow.G", "shadow.B", "confidence.Y")


def write(path, pixels, channels=("R", "G", "B"), x=0, y=0):
    pixels = np.asarray(pixels, dtype=np.float32)
    window = Window(x, y, pixels.shape[1], pixels.shape[0])
    frame = Frame(pixels, channels, window, window, colour_space="lin_rec709_scene")
    write_frame(frame, str(path))
    return str(path)


def shot(folder, frames=(1, 2, 3), width=64):
    alpha = np.zeros((48, width, 1))
    alpha[8:40, 20:30] = 1
    alpha[8:40, 30:34] = 0.5
    premultiplied = alpha * [0.6, 0.1, 0.1]
    plate = premultiplied + (1 - alpha) * 0.3
    result = np.concatenate([premultiplied, alpha, np.ones((48, width, 4))], axis=2)
    for frame in frames:
        write(folder / f"plate.{frame:04d}.exr", plate)
        write(folder / f"matte.{frame:04d}.exr", result, PASSES)
    write(folder / "clean.exr", np.full_like(plate, 0.3))
    return [
        find_sequence(str(folder / name))
        for name in ("matte.####.exr", "plate.####.exr", "clean.exr")
    ]


def test_a_sheet_and_a_pair_are_made(tmp_path):
    sequences = shot(tmp_path)
    sheet, pair, _ = review_shot(*sequences, (1, 2, 3))
    sheet.save(str(tmp_path / "sheet.png"))
    pair.save(str(tmp_path / "pair.png"))
    assert cv2.imread(str(tmp_path / "sheet.png")).shape[1] == 1920
    single, *_ = review_shot(*sequences, (2,))
    assert single.height < sheet.height


def test_the_pair_shows_the_given_background(tmp_path):
    green = np.zeros((10, 10, 3))
    green[..., 1] = 1
    _, pair, _ = review_shot(*shot(tmp_path), (1,), background=green)
    pair.save(str(tmp_path / "pair.png"))
    picture = cv2.imread(str(tmp_path / "pair.png"))
    assert (picture == [0, 255, 0]).all(axis=2).sum() == 48 * 64 - 32 * 14


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ({}, "frames 1   ·   64x48"),
        (
            {"platekey:version": "0.1.0", "platekey:settings": '{"tolerance": 5.0}'},
            "frames 1   ·   64x48   ·   platekey 0.1.0   ·   method difference   ·   tolerance 5.0",
        ),
        (
            {"platekey:settings": "{broken"},
            "frames 1   ·   64x48   ·   platekey of unknown version   ·   set",
        ),
    ],
)
def test_the_header_tells_how_it_was_made(attributes, expected):
    window = Window(0, 0, 64, 48)
    pixels = np.zeros((48, 64, 1), np.float32)
    solved = Frame(pixels, ("A",), window, window, attributes=attributes)
    assert shot_facts(solved, (1,)).startswith(expected)


def test_a_clean_plate_of_another_window_is_put_in_its_place(tmp_path):
    result, plate, _ = shot(tmp_path)
    clean = write(tmp_path / "wide.exr", np.full((100, 100, 3), 0.3), x=-20, y=-30)
    sheet, *_ = review_shot(result, plate, find_sequence(clean), (1,))
    assert sheet.width == 1920


def test_a_result_of_another_plate_is_refused(tmp_path):
    result, _, clean = shot(tmp_path)
    other = find_sequence(write(tmp_path / "other.exr", np.zeros((10, 12, 3))))
    with pytest.raises(InputMismatch, match=r"is 64x48, the plate .* is 12x10"):
        review_shot(result, other, clean, (1,))


def test_missing_frames_are_named(tmp_path):
    with pytest.raises(MissingFrame, match=r"4"):
        review_shot(*shot(tmp_path), (3, 4))


def test_a_result_without_alpha_is_refused(tmp_path):
    _, plate, clean = shot(tmp_path)
    with pytest.raises(UnsupportedChannels, match=r"but A is needed"):
        review_shot(plate, plate, clean, (1,))


@pytest.mark.parametrize("size", [(1, 1), (2, 5)])
def test_the_gradient_fits_any_size(size):
    assert gradient(*size).shape == (*size, 3)
    assert gradient(1, 40)[0, 0, 1] < 0.05 < 0.85 < gradient(1, 40)[0, -1, 1]
