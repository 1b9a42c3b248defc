"""What is written: channels, precision, header, names, signatures."""

import json
import math
import os

import numpy as np
import pytest

from platekey.core.errors import OptionError, OutputError
from platekey.core.frames.frame import Window
from platekey.core.frames.image_io import read_frame, read_header, write_frame
from platekey.core.job.inputs import ShotInputs
from platekey.core.job.one_frame import Solved
from platekey.core.job.outputs import SIGNATURE, ShotOutputs
from platekey.core.options import Compression, Depth, Passes

RGB, FG, SHADOW = (tuple(prefix + each for each in "RGB") for prefix in ("", "fg.", "shadow."))


@pytest.fixture
def solved(shot):
    rng = np.random.default_rng(5)
    alpha = rng.random((32, 48, 1)).astype(np.float32)
    alpha[:8], alpha[8:16] = 0, 1
    alpha[16, :4] = 1 - 1e-5  # 1 in half
    return Solved(
        alpha=alpha,
        foreground=rng.normal(0.3, 2.0, (32, 48, 3)).astype(np.float32),
        shadow=rng.random((32, 48, 3)).astype(np.float32),
        confidence=rng.random((32, 48, 1)).astype(np.float32),
        report={"conditioning": {"gain": [np.float32(1.5), math.nan], "aligned": np.bool_(True)}},
    )


@pytest.fixture
def write(shot, solved):
    """Writes `solved` for frame 1001 and returns the paths."""

    def write(options=None, **changes):
        request = shot.request(options, **changes)
        outputs = ShotOutputs(request, is_single=False)
        inputs = ShotInputs(request)
        outputs.prepare({1001: inputs.paths(1001)})
        pictures = outputs.pictures(inputs.read(1001).plate, solved, "abc")
        return outputs.write(1001, pictures)

    return write


def half(pixels):
    return pixels.astype(np.float16).astype(np.float32)


def test_one_file_holds_all_passes(shot, write, solved):
    paths = write()
    assert paths == {"exr": shot.output % 1001}
    frame = read_frame(paths["exr"])
    assert sorted(frame.channels) == sorted([*RGB, "A", *FG, *SHADOW, "confidence.Y"])
    alpha = frame.select("A")
    np.testing.assert_array_equal(alpha, half(solved.alpha))
    np.testing.assert_array_equal(frame.select(*SHADOW), half(solved.shadow))
    np.testing.assert_array_equal(frame.select("confidence.Y"), half(solved.confidence))
    straight = frame.select(*FG)
    inside = (alpha > 0)[..., 0] & (alpha < 1)[..., 0]
    np.testing.assert_array_equal(straight[inside], half(solved.foreground)[inside])
    np.testing.assert_allclose(frame.select(*RGB), straight * alpha, rtol=2e-3, atol=1e-6)
    assert (frame.select(*RGB)[:8] == 0).all()


@pytest.mark.parametrize("depth", list(Depth))
def test_where_the_written_alpha_is_one_the_foreground_is_the_plate(shot, write, depth):
    frame = read_frame(write({"depth": depth})["exr"])
    plate = shot.pixels(1001).astype(np.float32)
    plate = half(plate) if depth is Depth.HALF else plate
    opaque = frame.select("A")[..., 0] == 1
    assert opaque.sum() == 8 * 48 + (4 if depth is Depth.HALF else 0)
    for names in (RGB, FG):
        np.testing.assert_array_equal(frame.select(*names)[opaque], plate[opaque])


def test_the_header_says_how_it_was_made_and_keeps_the_plates(write):
    options = {"tolerance": 2.5, "compression": Compression.PIZ}
    header = read_header(write(options)["exr"])
    assert header.attributes["camera"] == "A"
    assert header.attributes["iso"] == 800
    assert header.colour_space == "lin_rec709_scene"
    assert header.attributes["platekey:method"] == "difference"
    assert header.attributes["platekey:version"].count(".") == 2
    assert json.loads(header.attributes["platekey:settings"])["tolerance"] == 2.5
    conditioning = json.loads(header.attributes["platekey:conditioning"])
    assert conditioning == {"gain": [1.5, None], "aligned": True}
    assert header.attributes[SIGNATURE] == "abc"


