"""Faults of the machine during a comp, for real: a killed process, a disk that takes no more."""

import json
import os
import resource
import signal
import subprocess
import sys

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.comp.options import CompOptions
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import is_whole, write_frame
from platekey.core.job.comp import run_comp
from platekey.core.job.comp_request import CompRequest

FRAMES = tuple(range(1001, 1021))
PROGRAM = """
import json, sys
from platekey.core.job.threads import share_cores
share_cores()
from platekey.core import protocol
from platekey.core.job.comp_request import CompRequest
from platekey.core.job.comp import run_comp
request = CompRequest.from_json(json.loads(sys.argv[1]))
result = run_comp(request, lambda e: print(protocol.encode(e), flush=True), lambda: False)
print(protocol.encode(result), flush=True)
"""


@pytest.fixture
def request_(tmp_path):
    """Twenty frames of noise; so they do not compress."""
    rng = np.random.default_rng(1)
    window = Window(0, 0, 24, 16)

    def write(name, channels):
        pixels = rng.random((16, 24, len(channels))).astype(np.float32)
        frame = Frame(pixels, channels, window, window, colour_space="lin_rec709_scene")
        write_frame(frame, str(tmp_path / name))

    for frame in FRAMES:
        write(f"matte.{frame}.exr", tuple("RGBA"))
    write("new.exr", tuple("RGB"))
    return CompRequest(
        str(tmp_path / "matte.####.exr"),
        str(tmp_path / "new.exr"),
        str(tmp_path / "out" / "comp.####.exr"),
        options=CompOptions(device="cpu"),
    )


def start(request, **limits):
    command = [sys.executable, "-c", PROGRAM, json.dumps(request.to_json())]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **limits)


def events(process):
    with process.stdout as lines:
        for line in lines:
            yield protocol.decode(line.rstrip("\n"))


def test_a_comp_that_is_killed_leaves_whole_frames_and_a_re_run_makes_the_rest(request_):
    process = start(request_)
    seen = []
    for event in events(process):
        if isinstance(event, protocol.FrameDone):
            seen.append(event.frame)
        if len(seen) == 5:
            os.kill(process.pid, signal.SIGKILL)
            break
    assert process.wait(60) == -signal.SIGKILL
    path = request_.output.replace("####", "{}")
    there = [frame for frame in FRAMES if os.path.exists(path.format(frame))]
    assert set(seen) <= set(there)
    assert len(there) < len(FRAMES)
    assert all(is_whole(path.format(frame)) for frame in there)
    result = run_comp(request_, lambda event: None, lambda: False)
    assert (result.exit_code, result.skipped) == (0, there)


def test_a_file_that_cannot_grow_fails_alone_and_leaves_nothing_half_written(request_):
    process = start(
        request_, preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500))
    )
    heard = list(events(process))
    assert process.wait(60) == 0
    failed = [event for event in heard if isinstance(event, protocol.FrameFailed)]
    assert [event.frame for event in failed] == list(FRAMES)
    assert {event.kind for event in failed} == {"OutputError"}
    assert heard[-1].exit_code == 3
    assert os.listdir(os.path.dirname(request_.output)) == []
