"""The job that builds clean plates: files in, files out, and what goes wrong with them."""

import json
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.clean.options import CleanOptions, Mode
from platekey.core.errors import CannotBuild, MissingFrame, OptionError, OutputError
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import is_whole, read_frame, write_frame
from platekey.core.job.clean import run_clean
from platekey.core.job.clean_request import CleanRequest
from platekey.core.options import Depth

WIDTH, HEIGHT = 72, 48
PROGRAM = """
import json, sys
from platekey.core.job.threads import share_cores
share_cores()
from platekey.core import protocol
from platekey.core.job.clean import run_clean
from platekey.core.job.clean_request import CleanRequest
request = CleanRequest.from_json(json.loads(sys.argv[1]))
result = run_clean(request, lambda e: print(protocol.encode(e), flush=True), lambda: False)
print(protocol.encode(result), flush=True)
"""


@dataclass
class Shot:
    """A bright box that crosses a textured background and leaves; files in a folder."""

    folder: Path
    frames: tuple = tuple(range(1001, 1010))
    events: list = field(default_factory=list)

    def __post_init__(self):
        rng = np.random.default_rng(7)
        rough = rng.uniform(0.1, 0.6, (HEIGHT // 4, WIDTH // 4, 3))
        self.background = rough.repeat(4, 0).repeat(4, 1)
        self.background[:6, :9] = 40.0
        self.plate = str(self.folder / "plate.%04d.exr")
        self.output = str(self.folder / "out" / "clean.exr")
        for frame in self.frames:
            pixels = self.background.copy()
            left = 10 * (frame - 1001)
            if frame < 1007:
                pixels[14:40, left : left + 14] = (0.9, 0.3, 0.1)
            self.write(self.plate % frame, pixels + rng.normal(0, 0.003, pixels.shape), scene="A")

    def write(self, path, pixels, **attributes):
        window = Window(0, 0, pixels.shape[1], pixels.shape[0])
        frame = Frame(
            pixels.astype(np.float32),
            ("R", "G", "B")[: pixels.shape[2]] if pixels.shape[2] == 3 else ("Y",),
            window,
            window,
            colour_space="lin_rec709_scene",
            attributes=attributes,
        )
        write_frame(frame, path, depth=Depth.FLOAT)

    def request(self, options=None, **changes):
        options = CleanOptions(**{"align": False, "device": "cpu", **(options or {})})
        return CleanRequest(
            **{"plate": self.plate, "output": self.output, "options": options, **changes}
        )

    def build(self, options=None, should_stop=lambda: False, **changes):
        self.events = []
        return run_clean(self.request(options, **changes), self.tell, should_stop)

    def tell(self, event):
        protocol.encode(event)  # whatever is told must fit the wire
        self.events.append(event)

    def told(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def result(self):
        return read_frame(self.output)


@pytest.fixture
def shot(tmp_path):
    return Shot(tmp_path)


CLEAN = {"clean_frames": "1007-1009"}


def test_clean_frames_of_the_plate_are_merged_into_one_picture(shot):
    result = shot.build(**CLEAN)
    assert (result.exit_code, result.written) == (0, [1001])
    clean = shot.result()
    error = clean.select("R", "G", "B") - shot.background
    assert np.median(np.abs(error)) < 0.003 * 0.6745 / np.sqrt(3) * 1.2
    assert (clean.select("valid.Y") == 1).all()
    assert clean.channels[:3] == ("R", "G", "B")


def test_the_header_says_how_it_was_made(shot):
    shot.build(**CLEAN)
    clean = shot.result()
    report = json.loads(clean.attributes["platekey:clean"])
    assert (report["mode"], report["frames"]) == ("frames", 3)
    assert report["noise_gain"] == pytest.approx(np.sqrt(3), rel=0.15)
    assert clean.attributes["scene"] == "A"
    assert clean.colour_space == "lin_rec709_scene"
    assert json.loads(clean.attributes["platekey:clean_settings"])["mode"] == "auto"


def test_without_clean_frames_the_shot_itself_is_cleaned(shot):
    result = shot.build({"rounds": 0})
    assert result.exit_code == 0
    error = np.abs(shot.result().select("R", "G", "B") - shot.background) / shot.background
    assert json.loads(shot.result().attributes["platekey:clean"])["mode"] == "shot"
    assert np.quantile(error, 0.99) < 0.1


def test_mattes_hide_the_subject_by_the_plates_frame_numbers(shot):
    still = str(shot.folder / "still.%04d.exr")
    matte = np.zeros((HEIGHT, WIDTH, 1))
    matte[14:40, 30:44] = 1
    pixels = np.where(matte > 0, (0.9, 0.3, 0.1), shot.background)
    for frame in (1, 2, 3):
        shot.write(still % frame, pixels)
    shot.write(str(shot.folder / "matte.exr"), matte)
    shot.build(plate=still, mattes=str(shot.folder / "matte.exr"))
    valid = shot.result().select("valid.Y")[..., 0]
    assert valid[14:40, 30:44].max() == 0
    assert valid[:10].min() == 1
    assert "made up" in " ".join(event.message for event in shot.told(protocol.Warning))


def test_a_finished_plate_is_skipped_until_a_setting_or_a_file_changes(shot):
    assert shot.build(**CLEAN).written == [1001]
    assert shot.build(**CLEAN).skipped == [1001]
    assert shot.build({"match_exposure": False}, **CLEAN).written == [1001]
    assert shot.build({"match_exposure": False}, clean_frames="1008-1009").written == [1001]
    assert shot.build({"match_exposure": False}, clean_frames="1008-1009").skipped == [1001]
    assert shot.build(overwrite=True, **CLEAN).written == [1001]


def test_footage_of_another_size_is_refused_in_words(shot):
    other = str(shot.folder / "other.exr")
    shot.write(other, np.full((20, 30, 3), 0.2))
    result = shot.build({"mode": Mode.FRAMES}, source=other)
    (failed,) = shot.told(protocol.FrameFailed)
    assert (result.exit_code, failed.kind) == (3, "InputMismatch")
    assert "clean footage is 30x20, plate is 72x48; reformat one of them" in failed.message
    assert not Path(shot.output).exists()


def test_a_shot_that_cannot_be_cleaned_says_what_to_do(shot):
    result = shot.build({"mode": Mode.SHOT}, frames="1001-1002")
    (failed,) = shot.told(protocol.FrameFailed)
    assert (result.exit_code, failed.kind) == (3, CannotBuild.__name__)
    assert "name frames without the subject" in failed.message


def test_a_cancel_leaves_nothing_behind(shot):
    asked = iter([False] * 4 + [True] * 9)
    result = shot.build(should_stop=lambda: next(asked), **CLEAN)
    assert result.exit_code == 5
    assert list((shot.folder / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"options": {"mode": Mode.FRAMES}}, "mode is frames, but no frames without the subject"),
        ({"options": {"mode": Mode.SHOT}, **CLEAN}, "mode is shot, which takes the plate alone"),
        ({"options": {"mode": Mode.RETAKE}, **CLEAN}, "mode is retake, but no re-take is named"),
        ({"clean_frames": "x"}, "'x' is no frame range"),
    ],
)
def test_what_contradicts_is_refused_before_anything_is_read(shot, changes, sentence):
    with pytest.raises(OptionError, match=sentence):
        shot.build(**changes)
    assert shot.events == []


def test_the_plate_is_no_other_footage(shot):
    with pytest.raises(OptionError, match="source is the plate"):
        shot.build(source=shot.plate)


def test_missing_clean_frames_are_named(shot):
    with pytest.raises(MissingFrame, match="has no frame 1010"):
        shot.build(clean_frames="1009-1010")


def test_the_output_never_eats_the_footage(shot):
    with pytest.raises(OptionError, match="is an input as well"):
        shot.build(output=shot.plate, **CLEAN)


def test_a_locked_folder_is_told_before_anything_is_built(shot):
    locked = shot.folder / "locked"
    locked.write_text("a file where a folder should be")
    with pytest.raises(OutputError, match="cannot be written to"):
        shot.build(output=str(locked / "clean.exr"), **CLEAN)
    assert shot.events == []


def test_a_kill_leaves_no_half_picture_and_a_re_run_makes_it(shot):
    words = json.dumps(shot.request(**CLEAN).to_json())
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, words], stdout=subprocess.PIPE, text=True
    )
    with process.stdout as lines:
        for line in lines:
            if "merging" in line:
                os.kill(process.pid, signal.SIGKILL)
                break
    assert process.wait(60) == -signal.SIGKILL
    assert not Path(shot.output).exists()
    assert shot.build(**CLEAN).exit_code == 0
    assert is_whole(shot.output)


def test_a_request_survives_json(shot):
    request = shot.request({"mode": Mode.SHOT, "rounds": 3}, mattes="m.####.exr")
    assert CleanRequest.from_json(json.loads(json.dumps(request.to_json()))) == request