def test_passes_as_files_are_single_layers_named_by_their_pass(shot, write, solved):
    paths = write({"passes": Passes.FILES})
    folder = os.path.dirname(shot.output)
    assert paths == {
        name: os.path.join(folder, f"matte.{name}.1001.exr")
        for name in ("rgba", "fg", "alpha", "shadow", "confidence")
    }
    channels = {name: read_header(path).channels for name, path in paths.items()}
    assert set(channels["rgba"]) == set("RGBA")
    assert set(channels["fg"]) == set(channels["shadow"]) == set("RGB")
    assert channels["alpha"] == channels["confidence"] == ("Y",)
    np.testing.assert_array_equal(read_frame(paths["alpha"]).pixels, half(solved.alpha))
    spaces = {name: read_header(path).colour_space for name, path in paths.items()}
    assert spaces["rgba"] == spaces["fg"] == "lin_rec709_scene"
    assert spaces["alpha"] == spaces["shadow"] == spaces["confidence"] == "data"


@pytest.mark.parametrize(("passes", "as_plate"), [(Passes.EXR, True), (Passes.FILES, False)])
def test_windows_are_the_plates_except_for_blender(shot, write, make_picture, passes, as_plate):
    data, display = Window(-4, 2, 48, 32), Window(0, 0, 44, 40)
    shot.write_plate(1001, make_picture(shot.pixels(1001), data=data, display=display))
    shot.write_clean(make_picture(shot.background, data=data, display=display))
    for path in write({"passes": passes}).values():
        header = read_header(path)
        assert header.display_window == display
        assert header.data_window == (data if as_plate else display)


def test_nothing_is_spread_from_where_there_is_no_alpha(shot, write, solved):
    solved.foreground[:8] = 60000.0
    assert (read_frame(write()["exr"]).select(*RGB)[:8] == 0).all()


def signature(shot, options=None):
    request = shot.request(options)
    outputs = ShotOutputs(request, is_single=False)
    return outputs.signature(ShotInputs(request).paths(1001))


def test_the_signature_is_of_settings_and_inputs(shot):
    first = signature(shot)
    assert signature(shot) == first
    assert signature(shot, {"tolerance": 3.5}) != first
    assert signature(shot, {"depth": Depth.FLOAT}) != first
    assert signature(shot, {"device": "auto", "tile": 512}) == first
    os.utime(shot.plate % 1002, (1, 1))
    assert signature(shot) == first, "another frame's file is none of its inputs"
    os.utime(shot.clean_plate, (1, 1))
    assert signature(shot) != first


def test_the_signature_does_not_know_folders(shot):
    first = signature(shot)
    moved = shot.folder.with_name("moved")
    shot.folder.rename(moved)
    shot.plate, shot.clean_plate = str(moved / "plate.%04d.exr"), str(moved / "clean.exr")
    assert signature(shot) == first


def test_a_frame_is_finished_if_it_is_whole_and_of_this_signature(shot, write):
    path = write()["exr"]
    outputs = ShotOutputs(shot.request(), is_single=False)
    assert outputs.is_finished(1001, "abc")
    assert not outputs.is_finished(1001, "abd")
    assert not outputs.is_finished(1002, "abc")
    with open(path, "r+b") as file:
        file.truncate(os.path.getsize(path) - 10)
    assert not outputs.is_finished(1001, "abc")


def test_a_frame_of_files_is_finished_if_all_are(shot, write):
    paths = write({"passes": Passes.FILES})
    outputs = ShotOutputs(shot.request({"passes": Passes.FILES}), is_single=False)
    assert outputs.is_finished(1001, "abc")
    os.unlink(paths["shadow"])
    assert not outputs.is_finished(1001, "abc")


def test_the_folder_is_made(shot, write):
    path = write(output=str(shot.folder / "a" / "b" / "matte.%04d.exr"))["exr"]
    assert os.path.dirname(path).endswith("a/b")


def test_a_folder_that_cannot_be_made_is_told(shot, write):
    (shot.folder / "file").write_text("in the way")
    with pytest.raises(OutputError, match="file/out cannot be written to .*check its permissions"):
        write(output=str(shot.folder / "file" / "out" / "matte.%04d.exr"))


def test_an_input_is_never_overwritten(shot, write):
    (shot.folder / "link").symlink_to(shot.folder)
    for output in (shot.plate, str(shot.folder / "link" / "plate.####.exr")):
        with pytest.raises(OptionError, match=r"plate.1001.exr is an input as well; name another"):
            write(output=output)


def test_a_picture_that_is_not_ours_is_not_lost(shot, make_picture):
    """As a clean plate of another frame, whose pattern was given as output by mistake."""
    path = shot.output % 1002
    os.makedirs(os.path.dirname(path))
    write_frame(make_picture(np.ones((2, 2, 3))), path)
    with pytest.raises(OptionError, match=r"1002\.exr is there and was not made by platekey; name"):
        shot.solve()
    assert shot.files() == ["matte.1002.exr"]
    assert shot.solve(frames="1001").exit_code == 0
    assert shot.solve(overwrite=True).exit_code == 0
    assert shot.solve().skipped == [1001, 1002, 1003]
