"""Checkpoints: all that a training needs to go on as if it had never stopped. Never pickle.

`checkpoint-0000001200/` holds the network, its average and the optimiser's two moments as
safetensors, each below 16 MiB, and `state.json`, written last: without it, it is not whole.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from platekey.core.errors import OptionError, OutputError, WeightsError
from platekey.core.frames.atomic import whole_file
from platekey.core.network.weights import read_tensors, write_tensors

_LARGEST_PART = 16 << 20  # bytes
_KEPT = 2  # checkpoints: the last may be of a moment when things went wrong
_FOLDER = re.compile(r"checkpoint-(\d{10})")
# what reading JSON that somebody wrote, or a disk damaged, may raise
DAMAGED = (OSError, ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)
MOMENTS = {"first": "exp_avg", "second": "exp_avg_sq"}


@dataclass(frozen=True)
class Progress:
    """How far a training is.

    Attributes:
        step: steps that are done.
        seconds: of all sessions.
        settings: what must not change when it goes on.
    """

    step: int
    seconds: float
    settings: dict[str, Any]


def save_checkpoint(
    folder: Path,
    progress: Progress,
    network: nn.Module,
    average: dict[str, Tensor],
    optimiser: torch.optim.Optimizer,
) -> Path:
    """Writes a checkpoint below `folder`, and removes all but the last two.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / f"checkpoint-{progress.step:010d}"
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be made ({error.strerror}); make room.") from error
    parts = {"network": network.state_dict(), "average": average}
    parts |= moments_of(network, optimiser)
    for part, tensors in parts.items():
        if sum(each.numel() * each.element_size() for each in tensors.values()) > _LARGEST_PART:
            raise OutputError(f"{path} would have parts above 16 MiB; make the network narrower.")
        copied = {name: each.detach().cpu().contiguous() for name, each in tensors.items()}
        write_tensors(path / f"{part}.safetensors", copied, {"step": str(progress.step)})
    state = {"step": progress.step, "seconds": progress.seconds, "settings": progress.settings}
    with whole_file(str(path / "state.json")) as temporary:
        Path(temporary).write_text(json.dumps(state, sort_keys=True, indent=1), "utf-8")
    remove_old(folder)
    return path


def load_checkpoint(
    folder: Path,
    settings: dict[str, Any],
    network: nn.Module,
    average: dict[str, Tensor],
    optimiser: torch.optim.Optimizer,
) -> Progress | None:
    """Puts the last whole checkpoint below `folder` into network, average and optimiser.

    Returns:
        How far it was, or None where there is no checkpoint.

    Raises:
        WeightsError: it is damaged.
        OptionError: its settings are not these.
    """
    found = whole_checkpoints(folder)
    if not found:
        return None
    path = found[-1]
    try:
        state = json.loads((path / "state.json").read_text("utf-8"))
        progress = Progress(int(state["step"]), float(state["seconds"]), dict(state["settings"]))
    except DAMAGED as error:
        raise WeightsError(f"{path} is damaged; remove it to go on from the one before.") from error
    for name, value in json.loads(json.dumps(settings)).items():
        if progress.settings.get(name) != value:
            raise OptionError(
                f"the training in {folder} has {name} {progress.settings.get(name)!r}, not "
                f"{value!r}; go on with its own, or start another in an empty folder."
            )
    parts = {
        part: read_tensors(path / f"{part}.safetensors", largest=_LARGEST_PART + (1 << 20))[0]
        for part in ("network", "average", *MOMENTS)
    }
    try:
        network.load_state_dict(parts["network"])
        for name, each in average.items():
            each.copy_(parts["average"][name])
        restore_moments(network, optimiser, parts, progress.step)
    except (RuntimeError, KeyError) as error:
        raise WeightsError(f"{path} belongs to another network; remove it.") from error
    return progress


def moments_of(
    network: nn.Module, optimiser: torch.optim.Optimizer
) -> dict[str, dict[str, Tensor]]:
    """An Adam's two moments by the names of MOMENTS, each by the names of the parameters."""
    names: dict[Tensor, str] = {each: name for name, each in network.named_parameters()}
    return {
        part: {names[each]: state[key] for each, state in optimiser.state.items() if key in state}
        for part, key in MOMENTS.items()
    }


def restore_moments(
    network: nn.Module,
    optimiser: torch.optim.Optimizer,
    moments: Mapping[str, Mapping[str, Tensor]],
    step: int,
) -> None:
    """Puts what moments_of took back, on the parameters' device; `step` steps were done.

    Raises:
        KeyError: a moment is missing, or has another shape than its parameter.
    """
    for name, parameter in network.named_parameters():
        if name in moments["first"]:
            found = {key: moments[part][name].to(parameter) for part, key in MOMENTS.items()}
            if any(each.shape != parameter.shape for each in found.values()):
                raise KeyError(name)
            optimiser.state[parameter] = {"step": torch.tensor(float(step)), **found}


def whole_checkpoints(folder: Path) -> list[Path]:
    """Checkpoints that are whole, oldest first."""
    return sorted(
        path
        for path in folder.glob("checkpoint-*")
        if _FOLDER.fullmatch(path.name) and (path / "state.json").is_file()
    )


def remove_old(folder: Path) -> None:
    """Removes all whole checkpoints but the last ones."""
    for old in whole_checkpoints(folder)[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
