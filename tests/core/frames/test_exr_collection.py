"""The published EXR test pictures: each is read right, or refused with one sentence."""

import json
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import pytest

from platekey.core.errors import UnreadableFile
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.frames.layers import rgb

FOLDER = Path(__file__).parents[3] / "../shared/data/exr"
DAMAGED = FOLDER / "openexr-images/Damaged"
PICTURES = sorted(p for p in FOLDER.rglob("*.exr") if DAMAGED not in p.parents)
DEEP = {"11.deep.exr", "42.deep.exr", "64.deep.exr", "multivariate.deep.exr", "objectid.deep.exr"}
DEEP |= {"Balls.exr"}
LUMINANCE_CHROMA = {"CrissyField.exr", "Flowers.exr", "Rec709_YC.exr", "XYZ_YC.exr", "comp_b44.exr"}
MEMORY = 4 << 30
SECONDS = 20
BATCHES = 4

# reads every file that it is given and prints what became of it, one JSON line each
READER = """
import json, sys, time
from platekey.core.errors import PlatekeyError
from platekey.core.frames.image_io import read_frame
for path in sys.argv[1:]:
    print(json.dumps({"path": path, "outcome": "started"}), flush=True)
    start = time.monotonic()
    try:
        read_frame(path)
        outcome = "read"
    except PlatekeyError as error:
        outcome = f"{type(error).__name__}: {error}"
    seconds = time.monotonic() - start
    print(json.dumps({"path": path, "outcome": outcome, "seconds": seconds}), flush=True)
"""


def needs_the_collection():
    if not PICTURES:
        pytest.skip("the EXR collection is not beside the repository (../shared/data/exr)")


def test_the_collection_is_there():
    needs_the_collection()
    assert len(PICTURES) > 40


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_every_flat_picture_is_read_as_openimageio_has_it(path):
    if path.name in DEEP:
        with pytest.raises(UnreadableFile, match="deep samples"):
            read_frame(str(path))
        return
    frame = read_frame(str(path))
    if path.name in LUMINANCE_CHROMA:  # below, OpenImageIO's default reader cannot
        assert frame.channels == ("R", "G", "B")
        return
    reader = oiio.ImageInput.open(str(path))
    spec = reader.spec(0, 0)
    reference = reader.read_image(0, 0, 0, spec.nchannels, "float")
    np.testing.assert_array_equal(frame.pixels, reference)
    assert frame.channels == tuple(spec.channelnames)
    window, display = frame.data_window, frame.display_window
    assert (window.x, window.y) == (spec.x, spec.y)
    assert (display.x, display.y, display.width, display.height) == (
        spec.full_x, spec.full_y, spec.full_width, spec.full_height,
    )  # fmt: skip
    assert frame.pixel_aspect == spec.get_float_attribute("PixelAspectRatio", 1.0)


@pytest.mark.parametrize("name", ["Rec709", "XYZ"])
def test_luminance_chroma_is_the_rgb_picture_with_softer_colour(name):
    needs_the_collection()
    folder = FOLDER / "openexr-images/Chromaticities"
    full = rgb(read_frame(str(folder / f"{name}.exr")))
    chroma = rgb(read_frame(str(folder / f"{name}_YC.exr")))
    # the same picture, stored once with R G B and once with colour at half size; with the
    # luminance weights of other primaries the mean would be off by a tenth and more
    np.testing.assert_allclose(chroma.mean(axis=(0, 1)), full.mean(axis=(0, 1)), rtol=0.005)
    weights = {"Rec709": [0.2126, 0.7152, 0.0722], "XYZ": [0, 1, 0]}[name]
    difference = np.abs(full @ np.float32(weights) - chroma @ np.float32(weights))
    assert np.median(difference) < 0.002  # luminance is stored at full size
    assert np.median(np.abs(full - chroma)) < 0.01


@pytest.mark.parametrize("name", ["AllHalfValues.exr", "BrightRingsNanInf.exr"])
def test_every_half_value_survives_reading_and_writing(tmp_path, name):
    needs_the_collection()
    frame = read_frame(str(FOLDER / "openexr-images/TestImages" / name))
    write_frame(frame, str(tmp_path / "a.exr"))
    again = read_frame(str(tmp_path / "a.exr"))
    np.testing.assert_array_equal(again.pixels, frame.pixels)  # equal NaN included
    assert not np.isfinite(frame.pixels).all()


@pytest.mark.parametrize("path", PICTURES, ids=lambda path: path.name)
def test_headers_survive_reading_and_writing(tmp_path, path):
    if path.name in DEEP or path.stat().st_size > 1_500_000:
        pytest.skip("deep, or large and of no other header")
    frame = read_frame(str(path))
    write_frame(frame, str(tmp_path / "a.exr"))
    again = read_frame(str(tmp_path / "a.exr"))
    assert again.data_window == frame.data_window
    assert again.display_window == frame.display_window
    assert again.pixel_aspect == frame.pixel_aspect
    assert sorted(again.channels) == sorted(frame.channels)
    lost = set(frame.attributes) - set(again.attributes)
    assert not lost


def outcomes(paths):
    """What became of each file, in a process with little memory that may crash or hang."""
    done = {}
    remaining = [str(path) for path in paths]
    while remaining:
        process = subprocess.Popen(
            [sys.executable, "-c", READER, *remaining],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY)),
        )
        try:
            lines, _ = process.communicate(timeout=SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            lines, _ = process.communicate()
        last = ""
        for line in map(json.loads, lines.splitlines()):
            last = line["path"]
            done[last] = line
        assert last, "the reader did not start"
        remaining = remaining[remaining.index(last) + 1 :]
    return done


@pytest.mark.parametrize("batch", range(BATCHES))
def test_damaged_files_are_refused_under_a_memory_limit(tmp_path, batch):
    needs_the_collection()
    files = [p for p in sorted(DAMAGED.iterdir()) if p.suffix != ".rst"][batch::BATCHES]
    named = []
    for file in files:  # as an artist has them: the name says EXR
        link = tmp_path / f"{file.name}.exr"
        link.symlink_to(file)
        named.append(link)
    found = outcomes(named)
    assert len(found) == len(files)
    wrong = {path: line for path, line in found.items() if "Unreadable" not in line["outcome"]}
    assert not wrong
    assert max(line["seconds"] for line in found.values()) < SECONDS / 4
    assert all(line["outcome"].count("\n") == 0 for line in found.values())
