"""A job says how it goes, from the events that its worker sends."""

import pytest

from platekey.core import protocol
from platekey.plugin.panel.board import CANCELLED, DONE, FAILED, PAUSED, RUNNING, Board, Job


@pytest.fixture
def job():
    return Job("Tune1", "tune", lambda: None)


def trained(step, **figures):
    return protocol.Trained(step, f"step {step}", figures)


def test_a_tune_has_curves_time_left_and_a_sheet(job):
    job.tell(trained(10, loss_total=0.5, seconds_left=90.0, score=0.9))
    job.tell(protocol.Trained(10, "score", {"score": 0.8}, {"sheet": "sheet.png"}))
    job.tell(protocol.Progress(0.25, "step 10"))
    assert job.curves == {"loss": [(10, 0.5)], "score": [(10, 0.8)]}
    assert (job.seconds_left, job.sheet, job.done) == (90.0, "sheet.png", 0.25)
    assert job.log()[0].endswith("step 10")


def test_a_curve_goes_on_from_the_checkpoint_that_was_resumed(job):
    for step in (10, 20, 30, 20):
        job.tell(trained(step, loss_total=float(step)))
    assert job.curves["loss"] == [(10, 10.0), (20, 20.0)]


def test_a_long_curve_is_thinned(job):
    for step in range(1, 5000):
        job.tell(trained(step, loss_total=1.0))
    assert 1000 <= len(job.curves["loss"]) <= 2000
    assert job.curves["loss"][-1][0] == 4999


@pytest.mark.parametrize(("ask", "state"), [(Job.pause, PAUSED), (Job.cancel, CANCELLED)])
def test_a_job_that_was_stopped_says_by_what(job, ask, state):
    ask(job)
    assert job.stop.is_set()
    assert job.state == RUNNING  # until the worker says so
    job.tell(protocol.Result(exit_code=5))
    assert job.state == state
    assert job.can_resume


def test_failed_frames_and_errors_are_failures():
    job = Job("Matte1", "solve")
    job.tell(protocol.FrameFailed(1002, "MissingFrame", "it is not there"))
    job.tell(protocol.Result(exit_code=4, failed=[1002]))
    assert job.state == FAILED
    assert job.message == "1 frames failed\n1002: it is not there"
    assert not job.can_resume  # nothing was given to start it again
    other = Job("Matte2", "solve")
    other.tell(protocol.Error("OptionError", "bad", log="here.log"))
    assert (other.state, other.message) == (FAILED, "bad\nlog: here.log")


def test_a_job_without_figures_estimates_its_time():
    job = Job("Matte1", "solve")
    assert job.seconds_left is None
    job._started -= 30
    job.tell(protocol.Progress(0.75))
    assert job.seconds_left == pytest.approx(10.0, abs=1.0)
    job.tell(protocol.Result(0))
    assert (job.state, job.seconds_left, job.done) == (DONE, None, 1.0)


def test_a_new_run_takes_the_place_of_the_ended_one(job):
    board = Board()
    board.add(job)
    solve = board.add(Job("Tune1", "solve"))
    job.tell(protocol.Result(exit_code=5))
    again = board.add(Job("Tune1", "tune"))
    assert board.jobs() == [solve, again]
    solve.tell(protocol.Result(0))
    board.remove_ended()
    assert board.jobs() == [again]


def test_resuming_starts_it_again_only_when_it_is_over():
    calls = []
    job = Job("Tune1", "tune", lambda: calls.append(1))
    job.resume()
    assert calls == []
    job.pause()
    job.tell(protocol.Result(exit_code=5))
    job.resume()
    assert calls == [1]
