import cv2
import numpy as np
import pytest

from platekey.core.errors import MissingFrame, OptionError, UnreadableFile
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.lightstage.training.backgrounds import Backgrounds, Source, find_backgrounds

LAMPS = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32)


def write_exr(path, pixels):
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    write_frame(
        Frame(pixels.astype(np.float32), tuple("RGB"), window, window, "lin_rec709_scene"),
        str(path),
    )


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(4)
    (tmp_path / "deep" / "down").mkdir(parents=True)
    sky = np.full((32, 64, 3), 0.2)
    sky[4:8, 30:34] = 800.0
    write_exr(tmp_path / "deep" / "sky.exr", sky)
    write_exr(tmp_path / "deep" / "down" / "room.exr", rng.uniform(0, 9, (50, 40, 3)))
    photo = rng.integers(0, 256, (60, 90, 3)).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "photo.png"), photo)
    (tmp_path / "notes.txt").write_text("not a picture")
    (tmp_path / "broken.jpg").write_bytes(b"")
    return tmp_path


def only(folder, source):
    files = [item for item in find_backgrounds(folder) if item[0] is source]
    return Backgrounds(files, pattern_share=0)


def test_pictures_are_found_and_told_apart_and_broken_ones_left_out(folder, caplog):
    found = [(source.value, path.name) for source, path in find_backgrounds(folder)]
    assert found == [("render", "room.exr"), ("panorama", "sky.exr"), ("photograph", "photo.png")]
    assert "broken.jpg is empty" in caplog.text


def test_a_folder_without_pictures_is_told(tmp_path):
    for path in (tmp_path, tmp_path / "none"):
        with pytest.raises(MissingFrame, match="holds no pictures"):
            find_backgrounds(path)


@pytest.mark.parametrize("source", list(Source))
def test_every_kind_gives_a_picture_and_its_light(folder, source):
    backgrounds = only(folder, source)
    one = backgrounds.draw(np.random.default_rng(1), 24, LAMPS)
    assert one.source is source
    assert one.picture.shape == (24, 24, 3)
    assert one.lights.shape == (6, 3)
    assert np.isfinite(one.picture).all()
    assert np.isfinite(one.lights).all()
    assert one.lights.min() >= 0
    assert one.picture.min() >= 0
    same = backgrounds.draw(np.random.default_rng(1), 24, LAMPS)
    np.testing.assert_array_equal(one.picture, same.picture)
    np.testing.assert_array_equal(one.lights, same.lights)
    other = backgrounds.draw(np.random.default_rng(2), 24, LAMPS)
    assert not np.array_equal(one.picture, other.picture)


def test_light_and_view_are_of_the_same_panorama(folder):
    """A camera that sees the sun has it behind the subject."""
    backgrounds = only(folder, Source.PANORAMA)
    seen = 0
    for seed in range(60):
        drawn = backgrounds.draw(np.random.default_rng(seed), 24, LAMPS)
        if drawn.picture.max() > 100:
            seen += 1
            assert drawn.lights[5].sum() > drawn.lights[4].sum()
    assert seen


def test_photographs_are_made_linear_and_some_get_their_highlights_back(tmp_path):
    cv2.imwrite(str(tmp_path / "white.png"), np.full((40, 40, 3), 255, np.uint8))
    backgrounds = only(tmp_path, Source.PHOTOGRAPH)
    brightest = [
        backgrounds.draw(np.random.default_rng(seed), 16, LAMPS).picture.max() for seed in range(20)
    ]
    assert min(brightest) == pytest.approx(1)
    assert 5 < max(brightest) < 25


def test_mid_grey_of_a_photograph_is_a_fifth_of_white(tmp_path):
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((40, 40, 3), 124, np.uint8))
    picture = only(tmp_path, Source.PHOTOGRAPH).draw(np.random.default_rng(0), 16, LAMPS).picture
    assert float(picture.mean()) == pytest.approx(0.2016, abs=2e-3)


def test_without_files_everything_is_a_pattern():
    drawn = Backgrounds(pattern_share=0).draw(np.random.default_rng(0), 16, LAMPS)
    assert drawn.source is Source.PATTERN


def test_a_picture_that_breaks_later_is_named(folder):
    backgrounds = only(folder, Source.PHOTOGRAPH)
    (folder / "photo.png").write_bytes(b"")
    with pytest.raises(UnreadableFile, match="is empty"):
        backgrounds.draw(np.random.default_rng(0), 16, LAMPS)


def test_a_share_that_cannot_be_is_refused():
    with pytest.raises(OptionError, match="pattern_share is 2"):
        Backgrounds(pattern_share=2)
