"""The worker as it is shipped, compositing for a host."""

import sys

import numpy as np

from platekey.core import protocol
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.plugin.client import WorkerClient, worker_command


def write(path, pixels, channels):
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    pixels = pixels.astype(np.float32)
    write_frame(Frame(pixels, channels, window, window, colour_space="lin_rec709_scene"), str(path))


def test_a_composite_is_made_and_told(tmp_path, monkeypatch):
    monkeypatch.setenv("PLATEKEY_LOG_DIR", str(tmp_path / "logs"))
    alpha = np.zeros((8, 12, 1))
    alpha[:, :6] = 1
    write(
        tmp_path / "matte.1001.exr",
        np.concatenate([2.0 * alpha.repeat(3, 2), alpha], 2),
        tuple("RGBA"),
    )
    write(tmp_path / "new.exr", np.full((8, 12, 3), 0.5), tuple("RGB"))
    arguments = {
        "foreground": str(tmp_path / "matte.####.exr"),
        "background": str(tmp_path / "new.exr"),
        "output": str(tmp_path / "comp.####.exr"),
        "options": {"device": "cpu", "despill": "off"},
        "animation": {"alpha_gamma": {"1001": 1.0}},
    }
    with WorkerClient(worker_command(sys.executable)) as client:
        events = list(client.events(client.submit("comp", arguments), silence=120))
        refused = {**arguments, "animation": {"fit": {"1": 1}}}
        answer = list(client.events(client.submit("comp", refused), silence=120))[-1]
    (done,) = [event for event in events if isinstance(event, protocol.FrameDone)]
    assert events[-1].exit_code == 0
    assert read_frame(done.outputs["exr"]).select("R")[0, :, 0].tolist() == [2.0] * 6 + [0.5] * 6
    assert (answer.kind, answer.exit_code) == ("OptionError", 2)
