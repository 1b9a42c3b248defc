"""Where the solver's tensors live."""

from __future__ import annotations

import logging

import torch

from platekey.core.errors import DeviceError

_LOG = logging.getLogger(__name__)


def choose_device(name: str) -> torch.device:
    """Returns the device that "auto", "cpu", "cuda" or "cuda:N" names, after trying it.

    "auto" is the first GPU that torch sees, which `CUDA_VISIBLE_DEVICES` governs, if it works,
    else the CPU.

    Raises:
        DeviceError: the name is none of these, or this machine has no such device that works.
    """
    count = torch.cuda.device_count()
    if name == "cpu" or (name == "auto" and not count):
        return torch.device("cpu")
    if name == "auto":
        try:
            return _tried(torch.device("cuda", 0))
        except DeviceError as error:
            _LOG.warning("%s The CPU is used.", error)
            return torch.device("cpu")
    kind, _, index = name.partition(":")
    if kind != "cuda" or (":" in name and not index.isdecimal()):
        raise DeviceError(f"device is {name!r}; it must be auto, cpu, cuda or cuda:N.")
    if int(index or 0) >= count:
        raise DeviceError(
            f"device is {name}, but torch sees {count} CUDA devices; use auto or cpu, "
            "or look at the driver and CUDA_VISIBLE_DEVICES."
        )
    return _tried(torch.device("cuda", int(index or 0)))


def _tried(device: torch.device) -> torch.device:
    """The device, if it computes: a driver that does not fit shows only now."""
    try:
        torch.ones(1, device=device).sum().item()
    except RuntimeError as error:
        reason = str(error).strip().split("\n")[0]
        raise DeviceError(
            f"device {device} does not work ({reason}); use cpu, or look at its driver."
        ) from error
    return device
