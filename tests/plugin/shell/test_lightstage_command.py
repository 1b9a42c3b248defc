import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.options import Depth
from platekey.plugin.shell.main import main

CAPTURE = Path(__file__).parents[3] / "../shared/bench/capture"
ALPHA = np.linspace(0, 1, 16, dtype=np.float32)[None, :, None].repeat(12, axis=0)
FOREGROUND = ALPHA * np.array([0.5, 3.0, 0.25], np.float32)
BACKDROPS = {1: (0.6, 0.1, 0.1), 2: (0.1, 0.2, 0.7)}


def write(path, pixels, *, at=(0, 0), space="lin_rec709_scene"):
    pixels = np.asarray(pixels, np.float32)
    window = Window(*at, pixels.shape[1], pixels.shape[0])
    display = Window(0, 0, 16, 12)
    frame = Frame(pixels, ("R", "G", "B"), window, display, colour_space=space)
    write_frame(frame, str(path), depth=Depth.FLOAT)


@pytest.fixture
def capture(tmp_path):
    """Two frames before two backdrops; one clean plate each."""
    for number, colour in BACKDROPS.items():
        clean = np.broadcast_to(np.float32(colour), (12, 16, 3))
        write(tmp_path / f"clean{number}.exr", clean)
        for frame in (5, 6):
            plate = FOREGROUND + (1 - ALPHA) * clean
            write(tmp_path / f"plate{number}.{frame:04d}.exr", plate)
    return tmp_path


def triangulation(folder, *more):
    names = ("plate1.####.exr", "clean1.exr", "plate2.####.exr", "clean2.exr")
    inputs = [f"{folder}/{name}" for name in names]
    return main(["lightstage", "triangulate", *inputs, "-o", f"{folder}/out.####.exr", *more])


def test_triangulate_writes_alpha_foreground_and_confidence(capture, capsys):
    assert triangulation(capture, "--depth", "float") == 0
    for frame in (5, 6):
        result = read_frame(f"{capture}/out.{frame:04d}.exr")
        assert set(result.channels) == {"R", "G", "B", "A", "confidence.Y"}
        np.testing.assert_allclose(result.select("A"), ALPHA, atol=1e-4)
        np.testing.assert_allclose(result.select("R", "G", "B"), FOREGROUND, atol=1e-4)
        assert result.select("confidence.Y").min() > 0.9
        assert result.colour_space == "lin_rec709_scene"
        assert result.attributes["platekey:method"] == "triangulation"
    assert "2 written" in capsys.readouterr().out


def test_a_second_run_skips_what_is_whole_and_overwrite_makes_it_again(capture, capsys):
    assert triangulation(capture, "--frames", "5") == 0
    assert triangulation(capture, "--json") == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (result["written"], result["skipped"]) == ([6], [5])
    assert triangulation(capture, "--json", "--overwrite") == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["written"] == [5, 6]


def test_ratio_writes_alpha_alone(capture):
    write(capture / "lit.exr", np.full((12, 16, 3), 2.0))
    write(capture / "silhouette.exr", (1 - ALPHA) * np.full(3, 2.0))
    arguments = ["ratio", f"{capture}/silhouette.exr", f"{capture}/lit.exr"]
    assert main(["lightstage", *arguments, "-o", f"{capture}/matte.exr", "--depth", "float"]) == 0
    result = read_frame(f"{capture}/matte.exr")
    assert set(result.channels) == {"A", "confidence.Y"}
    np.testing.assert_allclose(result.select("A"), ALPHA, atol=1e-4)


def test_windows_and_colour_spaces_of_the_second_backdrop_may_differ(capture):
    from platekey.core.colour.colour import convert

    clean = np.broadcast_to(np.float32(BACKDROPS[2]), (12, 16, 3))
    plate = FOREGROUND + (1 - ALPHA) * clean
    for name, pixels in (("plate2.0005", plate), ("plate2.0006", plate), ("clean2", clean)):
        other = convert(np.ascontiguousarray(pixels[2:]), "lin_rec709_scene", "lin_ap1_scene")
        write(capture / f"{name}.exr", other, at=(0, 2), space="lin_ap1_scene")
    assert triangulation(capture, "--depth", "float") == 0
    result = read_frame(f"{capture}/out.0005.exr")
    np.testing.assert_allclose(result.select("A")[2:], ALPHA[2:], atol=1e-3)
    np.testing.assert_allclose(result.select("R", "G", "B")[2:], FOREGROUND[2:], atol=2e-3)
    assert result.select("confidence.Y")[:2].max() == 0.0
    assert result.select("confidence.Y")[2:].min() > 0.5


def test_backdrops_that_are_alike_are_told(capture, capsys):
    write(capture / "clean2.exr", np.broadcast_to(np.float32(BACKDROPS[1]), (12, 16, 3)))
    for frame in (5, 6):
        (capture / f"plate2.{frame:04d}.exr").write_bytes(
            (capture / f"plate1.{frame:04d}.exr").read_bytes()
        )
    assert triangulation(capture) == 0
    assert capsys.readouterr().err.count("too alike") == 1


def test_missing_frames_of_the_second_backdrop_end_with_exit_code_3(capture, capsys):
    (capture / "plate2.0006.exr").unlink()
    assert triangulation(capture) == 3
    assert "has no frame 6" in capsys.readouterr().err


def test_a_frame_that_cannot_be_read_does_not_stop_the_others(capture, capsys):
    (capture / "plate2.0005.exr").write_bytes(b"no picture")
    assert triangulation(capture) == 4
    assert "frame 5" in capsys.readouterr().err
    assert read_frame(f"{capture}/out.0006.exr").select("A").max() == pytest.approx(1, abs=1e-3)


def test_a_picture_of_somebody_else_is_replaced_only_with_overwrite(capture, capsys):
    shutil.copy(f"{capture}/clean1.exr", f"{capture}/out.0005.exr")
    assert triangulation(capture, "--frames", "5") == 2
    assert "overwrite" in capsys.readouterr().err
    assert triangulation(capture, "--frames", "5", "--overwrite") == 0
    assert "A" in read_frame(f"{capture}/out.0005.exr").channels


def test_an_output_over_an_input_is_refused(capture, capsys):
    inputs = [f"{capture}/{n}" for n in ("plate1.0005.exr", "clean1.exr")]
    second = [f"{capture}/{n}" for n in ("plate2.0005.exr", "clean2.exr")]
    arguments = ["lightstage", "triangulate", *inputs, *second, "-o", second[1]]
    assert main(arguments) == 2
    assert "is an input as well" in capsys.readouterr().err


def test_a_real_pair_of_photographs_gives_its_published_matte(tmp_path):
    if not CAPTURE.is_dir():
        pytest.skip("the photographs are not beside the repository (../shared/bench/capture)")
    inputs = [
        str(CAPTURE / folder / f"{name}.0001.exr")
        for folder in ("flowers_A", "flowers_B")
        for name in ("plate", "clean")
    ]
    assert main(["lightstage", "triangulate", *inputs, "-o", str(tmp_path / "out.exr")]) == 0
    alpha = read_frame(str(tmp_path / "out.exr")).select("A")
    truth = read_frame(str(CAPTURE / "flowers_A/gt/alpha.0001.exr")).select("A")
    assert np.abs(alpha - truth).mean() < 0.005
