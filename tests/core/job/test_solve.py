"""The whole job on small shots: what is written, skipped, failed, cancelled."""

import os

import numpy as np
import pytest

from platekey.core import protocol
from platekey.core.errors import Cancelled, DeviceError, MissingFrame
from platekey.core.frames.image_io import read_frame, write_frame
from platekey.core.job import one_frame
from platekey.core.options import NonFinite, Passes

RGB, FG = ("R", "G", "B"), ("fg.R", "fg.G", "fg.B")


def bytes_of(shot, frame):
    with open(shot.output % frame, "rb") as file:
        return file.read()


def pixels_of(shot, frame):
    written = shot.result_of(frame)
    return written.pixels[..., np.argsort(written.channels)]


def test_a_shot_is_solved(shot):
    result = shot.solve()
    assert (result.exit_code, result.written, result.failed) == (0, [1001, 1002, 1003], [])
    assert shot.files() == ["matte.1001.exr", "matte.1002.exr", "matte.1003.exr"]
    for frame in shot.frames:
        written = shot.result_of(frame)
        alpha = written.select("A")[..., 0]
        assert np.abs(alpha - shot.alpha(frame)[..., 0]).mean() < 0.01
        again = written.select(*RGB) + shot.background * (1 - alpha[..., None])
        assert np.abs(again - shot.pixels(frame)).mean() < 0.004


def test_events_tell_seconds_memory_and_estimates(shot):
    shot.solve()
    done = shot.told(protocol.FrameDone)
    assert [event.frame for event in done] == [1001, 1002, 1003]
    for event in done:
        assert event.outputs == {"exr": shot.output % event.frame}
        assert event.seconds > 0
        assert event.memory_mib > 10
        assert set(event.report) == {"conditioning", "solver"}
    progress = [event.done for event in shot.told(protocol.Progress)]
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


def test_finished_frames_are_skipped_until_something_changes(shot):
    shot.solve(frames="1001-1002")
    first = os.stat(shot.output % 1001).st_mtime_ns
    result = shot.solve()
    assert (result.written, result.skipped, result.exit_code) == ([1003], [1001, 1002], 0)
    assert [event.skipped for event in shot.told(protocol.FrameDone)] == [True, True, False]
    assert os.stat(shot.output % 1001).st_mtime_ns == first
    assert shot.solve(overwrite=True).written == [1001, 1002, 1003]
    assert shot.solve({"tolerance": 4.0}).written == [1001, 1002, 1003]
    assert shot.solve({"tolerance": 4.0}).written == []
    os.utime(shot.plate % 1002, (1, 1))
    assert shot.solve({"tolerance": 4.0}).written == [1002]


def test_a_frame_that_is_not_whole_is_made_again(shot):
    shot.solve()
    with open(shot.output % 1002, "r+b") as file:
        file.truncate(2000)
    assert shot.solve().written == [1002]


def test_chunks_of_a_range_give_the_pixels_of_the_whole_range(shot):
    shot.solve()
    whole = {frame: pixels_of(shot, frame) for frame in shot.frames}
    for chunk in ("1003", "1001-1002"):
        shot.solve(frames=chunk, overwrite=True)
    for frame in shot.frames:
        np.testing.assert_array_equal(pixels_of(shot, frame), whole[frame])


def test_a_frame_that_fails_does_not_stop_the_others(shot, make_picture):
    shot.write_plate(1002, make_picture(np.ones((8, 8, 3))))
    result = shot.solve()
    assert (result.exit_code, result.written, result.failed) == (4, [1001, 1003], [1002])
    (failed,) = shot.told(protocol.FrameFailed)
    assert (failed.frame, failed.kind) == (1002, "InputMismatch")
    assert "clean plate is 48x32, plate is 8x8; reformat one of them" in failed.message
    assert shot.files() == ["matte.1001.exr", "matte.1003.exr"]


