"""What a frame is solved from: colour, windows, mattes, missing and broken files."""

import numpy as np
import pytest

from platekey.core.colour.colour import convert
from platekey.core.errors import (
    ColourSpaceError,
    InputMismatch,
    MissingFrame,
    NonFinitePixels,
    OptionError,
    UnreadableFile,
)
from platekey.core.frames.frame import Window
from platekey.core.frames.image_io import write_frame
from platekey.core.job.inputs import ShotInputs
from platekey.core.options import Depth, NonFinite

LOG = "ARRI LogC3 (EI800)"


def read(shot, frame=1001, options=None, **changes):
    return ShotInputs(shot.request(options, **changes)).read(frame)


def test_pixels_of_linear_files_come_bit_for_bit(shot):
    inputs = read(shot)
    np.testing.assert_array_equal(inputs.plate.pixels, shot.pixels(1001).astype(np.float32))
    np.testing.assert_array_equal(inputs.clean_plate, shot.background.astype(np.float32))
    assert inputs.valid.all()
    assert inputs.plate.colour_space == "lin_rec709_scene"
    assert inputs.plate.attributes["iso"] == 800
    assert inputs.warnings == ()


def test_every_plate_frame_found_is_the_default(shot):
    assert ShotInputs(shot.request()).frames == (1001, 1002, 1003)
    assert ShotInputs(shot.request(frames="1003,1001")).frames == (1003, 1001)


def test_missing_frames_are_named_up_front(shot, make_picture):
    with pytest.raises(
        MissingFrame, match=r"^plate .*plate.%04d.exr has no frames 1004-1006; found"
    ):
        ShotInputs(shot.request(frames="1002-1006"))
    clean_plate = str(shot.folder / "clean.%04d.exr")
    write_frame(make_picture(shot.background), clean_plate % 1002)
    with pytest.raises(MissingFrame, match=r"^clean plate .* has no frames 1001, 1003; found are"):
        ShotInputs(shot.request(clean_plate=clean_plate))
    with pytest.raises(MissingFrame, match=r"hint.%04d.exr"):
        ShotInputs(shot.request(hint=str(shot.folder / "hint.%04d.exr")))


def test_a_single_plate_is_one_frame_whatever_its_number(shot):
    single = shot.plate % 1002
    assert ShotInputs(shot.request(plate=single)).frames == (1002,)
    assert ShotInputs(shot.request(plate=single, frames="7")).read(7).plate.path == single
    with pytest.raises(OptionError, match="frames is 1-9, but plate .* is a single picture"):
        ShotInputs(shot.request(plate=single, frames="1-9"))


def test_a_single_clean_plate_is_read_once_for_the_whole_shot(shot):
    inputs = ShotInputs(shot.request())
    first = inputs.read(1001)
    (shot.folder / "clean.exr").unlink()
    np.testing.assert_array_equal(inputs.read(1003).clean_plate, first.clean_plate)


def test_a_clean_plate_sequence_is_read_frame_by_frame(shot, make_picture):
    clean_plate = str(shot.folder / "bg.####.exr")
    for frame in shot.frames:
        pixels = np.full_like(shot.background, frame / 1000)
        write_frame(make_picture(pixels), clean_plate.replace("####", str(frame)))
    inputs = ShotInputs(shot.request(clean_plate=clean_plate))
    for frame in shot.frames:
        assert abs(float(inputs.read(frame).clean_plate[3, 3, 0]) - frame / 1000) < 1e-3


def test_camera_log_is_made_linear_and_both_plates_alike(shot, make_picture):
    for frame, pixels in ((1001, shot.pixels(1001)), (0, shot.background)):
        encoded = convert(pixels.astype(np.float32), "lin_rec709_scene", LOG)
        picture = make_picture(encoded, colour_space=None)
        shot.write_plate(frame, picture) if frame else shot.write_clean(picture)
    inputs = read(shot, options={"colorspace": "LogC3"})
    assert inputs.plate.colour_space == "lin_rec709_scene"
    np.testing.assert_allclose(inputs.plate.pixels, shot.pixels(1001), rtol=2e-3, atol=2e-4)
    np.testing.assert_allclose(inputs.clean_plate, shot.background, rtol=2e-3, atol=2e-4)
    assert inputs.warnings == ()


def test_a_clean_plate_in_another_space_comes_into_the_plates(shot, make_picture):
    pixels = convert(shot.background.astype(np.float32), "lin_rec709_scene", "lin_ap1_scene")
    shot.write_clean(make_picture(pixels, colour_space="lin_ap1_scene"))
    inputs = read(shot)
    np.testing.assert_allclose(inputs.clean_plate, shot.background, rtol=1e-4, atol=1e-5)
    (warned,) = inputs.warnings
    assert "clean.exr is tagged lin_ap1_scene and read so" in warned.message


def test_a_clean_plate_without_a_tag_is_taken_like_its_plate(shot, make_picture):
    shot.write_plate(1001, make_picture(shot.pixels(1001), colour_space="lin_ap1_scene"))
    shot.write_clean(make_picture(shot.background, colour_space=None))
    inputs = read(shot)
    assert inputs.plate.colour_space == "lin_ap1_scene"
    np.testing.assert_array_equal(inputs.clean_plate, shot.background.astype(np.float32))
    assert inputs.warnings == ()


