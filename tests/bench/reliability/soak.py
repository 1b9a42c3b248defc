"""A thousand frames through one worker: does it hold more and more memory?"""

import sys
import time
from pathlib import Path

from finding import Finding
from tiny import FIRST, TinyShot

from platekey.core import protocol
from platekey.plugin.client import WorkerClient, worker_command

REQUESTS, FRAMES = 10, 100
GROWTH = 16.0  # MiB from the 100th frame to the last that may be caches; a leak of a frame is 0.2


def measure(folder, *, requests=REQUESTS, frames=FRAMES):
    """Solves as many requests of as many tiny frames in one process."""
    shot = TinyShot(folder, width=96, height=64, count=8)
    names = sorted(Path(folder).glob("plate.*.exr"))
    for number in range(8, frames):
        Path(shot.plate % (FIRST + number)).symlink_to(names[number % 8])
    finding, held, started = (
        Finding(f"soak of the worker, {requests} requests"),
        [],
        time.monotonic(),
    )
    with WorkerClient(worker_command(sys.executable)) as worker:
        for request in range(requests):
            order = shot.solve(folder / f"out{request}")
            for event in worker.events(worker.submit(order["task"], order["arguments"])):
                if isinstance(event, protocol.FrameDone):
                    held.append(event.memory_mib)
                elif isinstance(event, protocol.Result) and event.exit_code:
                    finding.faults.append(f"request {request} ended with {event.exit_code}")
                elif isinstance(event, protocol.Error):
                    finding.faults.append(event.message)
        finding.tried = len(held)
        if len(held) != requests * frames:
            finding.faults.append(f"{len(held)} frames came of {requests * frames}")
    settled = held[min(frames, len(held)) - 1]
    growth = held[-1] - settled
    if growth > GROWTH:
        finding.faults.append(f"it grew by {growth:.1f} MiB after the first {frames} frames")
    seconds = (time.monotonic() - started) / max(1, len(held))
    finding.figures = (
        f"resident MiB: frame 1 {held[0]:.0f}, frame {frames} {settled:.0f}, last {held[-1]:.0f}, "
        f"peak {max(held):.0f}; {seconds:.2f} s a frame of 96x64"
    )
    return [finding]
