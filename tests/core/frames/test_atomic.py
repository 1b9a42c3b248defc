import os
import resource
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from platekey.core.errors import OutputError
from platekey.core.frames.atomic import prepare_folder, whole_file
from platekey.core.frames.image_io import is_whole, read_frame, write_frame

# writes frames over and over until it is killed
WRITER = """
import sys
import numpy as np
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
folder = sys.argv[1]
pixels = np.random.default_rng(0).random((300, 300, 4)).astype(np.float32)
frame = Frame(pixels, ("R", "G", "B", "A"), Window(0, 0, 300, 300), Window(0, 0, 300, 300))
print("ready", flush=True)
while True:
    for number in range(5):
        write_frame(frame, f"{folder}/a.{number:04d}.exr")
"""


def test_nothing_under_a_final_name_is_damaged_by_kill_9(tmp_path):
    for delay in (0.05, 0.13, 0.21, 0.34):
        process = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE
        )
        process.stdout.readline()
        time.sleep(delay)
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        for path in tmp_path.glob("a.*.exr"):
            assert is_whole(str(path))
            assert read_frame(str(path)).pixels.shape == (300, 300, 4)
    assert list(tmp_path.glob("a.*.exr")), "no frame was finished before the kill"


def test_left_over_temporary_files_look_like_no_picture(tmp_path):
    with whole_file(str(tmp_path / "a.0001.exr")) as temporary:
        name = os.path.basename(temporary)
        assert os.path.dirname(temporary) == str(tmp_path)
        assert name.startswith(".")
        assert not name.endswith(".exr")


def test_a_failure_while_writing_leaves_the_old_file_and_nothing_else(tmp_path, make_frame):
    path = tmp_path / "a.exr"
    write_frame(make_frame(np.ones((4, 4, 3))), str(path))
    before = path.read_bytes()

    def fail_in_the_middle():
        with whole_file(str(path)) as temporary, open(temporary, "wb") as file:
            file.write(b"half a picture")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        fail_in_the_middle()
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["a.exr"]


def test_a_missing_folder_is_told(tmp_path, make_frame):
    path = str(tmp_path / "none" / "a.exr")
    with pytest.raises(OutputError, match=r"none/a\.exr cannot be written \(No such file or dir"):
        write_frame(make_frame(np.zeros((1, 1, 3))), path)


def test_a_file_in_place_of_a_folder_is_told(tmp_path, make_frame):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="Not a directory"):
        write_frame(make_frame(np.zeros((1, 1, 3))), str(tmp_path / "file" / "a.exr"))


def test_a_folder_that_takes_no_files_is_told(make_frame):
    if not os.path.isdir("/proc/self"):
        pytest.skip("needs /proc, where even root cannot make a file")
    with pytest.raises(OutputError, match="cannot be written"):
        write_frame(make_frame(np.zeros((1, 1, 3))), "/proc/self/a.exr")


def test_a_folder_in_place_of_the_file_is_told_and_nothing_is_left(tmp_path, make_frame):
    (tmp_path / "a.exr").mkdir()
    with pytest.raises(OutputError, match="cannot be written"):
        write_frame(make_frame(np.zeros((1, 1, 3))), str(tmp_path / "a.exr"))
    assert os.listdir(tmp_path) == ["a.exr"]


@pytest.mark.parametrize("limit", [100, 20_000, 300_000])
def test_a_full_disk_is_told_and_nothing_is_left(tmp_path, rng, make_frame, limit):
    frame = make_frame(rng.random((256, 256, 4)), ("R", "G", "B", "A"))
    write_frame(frame, str(tmp_path / "a.exr"))
    before = (tmp_path / "a.exr").read_bytes()
    assert len(before) > limit
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))  # writes beyond it fail, as on a
    try:  # full disk; Python ignores the signal that comes with it
        with pytest.raises(OutputError, match="check the"):
            write_frame(frame, str(tmp_path / "a.exr"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (tmp_path / "a.exr").read_bytes() == before
    assert os.listdir(tmp_path) == ["a.exr"]


def test_a_really_full_disk_is_told_and_nothing_is_left(tmp_path, rng, make_frame):
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(tmp_path)],
        capture_output=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        with pytest.raises(OutputError, match="check the"):
            write_frame(make_frame(rng.random((512, 512, 3))), str(tmp_path / "a.exr"))
        assert os.listdir(tmp_path) == []
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)


def test_what_a_killed_writer_left_is_removed_and_nothing_else(tmp_path):
    abandoned, fresh = ".a.0001.exr.77-0.tmp", ".a.0001.exr.78-0.tmp"
    others = {".b.0001.exr.77-0.tmp", ".a.0001.exr.tmp", "a.0001.exr.77-0.tmp", "a.0001.exr"}
    for name in (abandoned, fresh, *others):
        (tmp_path / name).touch()
        if name != fresh:
            os.utime(tmp_path / name, (1e9, 1e9))
    prepare_folder(str(tmp_path), ["a.0001.exr", "a.0002.exr"])
    assert {path.name for path in tmp_path.iterdir()} == {fresh, *others}
