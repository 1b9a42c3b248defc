import numpy as np
import pytest

from platekey.core.errors import InputMismatch, MissingFrame
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.frames.sequence import find_sequence
from platekey.core.score.shot import score_shot


def write(path, alpha, x=0):
    pixels = np.full((6, 8, 1), alpha, dtype=np.float32)
    window = Window(x, 0, 8, 6)
    write_frame(Frame(pixels, ("A",), window, window), str(path))


def sequences(folder, estimates, truths):
    for name, values in (("matte", estimates), ("truth", truths)):
        for frame, alpha in enumerate(values, 1):
            write(folder / f"{name}.{frame:04d}.exr", alpha)
    return [find_sequence(str(folder / f"{name}.####.exr")) for name in ("matte", "truth")]


def test_frames_are_scored_against_the_one_before(tmp_path):
    pair = sequences(tmp_path, [0.5, 0.75, 0.75], [0.25, 0.25, 0.25])
    scores = list(score_shot(*pair, (1, 2, 3)))
    assert [score.frame for score in scores] == [1, 2, 3]
    assert [score.whole["mad"] for score in scores] == pytest.approx([250, 500, 500])
    assert [score.whole["dtssd"] for score in scores] == pytest.approx([0, 25, 0])


def test_frames_that_the_truth_lacks_are_named(tmp_path):
    pair = sequences(tmp_path, [0, 0, 0], [0, 0])
    with pytest.raises(MissingFrame, match=r"truth.*3"):
        list(score_shot(*pair, (1, 2, 3)))


def test_another_data_window_is_refused(tmp_path):
    pair = sequences(tmp_path, [0, 0], [0, 0])
    write(tmp_path / "matte.0002.exr", 0, x=3)
    with pytest.raises(InputMismatch, match=r"frame 2 of the matte is 8x6 at 3,0, of the tr"):
        list(score_shot(*pair, (1, 2)))
