"""Damaged lines to a running worker: each is answered or passed over, and it serves on."""

import json
import os
import queue
import random
import subprocess
import sys
import threading

from finding import Finding
from mutate import changed, damaged, json_text

from platekey.core import protocol

_LINES = 2000


def measure(folder, *, seed, count=_LINES):
    folder.mkdir(parents=True, exist_ok=True)
    dice, finding = random.Random(f"lines-{seed}"), Finding("damaged lines to one worker")
    environ = {**os.environ, "PLATEKEY_LOG_DIR": str(folder / "logs"), "OMP_NUM_THREADS": "1"}
    with open(folder / "stderr.txt", "wb") as stderr:
        worker = subprocess.Popen(
            [sys.executable, "-I", "-m", "platekey.core.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=folder,
            env=environ,
        )
    heard = Heard(worker.stdout)
    _say(worker, protocol.encode(protocol.Hello(software="campaign")).encode())
    held = [_status(worker, heard)]
    for number in range(count):
        _say(worker, _line(dice))
        if number % 50 == 49:
            held.append(_status(worker, heard))
    finding.tried = count
    _say(worker, protocol.encode(protocol.Shutdown()).encode())
    code = worker.wait(60)
    for stream in (worker.stdin, worker.stdout):
        stream.close()
    if code:
        finding.faults.append(f"the worker ended with {code}")
    finding.faults += heard.defects[:10]
    strays = [path.name for path in folder.iterdir() if path.name not in ("logs", "stderr.txt")]
    if strays:
        finding.faults.append(f"it wrote {', '.join(strays)}")
    finding.figures = (
        f"{heard.errors} refused in a sentence, the others passed over; status answered after "
        f"every 50; resident MiB {held[len(held) // 2]:.0f} after half of them, {held[-1]:.0f} at "
        f"the end; exit code {code}"
    )
    return [finding]


class Heard(threading.Thread):
    """Reads what the worker says for as long as it says something."""

    def __init__(self, stream):
        super().__init__(daemon=True)
        self.errors, self.defects, self.replies = 0, [], queue.SimpleQueue()
        self._stream = stream
        self.start()

    def run(self):
        for line in self._stream:
            message = json.loads(line)
            if message["type"] == "error":
                self.errors += 1
                ours = message["exit_code"] == 1 and message["kind"] != "BadMessage"
                if ours or "\n" in message["message"]:
                    self.defects.append(f"{message['kind']}: {message['message'][:200]}")
            elif message["type"] == "status_reply":
                self.replies.put(message["memory_mib"])


def _line(dice):
    # files that are not there: a request that survives its damage has nothing to solve
    arguments = {"plate": "no.####.exr", "clean_plate": "none.exr", "output": "no/out.####.exr"}
    task = dice.choice(("solve", "clean", "tune", "comp"))
    line = {"type": "request", "id": dice.randrange(1, 9), "task": task, "arguments": arguments}
    line = dice.choice((line, line, {"type": "cancel", "id": 3}, {"type": "trained", "step": 1}))
    text = json_text(changed(line, dice), dice).encode("utf-8", "surrogatepass")
    text = damaged(text, dice) if dice.random() < 0.3 else text
    text = text.replace(b"\n", b" ").replace(b"\r", b" ")
    return b"{}" if b'"shutdown"' in text else text


def _say(worker, line):
    worker.stdin.write(line + b"\n")
    worker.stdin.flush()


def _status(worker, heard):
    """Resident MiB, as the worker says."""
    _say(worker, b'{"type": "status"}')
    return heard.replies.get(timeout=120)