def test_a_plate_without_a_tag_is_warned_of(shot, make_picture):
    shot.write_plate(1001, make_picture(shot.pixels(1001), colour_space=None))
    (warned,) = read(shot).warnings
    assert "it is taken as scene-linear Rec.709" in warned.message


def test_an_unknown_colour_space_is_refused(shot):
    with pytest.raises(ColourSpaceError, match="'Kodachrome' is not in the config"):
        read(shot, options={"colorspace": "Kodachrome"})


@pytest.mark.parametrize("broken", ["plate", "clean plate", "garbage"])
def test_nan_is_refused_or_repaired_and_always_told(shot, make_picture, broken):
    garbage = str(shot.folder / "garbage.exr")
    pixels = shot.pixels(1001) if broken == "plate" else shot.background.copy()
    pixels[5, 6:8] = np.nan
    pixels[9, 9, 1] = -np.inf
    write_frame(make_picture(np.zeros((32, 48, 3))), garbage)
    path = {"plate": shot.plate % 1001, "clean plate": shot.clean_plate, "garbage": garbage}[broken]
    write_frame(make_picture(pixels), path, depth=Depth.FLOAT)
    count = 2 if broken == "garbage" else 3  # a matte takes R alone
    with pytest.raises(NonFinitePixels, match=f"{broken} {path} has {count} pixels of NaN or inf"):
        read(shot, garbage=garbage)
    inputs = read(shot, garbage=garbage, options={"nonfinite": NonFinite.REPAIR})
    (warned,) = inputs.warnings
    assert f"{broken} {path} has {count} pixels of NaN or infinity, filled" in warned.message
    for each in (inputs.plate.pixels, inputs.clean_plate, inputs.mattes["garbage"]):
        assert np.isfinite(each).all()


def test_a_clean_plate_of_another_size_is_refused(shot, make_picture):
    shot.write_clean(make_picture(np.ones((16, 24, 3))))
    with pytest.raises(InputMismatch, match="clean plate is 24x16, plate is 48x32; reformat one"):
        read(shot)


def test_a_smaller_data_window_of_the_clean_plate_is_padded_and_told(shot, make_picture):
    small = Window(8, 4, 32, 24)
    pixels = shot.background[4:28, 8:40]
    shot.write_clean(make_picture(pixels, data=small, display=Window(0, 0, 48, 32)))
    inputs = read(shot)
    np.testing.assert_array_equal(inputs.clean_plate[4:28, 8:40], pixels.astype(np.float32))
    assert inputs.valid.sum() == 24 * 32
    (warned,) = inputs.warnings
    assert "does not cover 50 % of the plate's pixels" in warned.message


def test_work_happens_on_the_plates_data_window_with_overscan(shot, make_picture):
    large = Window(-4, -3, 56, 38)
    pixels = np.pad(shot.pixels(1001), ((3, 3), (4, 4), (0, 0)), constant_values=0.5)
    shot.write_plate(1001, make_picture(pixels, data=large, display=Window(0, 0, 48, 32)))
    inputs = read(shot)
    assert inputs.plate.data_window == large
    assert inputs.clean_plate.shape == (38, 56, 3)
    np.testing.assert_array_equal(
        inputs.clean_plate[3:35, 4:52], shot.background.astype(np.float32)
    )
    assert inputs.valid[:3].sum() == inputs.valid[:, :4].sum() == 0


def test_mattes_come_on_the_plates_window_and_end_where_they_end(shot, make_picture):
    hint = str(shot.folder / "hint.exr")
    picture = make_picture(
        np.ones((8, 8, 3)), data=Window(2, 3, 8, 8), display=Window(0, 0, 48, 32)
    )
    write_frame(picture, hint)
    mattes = read(shot, hint=hint, holdout=hint).mattes
    assert set(mattes) == {"hint", "holdout"}
    assert mattes["hint"].shape == (32, 48, 1)
    assert mattes["hint"].sum() == mattes["hint"][3:11, 2:10].sum() == 64


def test_a_damaged_frame_is_named(shot):
    path = shot.folder / "plate.1002.exr"
    path.write_bytes(path.read_bytes()[:700])
    with pytest.raises(UnreadableFile, match=r"plate.1002.exr"):
        read(shot, 1002)


def test_a_colour_space_that_is_none_is_told_once_and_not_every_frame(shot):
    with pytest.raises(ColourSpaceError, match="'nonsense' is not in the config"):
        ShotInputs(shot.request({"colorspace": "nonsense"}))


def test_a_plate_is_no_clean_plate_of_itself(shot):
    with pytest.raises(OptionError, match=r"plate and clean plate are both .*; name a clean plate"):
        ShotInputs(shot.request(clean_plate=shot.plate))


def test_pixels_that_a_built_clean_plate_does_not_know_are_solved_without_it(shot, make_picture):
    valid = np.ones((32, 48, 1))
    valid[20:, :10] = 0
    valid[5, 5] = 0.5  # between known and unknown: a resized plate
    known = make_picture(shot.background)
    pixels = np.concatenate([known.pixels, valid], axis=-1).astype(np.float32)
    shot.write_clean(known.with_pixels(pixels, ("R", "G", "B", "valid.Y")))
    inputs = ShotInputs(shot.request()).read(1001)
    assert (inputs.valid == (valid == 1)).all()
    assert inputs.clean_plate.shape == (32, 48, 3)
    (warned,) = inputs.warnings
    assert "or does not know them" in warned.message
    shot.solve()
    assert shot.result_of(1001).select("confidence.Y")[22:30, 2:8].max() == 0