def test_a_shot_without_one_good_frame_ends_with_the_first_failure(shot, make_picture):
    shot.write_clean(make_picture(np.ones((8, 8, 3))))
    result = shot.solve()
    assert (result.exit_code, result.failed) == (3, [1001, 1002, 1003])
    assert shot.files() == []


def test_a_damaged_plate_is_told_and_the_frame_made_once_it_is_mended(shot, make_picture):
    with open(shot.plate % 1001, "r+b") as file:
        file.truncate(600)
    assert shot.solve().failed == [1001]
    shot.write_plate(1001, make_picture(shot.pixels(1001)))
    result = shot.solve()
    assert (result.written, result.skipped, result.exit_code) == ([1001], [1002, 1003], 0)


def test_missing_frames_refuse_the_job(shot):
    with pytest.raises(MissingFrame, match="has no frame 1004"):
        shot.solve(frames="1001-1004")
    assert shot.events == []
    assert shot.files() == []


def test_a_missing_device_refuses_the_job(shot):
    with pytest.raises(DeviceError, match="torch sees"):
        shot.solve({"device": "cuda:99"})


def test_nan_is_refused_or_repaired(shot, make_picture):
    pixels = shot.pixels(1001)
    pixels[17, 17:19] = np.nan
    shot.write_plate(1001, make_picture(pixels))
    result = shot.solve()
    assert (result.exit_code, result.failed) == (4, [1001])
    assert shot.told(protocol.FrameFailed)[0].kind == "NonFinitePixels"
    assert shot.solve({"nonfinite": NonFinite.REPAIR}).exit_code == 0
    (warning,) = shot.told(protocol.Warning)
    assert (warning.frame, "2 pixels of NaN" in warning.message) == (1001, True)
    written = shot.result_of(1001)
    assert np.isfinite(written.pixels).all()
    np.testing.assert_allclose(written.select(*FG)[17, 17], [2.5, 0.9, -0.01], rtol=0.02)


def test_mattes_of_the_artist_reach_the_solver(shot, make_picture):
    left = np.zeros((32, 48, 3))
    left[:, :12] = 1
    garbage, holdout = (str(shot.folder / f"{name}.exr") for name in ("garbage", "holdout"))
    write_frame(make_picture(1 - left), garbage)
    write_frame(make_picture(left), holdout)
    shot.solve(frames="1001", garbage=garbage, holdout=holdout)
    alpha = shot.result_of(1001).select("A")[..., 0]
    assert (alpha[:, :12] == 1).all()
    assert (alpha[:, 12:] == 0).all()


def test_passes_as_files(shot):
    shot.solve({"passes": Passes.FILES}, frames="1001")
    names = ("alpha", "confidence", "fg", "rgba", "shadow")
    assert shot.files() == [f"matte.{name}.1001.exr" for name in names]
    assert shot.solve({"passes": Passes.FILES}, frames="1001").skipped == [1001]


def test_a_single_picture_is_written_under_the_name_that_was_given(shot):
    output = str(shot.folder / "one.exr")
    result = shot.solve(plate=shot.plate % 1002, output=output)
    assert result.written == [1002]
    assert "A" in read_frame(output).channels


def test_a_job_that_is_stopped_at_once_writes_nothing(shot):
    result = shot.solve(should_stop=lambda: True)
    assert (result.exit_code, result.written, result.failed) == (5, [], [])
    assert shot.files() == []


def test_stopping_keeps_whole_frames_and_a_re_run_makes_the_rest(shot):
    def after_one():
        return bool(shot.told(protocol.FrameDone))

    result = shot.solve(should_stop=after_one)
    assert result.exit_code == 5
    assert 1 <= len(result.written) < 3
    assert shot.files() == [f"matte.{frame}.exr" for frame in result.written]
    again = shot.solve()
    assert again.skipped == result.written
    assert again.exit_code == 0


