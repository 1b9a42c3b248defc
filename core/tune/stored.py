"""Prepared frames on disk, so that a step reads only the windows that it looks at. Never pickle.

Pictures are half floats at full size, as plates are; what the coarse stage sees is float32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from torch import Tensor

from platekey.core.errors import ShapeError, WeightsError
from platekey.core.filters import dilate, reduce
from platekey.core.network.cues import Cues
from platekey.core.network.weights import write_tensors
from platekey.core.plate.conditioning import ConditionedPlate
from platekey.core.plate.noise import NoiseModel
from platekey.core.train.adversarial import Anchor

from .motion import Motion
from .prepared import Key, PreparedFrame

_LARGEST = 65504.0  # of half floats
_MOTION_CUES = ("previous", "following")  # seen by the coarse stage alone
_MISS = 4.0  # how much more a place counts for what is wrong there than for being soft


@dataclass(frozen=True)
class View:
    """A frame, or a window of it, with what is known of its matte; (1, C, h, w) each.

    Attributes:
        cues: see Cues.
        prior: (1, MATTE, h, w), see difference_prior.
        anchor: the teacher's matte.
        key: the artist's alpha; zeros where there is none.
        taught: where the key is taught.
    """

    cues: Cues
    prior: Tensor
    anchor: Anchor
    key: Tensor
    taught: Tensor


@dataclass(frozen=True)
class SmallView:
    """A whole frame at the coarse size.

    Attributes:
        view: see View; its anchor's foreground is zeros.
        interest: (1, 1, h, w) where windows are worth looking at.
    """

    view: View
    interest: Tensor


class StoredFrame:
    """A frame's file; opened for each look, for it is mapped and not read."""

    def __init__(self, path: Path) -> None:
        """Takes a file that store_frame wrote.

        Raises:
            WeightsError: it is damaged.
        """
        self.path = path
        with self._open() as file:
            header = file.metadata() or {}
            names = set(file.keys())
        try:
            self.height, self.width = int(header["height"]), int(header["width"])
            self.factor = int(header["factor"])
            self.motion_factor = int(header["motion_factor"])
            self.misalignment = float(header["misalignment"])
        except (KeyError, ValueError) as error:
            raise WeightsError(f"{path} is no prepared frame; remove its folder.") from error
        self.has_motion, self.has_key = "motion.flow" in names, "full.key" in names

    def small(self) -> SmallView:
        """The whole frame at the coarse size."""
        with self._open() as file:
            cues = Cues(*(_field(file, name, "small") for name in Cues._fields))
            alpha, trust = file.get_tensor("small.alpha"), file.get_tensor("small.trust")
            key, taught = torch.zeros_like(alpha), torch.zeros_like(alpha)
            if self.has_key:
                key, taught = file.get_tensor("small.key"), file.get_tensor("small.taught")
            anchor = Anchor(alpha, torch.zeros_like(cues.plate), trust)
            view = View(cues, file.get_tensor("small.prior"), anchor, key, taught)
            return SmallView(view, file.get_tensor("interest"))

    def window(self, top: int, left: int, height: int, width: int) -> View:
        """A window at full size; without hint's and neighbours' say, which the refine stage has."""
        rows, columns = slice(top, top + height), slice(left, left + width)

        def cut(file: Any, name: str) -> Tensor:
            part: Tensor = file.get_slice(name)[:, :, rows, columns]
            return part.float()

        with self._open() as file:
            plate = cut(file, "full.plate")
            fields = {
                name: plate
                if name in _MOTION_CUES
                else cut(file, f"full.{name}")
                if f"full.{name}" in file.keys()  # noqa: SIM118
                else file.get_tensor(f"one.{name}")
                for name in Cues._fields
            }
            alpha, trust = cut(file, "full.alpha"), cut(file, "full.trust")
            anchor = Anchor(alpha, cut(file, "full.foreground"), trust)
            key, taught = torch.zeros_like(alpha), torch.zeros_like(alpha)
            if self.has_key:
                key, taught = cut(file, "full.key"), cut(file, "full.taught")
            prior = cut(file, "full.prior")
        return View(Cues(**fields), prior, anchor, key, taught)

    def motion(self, top: int, left: int, height: int, width: int) -> Motion:
        """The motion of a window, at its own size; the window's numbers are of full size.

        Raises:
            ShapeError: the frame has no next one.
        """
        if not self.has_motion:
            raise ShapeError(f"{self.path} has no motion")
        f = self.motion_factor
        rows = slice(top // f, -(-(top + height) // f))
        columns = slice(left // f, -(-(left + width) // f))
        with self._open() as file:
            flow = file.get_slice("motion.flow")[:, :, rows, columns].float()
            trust = file.get_slice("motion.trust")[:, :, rows, columns].float()
        return Motion(flow, trust)

    def whole(self) -> tuple[PreparedFrame, Motion | None]:
        """All of the frame, for a solve, and its motion to the next one if that is known."""
        with self._open() as file:
            cues = Cues(*(_field(file, name, "full") for name in Cues._fields))
            noise = NoiseModel(cues.noise_gain, cues.noise_read)
            nothing = NoiseModel(torch.zeros_like(noise.gain), torch.zeros_like(noise.read))
            spread = _field(file, "spread", "full") if "full.spread" in file.keys() else None  # noqa: SIM118
            conditioned = ConditionedPlate(
                cues.clean_plate,
                cues.known,
                noise,
                nothing,
                self.misalignment,
                {},
                spread=spread,
            )
            anchor = Anchor(*(_field(file, n, "full") for n in ("alpha", "foreground", "trust")))
            key = None
            if self.has_key:
                key = Key(*(_field(file, n, "full") for n in ("key", "weight", "held_back")))
            motion = None
            if self.has_motion:
                motion = Motion(*(_field(file, n, "motion") for n in ("flow", "trust")))
            prior = _field(file, "prior", "full")
        return PreparedFrame(cues, prior, self.factor, conditioned, anchor, key), motion

    def _open(self) -> Any:
        try:
            return safe_open(str(self.path), framework="pt")
        except (OSError, SafetensorError) as error:
            raise WeightsError(
                f"{self.path} is no whole prepared frame; remove its folder, and repeat."
            ) from error


def store_frame(
    path: Path, frame: PreparedFrame, *, motion: Motion | None = None, motion_factor: int = 1
) -> StoredFrame:
    """Writes a frame, whole or not at all.

    Args:
        path: file, NAME.safetensors.
        frame: with its anchor.
        motion: to the next frame, if there is one.
        motion_factor: by which that is smaller.

    Raises:
        OutputError: it cannot be written.
        ShapeError: the frame has no anchor.
    """
    if frame.anchor is None:
        raise ShapeError("a frame without an anchor cannot be stored")
    cues, anchor, factor = frame.cues, frame.anchor, frame.factor
    height, width = cues.plate.shape[-2:]
    full: dict[str, Tensor] = {}
    for name, each in cues._asdict().items():
        full[("full." if each.shape[-2:] == (height, width) else "one.") + name] = each
    full |= {"full.alpha": anchor.alpha, "full.trust": anchor.trust}
    full |= {"full.foreground": anchor.foreground, "full.prior": frame.prior}
    if frame.conditioned.spread is not None:
        full["full.spread"] = frame.conditioned.spread
    small = {
        f"small.{name}": each
        for name, each in frame.small()._asdict().items()
        if f"one.{name}" not in full or name in ("noise_gain", "noise_read")
    }
    small |= {
        "small.alpha": reduce(anchor.alpha, factor),
        "small.prior": reduce(frame.prior, factor),
        "small.trust": -dilate(-reduce(anchor.trust, factor), 1),
    }
    if frame.key is not None:
        key = frame.key
        full |= {"full.key": key.alpha, "full.weight": key.weight, "full.taught": key.taught}
        full["full.held_back"] = key.held_back
        small["small.key"] = reduce(key.alpha, factor)
        small["small.taught"] = (reduce(key.taught, factor) > 0.999).float()
    if motion is not None:
        full |= {"motion.flow": motion.flow, "motion.trust": motion.trust}
    tensors = {
        name: (each.clamp(-_LARGEST, _LARGEST).half() if name.startswith("full.") else each.float())
        for name, each in {**full, **small}.items()
    }
    tensors["interest"] = _interest(frame, small)
    header: Mapping[str, object] = {
        "height": height,
        "width": width,
        "factor": factor,
        "motion_factor": motion_factor,
        "misalignment": frame.conditioned.misalignment,
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_tensors(
        path,
        _apart(tensors),
        {name: str(value) for name, value in header.items()},
    )
    return StoredFrame(path)


def _apart(tensors: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The tensors on the CPU, each with memory of its own, as the format wants them."""
    seen: set[int] = set()
    made = {}
    for name, each in tensors.items():
        alone = each.cpu().contiguous()
        made[name] = alone.clone() if alone.data_ptr() in seen else alone
        seen.add(alone.data_ptr())
    return made


def _interest(frame: PreparedFrame, small: Mapping[str, Tensor]) -> Tensor:
    """Where windows are worth looking at: soft, in doubt, or not what the key says."""
    alpha, trust = small["small.alpha"], small["small.trust"]
    contrast = dilate(alpha, 2) + dilate(-alpha, 2)
    interest = 4 * alpha * (1 - alpha) + contrast + (1 - trust) * 0.5
    if frame.key is not None:
        taught = small["small.taught"]
        interest = (interest + _MISS * (small["small.key"] - alpha).abs()) * taught
    return interest.float().clamp_min(0)


def _field(file: Any, name: str, kind: str) -> Tensor:
    names = set(file.keys())
    for found in (f"{kind}.{name}", f"one.{name}"):
        if found in names:
            tensor: Tensor = file.get_tensor(found)
            return tensor.float()
    raise WeightsError(f"a prepared frame lacks {name}; remove its folder, and repeat.")
