"""The worker as it is shipped, solving real pictures for a host."""

import sys
import time

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.plugin.client import WorkerClient, worker_command


@pytest.fixture(scope="module")
def worker(tmp_path_factory):
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("PLATEKEY_LOG_DIR", str(tmp_path_factory.mktemp("logs")))
        with WorkerClient(worker_command(sys.executable)) as client:
            yield client


def write_shot(folder, width, height, frames):
    """A soft disc over waves; returns the arguments of a solve."""
    y, x = np.mgrid[:height, :width] / height
    waves = np.sin(12 * x) * np.cos(9 * y)
    background = 0.2 + np.stack([0.1 * waves, 0.05 * waves, -0.1 * waves], -1)
    alpha = np.clip((0.3 - np.hypot(y - 0.5, x - 0.7)) * 20, 0, 1)[..., None]
    plate = alpha * [2.0, 1.0, 0.5] + (1 - alpha) * background
    names = {"clean.exr": background, **{f"plate.{n}.exr": plate for n in frames}}
    window = Window(0, 0, width, height)
    for name, pixels in names.items():
        frame = Frame(pixels.astype(np.float32), ("R", "G", "B"), window, window)
        write_frame(frame, str(folder / name))
    return {
        "plate": str(folder / "plate.####.exr"),
        "clean_plate": str(folder / "clean.exr"),
        "output": str(folder / "matte.####.exr"),
        "options": {"device": "cpu", "colorspace": "lin_rec709_scene"},
    }


def test_a_sequence_is_solved_and_told(worker, tmp_path):
    arguments = write_shot(tmp_path, 48, 32, (1001, 1002))
    events = list(worker.events(worker.submit("solve", arguments), silence=120))
    done = [event for event in events if isinstance(event, protocol.FrameDone)]
    assert [event.frame for event in done] == [1001, 1002]
    assert any(isinstance(event, protocol.Progress) for event in events)
    assert (events[-1].exit_code, events[-1].written) == (0, [1001, 1002])
    alpha = read_frame(done[0].outputs["exr"]).select("A")
    assert alpha[16, 22] > 0.95
    assert alpha[16, 2] < 0.05


def test_a_refused_request_does_not_hinder_the_next_one(worker, tmp_path):
    arguments = write_shot(tmp_path, 16, 16, (1001,))
    for broken, kind, exit_code in (
        ({**arguments, "clean_plate": str(tmp_path / "gone.exr")}, "MissingFrame", 3),
        ({**arguments, "options": {"tolerance": -1.0}}, "OptionError", 2),
        ({**arguments, "colour": "green"}, "OptionError", 2),
    ):
        *_, error = worker.events(worker.submit("solve", broken), silence=120)
        assert (error.kind, error.exit_code) == (kind, exit_code)
        assert error.log == worker.hello.log
    *_, result = worker.events(worker.submit("solve", arguments), silence=120)
    assert result.exit_code == 0


def test_a_solve_is_cancelled_within_a_frame_while_status_answers(worker, tmp_path):
    arguments = write_shot(tmp_path, 1600, 1200, (1001, 1002, 1003))
    number = worker.submit("solve", arguments)
    events = worker.events(number, silence=120)
    for event in events:
        if "solving" in getattr(event, "message", ""):
            break
    assert worker.status().running == number
    worker.cancel(number)
    started = time.monotonic()
    *rest, result = events
    assert time.monotonic() - started < 10
    assert result.exit_code == 5
    assert not any(isinstance(event, protocol.FrameFailed) for event in rest)
    assert len(list(tmp_path.glob("matte.*"))) == len(result.written) <= 1
    assert not list(tmp_path.glob(".*"))
