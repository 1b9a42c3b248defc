"""The worker as it is shipped, building a clean plate for a host."""

import sys

import numpy as np

from platekey.core import protocol
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.plugin.client import WorkerClient, worker_command


def test_a_clean_plate_is_built_and_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    window = Window(0, 0, 12, 8)
    for number, light in ((1, 0.2), (2, 0.25), (3, 0.9)):
        pixels = np.full((8, 12, 3), light, np.float32)
        frame = Frame(pixels, tuple("RGB"), window, window, colour_space="lin_rec709_scene")
        write_frame(frame, str(tmp_path / f"plate.{number:04d}.exr"))
    arguments = {
        "plate": str(tmp_path / "plate.####.exr"),
        "output": str(tmp_path / "clean.exr"),
        "clean_frames": "1-2",
        "options": {"device": "cpu", "mode": "frames", "match_exposure": False},
    }
    with WorkerClient(worker_command(sys.executable)) as client:
        events = list(client.events(client.submit("clean", arguments), silence=120))
        refused = {**arguments, "options": {"mode": "best"}}
        answer = list(client.events(client.submit("clean", refused), silence=120))[-1]
    (done,) = [event for event in events if isinstance(event, protocol.FrameDone)]
    assert events[-1].exit_code == 0
    assert done.report["clean"]["frames"] == 2
    clean = read_frame(done.outputs["exr"])
    assert abs(float(clean.select("R").mean()) - 0.225) < 1e-3
    assert (answer.kind, answer.exit_code) == ("OptionError", 2)
