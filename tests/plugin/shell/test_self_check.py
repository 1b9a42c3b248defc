import pytest
import torch

from platekey.core import protocol
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.job import solve as job
from platekey.plugin.shell.diagnosis import Verdict, guarded
from platekey.plugin.shell.self_check import self_check


@pytest.fixture(autouse=True)
def one_thread():
    """A tiny frame gains nothing from more, and loses much on a busy machine."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def only(findings):
    (finding,) = findings
    return finding


def test_the_made_up_frame_is_solved_right():
    finding = only(self_check("cpu"))
    assert finding.verdict is Verdict.OK, finding.text
    assert "solved on cpu" in finding.text


@pytest.mark.parametrize("channel", ["R", "A"])
def test_a_solve_that_is_wrong_fails(monkeypatch, channel):
    real = job.run_solve

    def wrong(request, emit, should_stop):
        result = real(request, emit, should_stop)
        frame = read_frame(request.output)
        pixels = frame.pixels.copy()
        pixels[..., frame.channels.index(channel)] *= 0.5
        write_frame(frame.with_pixels(pixels, frame.channels), request.output)
        return result

    monkeypatch.setattr(job, "run_solve", wrong)
    assert only(self_check("cpu")).verdict is Verdict.FAIL


def test_a_frame_that_fails_is_told_with_its_reason(monkeypatch):
    def fails(request, emit, should_stop):
        emit(protocol.FrameFailed(1, "OutOfMemory", "too little memory for a tile."))
        return protocol.Result(exit_code=6, failed=[1])

    monkeypatch.setattr(job, "run_solve", fails)
    finding = only(self_check("cpu"))
    assert (finding.verdict, finding.exit_code) == (Verdict.FAIL, 6)
    assert "too little memory for a tile." in finding.text


def test_a_device_that_is_missing_fails_as_a_device():
    finding = only(guarded("self-check", lambda: self_check("cuda:99")))
    assert (finding.verdict, finding.exit_code) == (Verdict.FAIL, 6)
