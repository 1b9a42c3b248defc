"""Checkpoints of a fine-tune: all it needs to go on as if it had never stopped. Never pickle.

`checkpoint-0000001200/` holds the student, its average, the best weights so far, the discriminator
and the optimisers' moments as safetensors, and `state.json`, written last: without it, it is not
whole.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import OptionError, OutputError, WeightsError
from platekey.core.frames.atomic import whole_file
from platekey.core.network.weights import read_tensors, write_tensors
from platekey.core.train.checkpoint import (
    DAMAGED,
    MOMENTS,
    moments_of,
    remove_old,
    restore_moments,
    whole_checkpoints,
)

from .options import Workload
from .selection import Selection
from .session import TuneSession

_LARGEST_PART = 64 << 20  # bytes


@dataclass(frozen=True)
class Saved:
    """What a checkpoint tells beside the session.

    Attributes:
        settings: what must not change when the tune goes on.
        selection: of Selection.to_json.
        best: the best weights so far; empty while the start is the best.
        ended: the steps and hours with which the tune came to its end; empty before.
    """

    settings: dict[str, Any]
    selection: dict[str, Any]
    best: dict[str, Tensor]
    ended: tuple[float, ...] = ()


def save_tune(folder: Path, session: TuneSession, saved: Saved) -> Path:
    """Writes a checkpoint below `folder`, and removes all but the last two.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / f"checkpoint-{session.step:010d}"
    try:
        path.mkdir(parents=True, exist_ok=True)
        (path / "state.json").unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be made ({error.strerror}); make room.") from error
    for name, tensors in _parts(session, saved.best).items():
        copied = {n: each.detach().cpu().contiguous() for n, each in tensors.items()}
        write_tensors(path / f"{name}.safetensors", copied, {"step": str(session.step)})
    state = {
        "step": session.step,
        "adversary_step": _steps_of(session.adversary.optimiser),
        "seconds": session.seconds,
        "images": session.images,
        "work": session.work.to_json(),
        "settings": saved.settings,
        "selection": saved.selection,
        "ended": list(saved.ended),
    }
    with whole_file(str(path / "state.json")) as temporary:
        Path(temporary).write_text(json.dumps(state, sort_keys=True, indent=1), "utf-8")
    remove_old(folder)
    return path


def load_tune(folder: Path, session: TuneSession, settings: dict[str, Any]) -> Saved | None:
    """Puts the last whole checkpoint below `folder` into the session.

    Returns:
        What it tells beside, or None where there is none.

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
        kept, selection = dict(state["settings"]), dict(state["selection"])
        step, adversary_step = int(state["step"]), int(state["adversary_step"])
        seconds, images = float(state["seconds"]), int(state["images"])
        work = Workload.from_json(state["work"])
        Selection.from_json(selection)  # now, for the tune would meet it after hours
    except DAMAGED as error:
        raise WeightsError(f"{path} is damaged; remove it to go on from the one before.") from error
    for name, value in json.loads(json.dumps(settings)).items():
        if kept.get(name) != value:
            raise OptionError(
                f"the tune in {folder} has {name} {kept.get(name)!r}, not {value!r}; resume it "
                "with its own, or name another output."
            )
    names = ("student", "average", "best", "adversary", "first", "second")
    parts = {
        name: read_tensors(path / f"{name}.safetensors", largest=_LARGEST_PART)[0]
        for name in (*names, "adversary_first", "adversary_second")
    }
    for name, tensors in parts.items():
        if not all(bool(torch.isfinite(each).all()) for each in tensors.values()):
            raise WeightsError(f"{path / name} holds NaN or infinity; remove {path}, and repeat.")
    try:
        _check_shapes(parts, session)
        session.student.load_state_dict(parts["student"])
        session.adversary.network.load_state_dict(parts["adversary"])
        for name, each in session.average.items():
            each.copy_(parts["average"][name])
        restore_moments(session.student, session.optimiser, parts, step)
        adversary = session.adversary
        theirs = {part: parts[f"adversary_{part}"] for part in MOMENTS}
        restore_moments(adversary.network, adversary.optimiser, theirs, adversary_step)
    except (RuntimeError, KeyError) as error:
        raise WeightsError(f"{path} belongs to another network; remove it.") from error
    session.step, session.seconds, session.images = step, seconds, images
    session.work = work
    best = {n: each.to(session.device) for n, each in parts["best"].items() if n != "none"}
    return Saved(kept, selection, best)


def has_ended(folder: Path, settings: dict[str, Any], steps: int, hours: float) -> bool:
    """Whether the tune of a folder came to its end with these settings, steps and hours."""
    found = whole_checkpoints(folder)
    if not found:
        return False
    try:
        state = json.loads((found[-1] / "state.json").read_text("utf-8"))
        is_same = state["settings"] == json.loads(json.dumps(settings))
        return bool(is_same and state["ended"] == [steps, hours])
    except DAMAGED:  # load_tune tells what is wrong with it
        return False


def _check_shapes(parts: dict[str, dict[str, Tensor]], session: TuneSession) -> None:
    """Raises KeyError if average or best are not of the student's shapes."""
    wanted = {name: each.shape for name, each in session.average.items()}
    for part in ("average", "best"):
        found = {name: each.shape for name, each in parts[part].items() if name != "none"}
        if found != wanted and (found or part == "average"):
            raise KeyError(part)


def _parts(session: TuneSession, best: dict[str, Tensor]) -> dict[str, dict[str, Tensor]]:
    adversary = session.adversary
    parts = {
        "student": session.student.state_dict(),
        "average": session.average,
        "best": best or {"none": torch.zeros(1)},
        "adversary": adversary.network.state_dict(),
    }
    for prefix, network, optimiser in (
        ("", session.student, session.optimiser),
        ("adversary_", adversary.network, adversary.optimiser),
    ):
        for part, moments in moments_of(network, optimiser).items():
            parts[prefix + part] = moments or {"none": torch.zeros(1)}
    return parts


def _steps_of(optimiser: torch.optim.Optimizer) -> int:
    return max((int(state["step"]) for state in optimiser.state.values()), default=0)
