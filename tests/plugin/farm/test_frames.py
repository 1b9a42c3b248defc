import pytest
from hypothesis import given
from hypothesis import strategies as st

from platekey.core.frames.sequence import parse_frame_range
from platekey.plugin.farm.frames import chunks, range_text

FRAMES = st.sets(st.integers(-50, 200), min_size=1, max_size=60).map(lambda s: tuple(sorted(s)))


@pytest.mark.parametrize(
    ("frames", "expected"),
    [
        ((1001,), "1001"),
        ((1001, 1002), "1001-1002"),
        ((1001, 1003), "1001,1003"),
        ((1001, 1003, 1005), "1001-1005x2"),
        ((1, 2, 3, 7, 9, 11, 20), "1-3,7-11x2,20"),
        ((-3, -2, -1, 5), "-3--1,5"),
    ],
)
def test_frames_are_written_as_compositors_write_them(frames, expected):
    assert range_text(frames) == expected


def test_open_job_description_has_a_colon_before_the_step():
    assert range_text((1001, 1003, 1005), ":") == "1001-1005:2"


@given(FRAMES, st.sampled_from(["x", ":"]))
def test_platekey_reads_back_what_a_farm_is_told(frames, sign):
    assert parse_frame_range(range_text(frames, sign)) == frames


@given(FRAMES, st.integers(1, 80))
def test_chunks_are_all_frames_in_order_and_of_nearly_one_length(frames, size):
    made = chunks(frames, size)
    assert tuple(frame for chunk in made for frame in chunk) == frames
    lengths = [len(chunk) for chunk in made]
    assert max(lengths) <= size
    assert max(lengths) - min(lengths) <= 1
    assert len(made) == -(-len(frames) // size)


def test_no_frames_are_no_chunks():
    assert chunks((), 20) == []
