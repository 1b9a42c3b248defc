"""How much a step of a fine-tune takes, by the memory that is free."""

from __future__ import annotations

from pathlib import Path

import torch

from platekey.core.tune.options import TuneOptions, Workload

_MEMINFO = Path("/proc/meminfo")
_GIB = 2**30
# free memory in GiB from which a step takes so much; on a CPU time is what is short
_ON_CPU = ((3.0, Workload(192, 2)), (0.0, Workload(128, 1)))
_ON_GPU = ((16.0, Workload(320, 8)), (6.0, Workload(256, 4)), (0.0, Workload(192, 2)))


def choose_workload(
    options: TuneOptions, device: torch.device, height: int, width: int
) -> Workload:
    """What the options say, else what fits; never more than a frame.

    Args:
        options: crop and windows count.
        device: where it is tuned.
        height: of the frames.
        width: likewise.
    """
    free = free_gib(device)
    table = _ON_GPU if device.type == "cuda" else _ON_CPU
    usual = next(work for least, work in table if free >= least)
    crop = min(options.crop or usual.crop, min(height, width) // 16 * 16)
    return Workload(crop, options.windows or usual.windows, usual.frames)


def free_gib(device: torch.device) -> float:
    """Memory that is free on a device, in GiB; endless where the system does not tell."""
    if device.type == "cuda":
        return float(torch.cuda.mem_get_info(device)[0]) / _GIB
    if _MEMINFO.exists():
        for line in _MEMINFO.read_text("ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) / 2**20  # kB
    return float("inf")
