"""Faults of the machine, for real: killed processes, full disks, folders without permission."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from platekey.core import protocol
from platekey.core.errors import OutputError
from platekey.core.frames.image_io import is_whole
from platekey.core.options import Compression, Depth

TWENTY = tuple(range(1001, 1021))
PROGRAM = """
import json, sys
from platekey.core.job.threads import share_cores
share_cores()
from platekey.core import protocol
from platekey.core.job.request import SolveRequest
from platekey.core.job.solve import run_solve
request = SolveRequest.from_json(json.loads(sys.argv[1]))
result = run_solve(request, lambda e: print(protocol.encode(e), flush=True), lambda: False)
print(protocol.encode(result), flush=True)
"""


@pytest.fixture
def start(long_shot):
    """Starts a solve in a process of its own, which prints its events."""

    def start(**limits):
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, json.dumps(long_shot.request().to_json())],
            stdout=subprocess.PIPE,
            text=True,
            **limits,
        )

    return start


@pytest.fixture
def long_shot(shot):
    return type(shot)(shot.folder, frames=TWENTY)


def events(process):
    with process.stdout as lines:
        for line in lines:
            yield protocol.decode(line.rstrip("\n"))


def test_a_job_that_is_killed_leaves_whole_frames_and_a_re_run_makes_the_rest(long_shot, start):
    process = start()
    seen = []
    for event in events(process):
        if isinstance(event, protocol.FrameDone):
            seen.append(event.frame)
        if len(seen) == 5:
            os.kill(process.pid, signal.SIGKILL)
            break
    assert process.wait(60) == -signal.SIGKILL
    there = [frame for frame in TWENTY if os.path.exists(long_shot.output % frame)]
    assert set(seen) <= set(there)
    assert len(there) < 20
    assert all(is_whole(long_shot.output % frame) for frame in there)
    result = long_shot.solve()
    assert result.exit_code == 0
    assert result.skipped == there
    assert sorted(result.skipped + result.written) == list(TWENTY)


def test_a_file_that_cannot_grow_fails_alone_and_leaves_nothing_half_written(long_shot, start):
    """RLIMIT_FSIZE: the same failure in the middle of a file as a disk that is full."""
    process = start(preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (1500, 1500)))
    heard = list(events(process))
    assert process.wait(60) == 0
    failed = [event for event in heard if isinstance(event, protocol.FrameFailed)]
    assert [event.frame for event in failed] == list(TWENTY)
    assert {event.kind for event in failed} == {"OutputError"}
    assert heard[-1].exit_code == 3
    assert long_shot.files() == []


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 64 KiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if not shutil.which("mount") or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("this user may not mount a small disk; RLIMIT_FSIZE is tried above")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_keeps_earlier_frames_and_a_re_run_finishes_on_a_larger_one(shot, small_disk):
    shot.output = str(small_disk / "matte.%04d.exr")
    options = {"depth": Depth.FLOAT, "compression": Compression.NONE}  # 68 kB a frame
    (small_disk / "ballast").write_bytes(b"x" * 1000)
    result = shot.solve(options)
    assert (result.exit_code, result.failed) == (3, [1001, 1002, 1003])
    assert {event.kind for event in shot.told(protocol.FrameFailed)} == {"OutputError"}
    assert shot.files() == ["ballast"]
    subprocess.run(["mount", "-o", "remount,size=176k", str(small_disk)], check=True)
    result = shot.solve(options)
    assert result.exit_code == 4
    assert len(result.written) == 2
    assert shot.files() == ["ballast", *(f"matte.{frame}.exr" for frame in result.written)]
    subprocess.run(["mount", "-o", "remount,size=1m", str(small_disk)], check=True)
    again = shot.solve(options)
    assert (again.exit_code, again.skipped) == (0, result.written)


@pytest.fixture
def public_shot(shot):
    """A shot in a folder that every user may read; pytest's own belongs to one user."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        yield type(shot)(Path(folder))


@pytest.fixture
def ordinary_user():
    """Root may write anywhere: becomes nobody for a while."""
    is_root = os.geteuid() == 0
    if is_root:
        os.seteuid(65534)
    yield
    if is_root:
        os.seteuid(0)


def test_a_read_only_folder_is_told_before_anything_is_solved(public_shot, ordinary_user):
    folder = public_shot.folder / "locked"
    with pytest.raises(OutputError, match=r"cannot be written to \(Permission denied\); check its"):
        public_shot.solve(output=str(folder / "matte.%04d.exr"))
    assert public_shot.events == []
    assert not folder.exists()
