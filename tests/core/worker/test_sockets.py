"""The worker serves its parent alone: stdin and stdout, and no port that another could find."""

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from platekey.core import protocol

TABLES = ("tcp", "tcp6", "udp", "udp6", "unix")


@pytest.fixture
def worker(tmp_path):
    """A worker that has greeted and told its status."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-m", "platekey.core.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PLATEKEY_LOG_DIR": str(tmp_path)},
        text=True,
    )
    for message in (protocol.Hello(software="test"), protocol.Status()):
        process.stdin.write(protocol.encode(message) + "\n")
    process.stdin.flush()
    heard = [protocol.decode(process.stdout.readline().rstrip("\n")) for _ in range(2)]
    assert isinstance(heard[1], protocol.StatusReply)
    yield process
    process.stdin.close()
    process.stdout.close()
    process.wait(60)


@pytest.mark.skipif(not Path("/proc/net/tcp").exists(), reason="needs Linux's /proc/net")
def test_a_running_worker_holds_no_socket_at_all(worker):
    folder = Path("/proc", str(worker.pid))
    handles = []
    for handle in (folder / "fd").iterdir():
        with suppress(FileNotFoundError):  # a file that was closed meanwhile
            handles.append(os.readlink(handle))
    held = {target[8:-1] for target in handles if target.startswith("socket:[")}
    known = "".join((folder / "net" / name).read_text() for name in TABLES)
    assert not held, [line for line in known.splitlines() if held & set(line.split())]
    assert len(handles) >= 3
