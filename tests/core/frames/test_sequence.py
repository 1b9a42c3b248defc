import os
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from platekey.core.errors import MissingFrame, OptionError, UnreadableFile
from platekey.core.frames.image_io import write_frame
from platekey.core.frames.sequence import (
    find_sequence,
    format_frame_range,
    output_path,
    parse_frame_range,
)


def touch(folder, *names):
    for name in names:
        (folder / name).touch()


@pytest.mark.parametrize("padding", ["%04d", "####", "@@@@", "$F4", "#", "%d", "@", "$F"])
def test_every_way_to_write_a_pattern_finds_the_files(tmp_path, padding):
    touch(tmp_path, "plate.1001.exr", "plate.1002.exr", "plate.1004.exr", "other.1003.exr")
    found = find_sequence(str(tmp_path / f"plate.{padding}.exr"))
    assert found.frames == (1001, 1002, 1004)
    assert found.path(1004) == str(tmp_path / "plate.1004.exr")
    assert found.name == "plate"
    assert not found.is_single
    assert not found.is_movie


def test_a_hash_alone_finds_padded_and_unpadded_numbers(tmp_path):
    touch(tmp_path, "a.0008.exr", "a.0009.exr", "a.0010.exr", "b.9.exr", "b.10.exr")
    padded = find_sequence(str(tmp_path / "a.#.exr"))
    assert padded.path(8) == str(tmp_path / "a.0008.exr")
    assert padded.frames == (8, 9, 10)
    unpadded = find_sequence(str(tmp_path / "b.#.exr"))
    assert [unpadded.path(n) for n in (9, 10)] == [str(tmp_path / f"b.{n}.exr") for n in (9, 10)]


def test_numbers_may_outgrow_the_padding_and_be_negative(tmp_path):
    touch(tmp_path, "a.-002.exr", "a.0000.exr", "a.9999.exr", "a.10000.exr")
    found = find_sequence(str(tmp_path / "a.%04d.exr"))
    assert found.frames == (-2, 0, 9999, 10000)
    assert all(os.path.exists(found.path(frame)) for frame in found.frames)


def test_frames_come_in_order_whatever_the_disk_says(tmp_path):
    touch(tmp_path, *(f"a.{n:04d}.exr" for n in (7, 3, 11, 1)))
    assert find_sequence(str(tmp_path / "a.####.exr")).frames == (1, 3, 7, 11)


def test_missing_frames_are_named(tmp_path):
    touch(tmp_path, "a.1001.exr", "a.1002.exr", "a.1004.exr")
    found = find_sequence(str(tmp_path / "a.####.exr"))
    with pytest.raises(MissingFrame, match=r"plate .*has no frames 1003, 1007-1009; found are"):
        found.require([1001, 1003, 1007, 1008, 1009], "plate")
    with pytest.raises(MissingFrame, match=r"has no frame 1003;"):
        found.path(1003)
    found.require([1001, 1004], "plate")


def test_a_long_list_of_missing_frames_stays_readable(tmp_path):
    touch(tmp_path, *(f"a.{n:04d}.exr" for n in range(0, 400, 3)))
    with pytest.raises(MissingFrame, match="and .* more ranges") as caught:
        find_sequence(str(tmp_path / "a.####.exr")).require([*range(100), 200, 203, 206])
    assert len(str(caught.value)) < 600 + len(str(tmp_path))


def test_a_single_picture_serves_every_frame(tmp_path, make_frame):
    path = str(tmp_path / "clean.1001.exr")
    write_frame(make_frame(np.full((2, 3, 3), 0.25)), path)
    found = find_sequence(path)
    assert found.is_single
    assert found.frames == (1001,)
    assert found.name == "clean"
    found.require(range(5000))
    assert found.frame_for(4711) == 1001
    assert found.read(4711).pixels[0, 0, 0] == 0.25


def test_a_version_in_the_name_is_no_frame_number(tmp_path):
    touch(tmp_path, "shot_v012.exr")
    assert find_sequence(str(tmp_path / "shot_v012.exr")).frames == (1,)


def test_a_pattern_without_files_names_what_is_there(tmp_path):
    touch(tmp_path, "plate_v2.1001.exr", "plate_v2.1002.exr", "notes.txt")
    with pytest.raises(MissingFrame, match=r"no file matches .*; in the folder are plate_v2\.####"):
        find_sequence(str(tmp_path / "plate.####.exr"))
    with pytest.raises(MissingFrame, match="does not exist; in the folder are notes.txt"):
        find_sequence(str(tmp_path / "note.txt"))
    with pytest.raises(MissingFrame, match="there is no folder"):
        find_sequence(str(tmp_path / "none" / "a.####.exr"))
    with pytest.raises(MissingFrame, match="no file was given"):
        find_sequence(" ")


def test_a_folder_is_refused_with_what_is_in_it(tmp_path):
    touch(tmp_path, "a.0001.exr", "a.0002.exr")
    with pytest.raises(UnreadableFile, match=r"is a folder, .*a\.####\.exr"):
        find_sequence(str(tmp_path))


