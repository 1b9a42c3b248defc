import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.errors import OptionError
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.lightstage.truth.measure import MeasureRequest, run_measure
from platekey.core.options import Depth, MatteOptions, Passes


@pytest.fixture
def silhouette(tmp_path, make_frame):
    """Two frames, half of the backing covered at 25 %; the light is 50000."""
    space = "lin_rec709_scene"
    clean = np.full((6, 8, 3), 50000.0)
    plate = clean * np.where(np.arange(8) < 4, 0.75, 1.0)[None, :, None]
    write_frame(make_frame(clean, colour_space=space), str(tmp_path / "clean.exr"))
    for frame in (1, 2):
        path = tmp_path / f"plate.{frame:04d}.exr"
        write_frame(make_frame(plate, colour_space=space), str(path), depth=Depth.FLOAT)
    return tmp_path


def request(folder, **more):
    names = {"plate": "plate.####.exr", "clean_plate": "clean.exr", "output": "out.####.exr"}
    return MeasureRequest(**{key: f"{folder}/{name}" for key, name in names.items()}, **more)


def never():
    return False


def test_light_near_the_limit_of_half_is_measured(silhouette):
    result = run_measure(request(silhouette), lambda event: None, never)
    assert (result.exit_code, result.written) == (0, [1, 2])
    alpha = read_frame(f"{silhouette}/out.0002.exr").select("A")
    np.testing.assert_allclose(alpha[:, :4], 0.25, atol=1e-3)
    np.testing.assert_allclose(alpha[:, 4:], 0.0, atol=1e-3)


def test_frames_are_told_as_they_are_done(silhouette):
    events = []
    run_measure(request(silhouette, frames="2"), events.append, never)
    done = [event for event in events if isinstance(event, protocol.FrameDone)]
    assert [event.frame for event in done] == [2]
    assert done[0].report["unreliable"] == 0.0
    assert not (silhouette / "out.0001.exr").exists()


def test_a_stop_ends_before_the_next_frame_and_keeps_what_is_written(silhouette):
    looks = iter([False, True])
    result = run_measure(request(silhouette), lambda event: None, lambda: next(looks))
    assert (result.exit_code, result.written) == (5, [1])
    assert (silhouette / "out.0001.exr").exists()
    assert not (silhouette / "out.0002.exr").exists()


def test_nan_is_refused_or_repaired_as_the_option_says(silhouette, make_frame):
    pixels = read_frame(f"{silhouette}/plate.0001.exr").pixels.copy()
    pixels[2, 2] = np.nan
    damaged = make_frame(pixels, colour_space="lin_rec709_scene")
    write_frame(damaged, f"{silhouette}/plate.0001.exr", depth=Depth.FLOAT)
    refused = run_measure(request(silhouette), lambda event: None, never)
    assert (refused.exit_code, refused.failed) == (4, [1])
    options = MatteOptions.from_json({"nonfinite": "repair"})
    repaired = run_measure(request(silhouette, options=options), lambda event: None, never)
    assert repaired.exit_code == 0
    assert read_frame(f"{silhouette}/out.0001.exr").select("A")[2, 2] == pytest.approx(
        0.25, abs=1e-3
    )


def test_half_a_backdrop_and_single_passes_are_refused(silhouette):
    with pytest.raises(OptionError, match="needs both plate and clean plate"):
        request(silhouette, second_plate="other.exr")
    with pytest.raises(OptionError, match="leave passes at exr"):
        request(silhouette, options=MatteOptions(passes=Passes.FILES))
