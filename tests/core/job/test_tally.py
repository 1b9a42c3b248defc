"""Exit codes, and what is told of failures."""

import cv2
import numpy as np
import pytest
import torch

from platekey.core import protocol
from platekey.core.errors import InputMismatch, OutOfMemory, OutputError
from platekey.core.job.inputs import Warned
from platekey.core.job.tally import Tally, is_out_of_memory, plain

BAD_INPUT, NO_MEMORY, DEFECT = InputMismatch("x"), OutOfMemory("x"), ZeroDivisionError("x")


@pytest.mark.parametrize(
    ("written", "skipped", "failures", "exit_code"),
    [
        ([1], [2], [], 0),
        ([], [1], [], 0),
        ([1], [], [BAD_INPUT], 4),
        ([], [1], [BAD_INPUT], 4),
        ([1], [], [NO_MEMORY], 4),
        ([], [], [BAD_INPUT, NO_MEMORY], 3),
        ([], [], [NO_MEMORY, BAD_INPUT], 6),
        ([1], [], [BAD_INPUT, DEFECT], 1),
        ([], [], [OutputError("x")], 3),
    ],
)
def test_the_exit_code_says_how_the_job_went(written, skipped, failures, exit_code):
    tally = Tally(lambda event: None, 9)
    for frame in written:
        tally.done(frame, {}, 1.0, {})
    for frame in skipped:
        tally.skip(frame, {})
    for frame, error in enumerate(failures, 10):
        tally.fail(frame, error)
    result = tally.result(2.0, cancelled=False)
    assert result.exit_code == exit_code
    assert (result.written, result.skipped) == (written, skipped)
    assert result.failed == list(range(10, 10 + len(failures)))
    assert tally.result(2.0, cancelled=True).exit_code == 5


@pytest.mark.parametrize(
    ("error", "kind", "sentence"),
    [
        (InputMismatch("sizes differ."), "InputMismatch", "sizes differ."),
        (MemoryError(), "OutOfMemory", "too little memory for this frame"),
        (DEFECT, "ZeroDivisionError", "failed with ZeroDivisionError: x; please report"),
    ],
)
def test_a_failure_is_told_by_kind_and_sentence(error, kind, sentence):
    events = []
    Tally(events.append, 1).fail(7, error)
    (failed,) = (event for event in events if isinstance(event, protocol.FrameFailed))
    assert (failed.frame, failed.kind) == (7, kind)
    assert sentence in failed.message


def test_a_topic_is_warned_of_once_and_all_else_every_time():
    events = []
    tally = Tally(events.append, 1)
    for frame in (1, 2):
        tally.warn(frame, Warned("no tag", "plate colour"))
        tally.warn(frame, Warned("3 pixels"))
    assert [(event.message, event.frame) for event in events] == [
        ("no tag", 1), ("3 pixels", 1), ("3 pixels", 2)
    ]  # fmt: skip


def test_progress_grows_from_0_to_1():
    events = []
    tally = Tally(events.append, 2)
    tally.progress("reading")
    tally.progress("solving", 0.5)
    tally.skip(1, {})
    tally.done(2, {}, 1.0, {})
    steps = [event.done for event in events if isinstance(event, protocol.Progress)]
    assert steps == [0.0, 0.25, 1.0]


def test_every_librarys_lack_of_memory_is_known():
    with pytest.raises(RuntimeError) as of_torch:
        torch.empty(1 << 60)
    assert is_out_of_memory(of_torch.value)
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(torch.OutOfMemoryError("CUDA out of memory. Tried to allocate"))
    with pytest.raises(MemoryError) as of_numpy:
        np.ones(1 << 46)
    assert is_out_of_memory(of_numpy.value)
    assert is_out_of_memory(cv2.error("(-4:Insufficient memory) Failed to allocate 1 bytes"))
    assert is_out_of_memory(RuntimeError("can't start new thread"))
    assert is_out_of_memory(RuntimeError("Resource temporarily unavailable"))
    assert not is_out_of_memory(RuntimeError("shape mismatch"))
    assert not is_out_of_memory(InputMismatch("out of memory"))


def test_reports_become_plain_json_values():
    report = {"a": np.float32(0.5), 2: (np.int64(3), np.inf), "c": np.array([True]), "d": None}
    assert plain(report) == {"a": 0.5, "2": [3, None], "c": [True], "d": None}