@pytest.mark.parametrize(
    ("text", "frames"),
    [
        ("1001-1003", (1001, 1002, 1003)),
        ("1001-1010x4", (1001, 1005, 1009)),
        ("1001,1005-1007", (1001, 1005, 1006, 1007)),
        ("-3--1", (-3, -2, -1)),
        ("-1-1", (-1, 0, 1)),
        ("5", (5,)),
        ("1001 1003-1004", (1001, 1003, 1004)),
        (" 1001, 1003 ", (1001, 1003)),
        ("1001 - 1005 x 2", (1001, 1003, 1005)),
        ("3-1", (3, 2, 1)),
        ("1-3,2-4", (1, 2, 3, 4)),
    ],
)
def test_frame_ranges_are_read(text, frames):
    assert parse_frame_range(text) == frames


@pytest.mark.parametrize(
    "text", ["", " ", "a", "1-", "1-10x0", "1..5", "1.5-2.5", "1-99999999999", "1;2", "x2", "#"]
)
def test_what_is_no_frame_range_is_refused(text):
    with pytest.raises(OptionError, match="is no frame range; write it like 1001-1100"):
        parse_frame_range(text)


def test_a_range_that_would_take_minutes_to_read_is_refused():
    with pytest.raises(OptionError, match="a frame range has 200000 characters; write it with"):
        parse_frame_range("1," * 100_000)


@given(st.sets(st.integers(-1000, 100000), min_size=1, max_size=40))
def test_a_written_range_reads_back(frames):
    assert set(parse_frame_range(format_frame_range(frames))) == frames


@pytest.mark.parametrize(
    ("pattern", "options", "expected"),
    [
        ("out/m.%04d.exr", {}, "out/m.1001.exr"),
        ("out/m.####.exr", {}, "out/m.1001.exr"),
        ("out/m.@@@@@@.exr", {}, "out/m.001001.exr"),
        ("out/m.$F4.exr", {}, "out/m.1001.exr"),
        ("out/m_####.exr", {"pass_name": "alpha"}, "out/m.alpha_1001.exr"),
        ("out/m.####.exr", {"pass_name": "alpha"}, "out/m.alpha.1001.exr"),
        ("out/####.exr", {}, "out/1001.exr"),
        ("out/####.exr", {"pass_name": "alpha"}, "out/alpha.1001.exr"),
        ("out/m.exr", {}, "out/m.1001.exr"),
        ("out/m.exr", {"is_single": True}, "out/m.exr"),
        ("out/m.exr", {"is_single": True, "pass_name": "fg"}, "out/m.fg.exr"),
        ("out", {"name": "plate"}, "out/plate.1001.exr"),
        ("out/", {"name": "plate", "is_single": True}, "out/plate.exr"),
    ],
)
def test_outputs_are_named(pattern, options, expected):
    assert output_path(pattern, 1001, **options) == expected


def test_outputs_in_a_folder_with_a_dot_are_named(tmp_path):
    folder = tmp_path / "v1.2"
    folder.mkdir()
    assert output_path(str(folder), 7, name="a") == str(folder / "a.0007.exr")


def test_an_output_that_is_no_exr_is_refused():
    with pytest.raises(OptionError, match=r"must end in \.exr"):
        output_path("out/m.####.png", 1)


@pytest.mark.skipif(sys.platform == "win32", reason="names with these characters")
def test_names_with_spaces_and_letters_of_any_script_work(tmp_path, make_frame):
    folder = tmp_path / "show 1" / "ショット"
    folder.mkdir(parents=True)
    path = str(folder / "plåte #1.0001.exr")
    write_frame(make_frame(np.full((1, 1, 3), 2.0)), path)
    assert find_sequence(path).read(1).pixels[0, 0, 0] == 2.0


@pytest.mark.skipif(sys.platform == "win32", reason="names with these characters")
@pytest.mark.parametrize("odd", ["50% #1", "%d", "a@b", "$F4", "[ac]{1}", "1-5", "x.1001."])
def test_what_looks_like_a_frame_number_elsewhere_in_a_path_is_none(tmp_path, odd):
    folder = tmp_path / odd
    folder.mkdir()
    touch(folder, f"{odd}.1001.exr", f"{odd}.1002.exr", "other.1003.exr")
    pattern = str(folder / f"{odd}.####.exr")
    found = find_sequence(pattern)
    assert found.frames == (1001, 1002)
    assert found.path(1002) == str(folder / f"{odd}.1002.exr")
    assert output_path(pattern, 1002) == found.path(1002)
    assert output_path(pattern, -3) == str(folder / f"{odd}.-003.exr")


def test_a_folder_that_is_not_there_has_no_frames(tmp_path):
    with pytest.raises(MissingFrame, match="there is no folder"):
        find_sequence(str(tmp_path / "a.####.d" / "b.####.exr"))


def test_a_name_in_another_encoding_is_refused_with_what_to_do():
    name = os.fsdecode(b"pl\xe4te.####.exr")
    with pytest.raises(UnreadableFile, match=r"pl\\udce4te.* is no UTF-8; rename the file"):
        find_sequence(name)
    with pytest.raises(OptionError, match=r"output .* is no UTF-8; choose another name"):
        output_path(name, 1)
