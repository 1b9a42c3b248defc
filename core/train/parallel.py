"""Several processes, one training: gradients, statistics and decisions in common.

`torchrun` starts the processes and tells each its place in the environment. The network is small,
so that gradients are averaged in one piece after the backward pass; nothing is wrapped.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class Ranks:
    """This process's place.

    Attributes:
        rank: 0 for the one that writes.
        count: of the processes.
        local: its number on this machine, which is that of its GPU.
    """

    rank: int = 0
    count: int = 1
    local: int = 0

    def average(self, tensors: Iterable[Tensor]) -> None:
        """Replaces each tensor by its mean over the processes, in place."""
        together = [each for each in tensors if each.is_floating_point()]
        if self.count == 1 or not together:
            return
        flat = torch.cat([each.flatten() for each in together])
        dist.all_reduce(flat)
        flat /= self.count
        parts = torch.split(flat, [each.numel() for each in together])
        for each, part in zip(together, parts, strict=True):
            each.copy_(part.view_as(each))

    def any(self, flag: bool, device: torch.device) -> bool:
        """Whether any process says so."""
        if self.count == 1:
            return flag
        said = torch.tensor([float(flag)], device=device)
        dist.all_reduce(said)
        return bool(said.item() > 0)


@contextmanager
def joined_ranks(*, on_gpu: bool) -> Iterator[Ranks]:
    """Joins the other processes, if torchrun started any."""
    count = int(os.environ.get("WORLD_SIZE", "1"))
    if count == 1:
        yield Ranks()
        return
    dist.init_process_group("nccl" if on_gpu else "gloo")
    try:
        yield Ranks(dist.get_rank(), count, int(os.environ.get("LOCAL_RANK", "0")))
    finally:
        dist.destroy_process_group()
