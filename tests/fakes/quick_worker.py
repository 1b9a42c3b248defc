"""The real worker with jobs that take no torch and no time; run as `python -I quick_worker.py`.

A solve copies its plate. A tune writes what a tune writes, ends after `steps` steps or when it is
stopped, and goes on from its checkpoint.
"""

import json
import shutil
import struct
import sys
import time
import types
from pathlib import Path

from platekey.core import protocol

sys.modules["platekey.core.job.solve"] = types.ModuleType("platekey.core.job.solve")

from platekey.core.worker import __main__ as worker  # noqa: E402
from platekey.core.worker import dispatch  # noqa: E402


def solve(arguments, emit, should_stop):
    first, last = (int(number) for number in arguments["frames"].split("-"))
    written = list(range(first, last + 1))
    for frame in written:
        output = Path(arguments["output"] % frame)
        output.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(arguments["plate"] % frame, output)
        emit(protocol.FrameDone(frame, {"exr": str(output)}))
    return protocol.Result(exit_code=0, written=written)


def tune(arguments, emit, should_stop):
    output = Path(arguments["output"])
    folder = output.with_suffix(".tune")
    folder.mkdir(parents=True, exist_ok=True)
    log, sheet = folder / "log.jsonl", folder / "sheet.png"
    step = len(log.read_text().splitlines()) if arguments["resume"] else 0
    sheet.write_bytes(b"no picture")
    while not should_stop() and step < arguments["options"]["steps"]:
        step += 1
        row = {"kind": "train", "step": step, "seconds": step, "losses": {"total": 1 / step}}
        with log.open("a") as file:
            file.write(json.dumps({**row, "score": 0.9, "seconds_left": 50.0}) + "\n")
        figures = {"loss_total": 1 / step, "seconds_left": 50.0}
        emit(protocol.Trained(step, f"step {step}", figures, {"sheet": str(sheet)}))
        time.sleep(0.02)
    (folder / f"checkpoint-{step:010d}").mkdir(exist_ok=True)
    recipe = json.dumps({"verdict": "step 3 is better"})
    header = json.dumps({"__metadata__": {"recipe": recipe}}).encode()
    output.write_bytes(struct.pack("<Q", len(header)) + header)
    stopped = should_stop()
    if not stopped:
        told = {"weights": str(output)}
        emit(protocol.Trained(step, "step 3 is better", {"score": 0.5}, told))
        emit(protocol.Progress(1.0, "done"))
    return protocol.Result(exit_code=5 if stopped else 0)


if __name__ == "__main__":
    dispatch.TASKS.update(solve=solve, tune=tune)
    worker.main()