def test_stopping_within_a_frame_is_no_failure(shot, monkeypatch):
    stopped = []

    def solve_until_stopped(*_, should_stop, **__):
        stopped.append(True)
        assert should_stop()
        raise Cancelled("stopped on request.")

    monkeypatch.setattr(one_frame, "solve_frame", solve_until_stopped)
    monkeypatch.setattr(one_frame, "condition_clean_plate", lambda *_, **__: None)
    answers = iter([False] * 5 + [True] * 9)
    result = shot.solve(should_stop=lambda: next(answers))
    assert stopped == [True]
    assert (result.exit_code, result.failed, shot.told(protocol.FrameFailed)) == (5, [], [])


def test_a_defect_is_told_with_exit_code_1(shot, monkeypatch):
    real = one_frame.solve_frame

    def solve(plate, *arguments, **options):
        if float(plate[0, 0, 17, 22]) > 2 and float(plate[0, 0, 17, 29]) < 2:
            raise IndexError("tile 7")
        return real(plate, *arguments, **options)

    monkeypatch.setattr(one_frame, "solve_frame", solve)
    result = shot.solve()
    assert result.exit_code == 1
    assert 1003 in result.written
    failed = shot.told(protocol.FrameFailed)[0]
    assert failed.kind == "IndexError"
    assert "IndexError: tile 7; please report it with the log" in failed.message


@pytest.mark.parametrize(("tile", "tried"), [(0, [0, 1024, 512]), (700, [700, 350])])
def test_a_frame_too_large_for_memory_is_solved_in_smaller_tiles(shot, monkeypatch, tile, tried):
    real = one_frame.solve_frame
    tiles = []

    def solve(plate, conditioned, options, **others):
        tiles.append(options.tile)
        if options.tile == 0 or options.tile > 512:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate")
        return real(plate, conditioned, options, **others)

    monkeypatch.setattr(one_frame, "solve_frame", solve)
    assert shot.solve({"tile": tile}, frames="1001").exit_code == 0
    assert tiles == tried
    assert f"tiles of {tried[-1]} pixels" in shot.told(protocol.Warning)[-1].message


def test_a_frame_too_large_for_the_smallest_tile_is_told(shot, monkeypatch):
    tiles = []

    def solve(plate, conditioned, options, **_):
        tiles.append(options.tile)
        raise MemoryError

    monkeypatch.setattr(one_frame, "solve_frame", solve)
    result = shot.solve(frames="1001")
    assert (result.exit_code, tiles) == (6, [0, 1024, 512, 256])
    (failed,) = shot.told(protocol.FrameFailed)
    assert failed.kind == "OutOfMemory"
    assert "use a larger machine, or crop the plate" in failed.message


def test_values_that_overflow_fail_their_frame_and_nothing_is_written(shot, make_picture):
    """As a linear plate does whose space is given as camera log."""
    shot.write_clean(make_picture(shot.background * 1e37))
    shot.write_plate(1001, make_picture(shot.pixels(1001) * 1e37))
    result = shot.solve(frames="1001")
    assert (result.exit_code, result.failed) == (3, [1001])
    (failed,) = shot.told(protocol.FrameFailed)
    assert failed.kind == "NonFinitePixels"
    assert "linear light, too much to be solved; see whether colorspace" in failed.message
    assert shot.files() == []


def test_a_plate_with_a_gap_is_solved_and_the_gap_is_told_once(shot):
    os.unlink(shot.plate % 1002)
    assert shot.solve().written == [1001, 1003]
    (told,) = shot.told(protocol.Warning)
    assert told.frame is None
    assert told.message.endswith(" has no frames 1002; only what is there is solved.")
    shot.solve(frames="1001,1003")
    assert shot.told(protocol.Warning) == []


def test_a_re_run_removes_what_a_killed_job_left_of_its_frames(shot):
    shot.solve(frames="1001")
    left = os.path.join(os.path.dirname(shot.output), ".matte.1002.exr.4711-3.tmp")
    with open(left, "wb") as file:
        file.write(b"half of a picture")
    os.utime(left, (1e9, 1e9))
    shot.solve()
    assert shot.files() == ["matte.1001.exr", "matte.1002.exr", "matte.1003.exr"]
