"""The frames of a fine-tune: read as a solve reads them, prepared once, kept in a folder."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Callable, Collection, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from platekey.core.errors import InputMismatch, OutputError
from platekey.core.frames.frame import Frame
from platekey.core.frames.layers import matte
from platekey.core.frames.sequence import Sequence, find_sequence
from platekey.core.network.model import MattingNetwork
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.stopping import go_on
from platekey.core.tune.motion import Motion, find_motion
from platekey.core.tune.moved import moved_frame
from platekey.core.tune.prepared import Key, PreparedFrame, ask_teacher, prepare_frame
from platekey.core.tune.stored import StoredFrame, store_frame

from .finite import Warned, finite
from .inputs import ShotInputs
from .request import SolveRequest
from .tensors import to_tensor
from .tune_request import TuneRequest
from .windows import fit_to_plate

FRAMES = "frames"  # folder of the prepared frames, in the tune's
_CELL = 16  # coarse pixels along a side of a cell of a key
_HELD_CELLS = 0.2  # share of a key's cells that are never taught, only compared
_TURN_OF_CELLS, _TURN_OF_MOVES = 11, 13  # tell random numbers of one thing from another's


class TuneInputs:
    """The sequences of a request.

    Attributes:
        shot: plates and clean plates.
        frames: that may be learned from, in order.
        keys: the artist's mattes, or None.

    Raises:
        MissingFrame: a sequence is not there, or lacks frames.
        InputMismatch: a key is of a frame that the plate has not.
    """

    def __init__(self, request: TuneRequest) -> None:
        self._request = request
        self.shot = ShotInputs(
            SolveRequest(
                request.plate,
                request.clean_plate,
                request.output,
                frames=request.frames,
                options=request.options.matte_options(),
            )
        )
        self.frames = self.shot.frames
        self.keys: Sequence | None = find_sequence(request.keys) if request.keys else None
        self._mask = find_sequence(request.key_mask) if request.key_mask else None
        if self.keys is not None:
            foreign = sorted(set(self.keys.frames) - set(self.shot.plate.frames))
            if foreign:
                raise InputMismatch(
                    f"keys {request.keys} have frame {foreign[0]}, which plate {request.plate} has "
                    "not; give keys the numbers of their plates."
                )
            self.shot.sequences["clean plate"].require(self.keys.frames, "clean plate")
            if self._mask is not None:
                self._mask.require(self.keys.frames, "key mask")

    @property
    def key_frames(self) -> tuple[int, ...]:
        """The frames that have keys."""
        return () if self.keys is None else self.keys.frames

    def has_next(self, frame: int) -> bool:
        """Whether the plate has the next frame."""
        return not self.shot.plate.is_single and frame + 1 in self.shot.plate.frames

    def prepare(
        self,
        frame: int,
        device: torch.device,
        should_stop: Callable[[], bool],
        *,
        needs_prior: bool = True,
    ) -> tuple[PreparedFrame, Frame, tuple[Warned, ...]]:
        """Reads and conditions a frame, without anchor and key; and its header.

        Raises:
            InputError: whatever is wrong with a file.
            Cancelled: should_stop said so.
        """
        read = self.shot.read(frame)
        options = self._request.options
        with torch.no_grad():
            plate = to_tensor(read.plate.pixels, device)
            conditioned = condition_clean_plate(
                plate,
                to_tensor(read.clean_plate, device),
                valid=None if read.valid.all() else to_tensor(read.valid, device),
                spread=None if read.deviation is None else to_tensor(read.deviation, device),
                align=options.align,
                match_exposure=options.match_exposure,
                should_stop=should_stop,
            )
            beside = None
            if read.neighbours is not None:
                beside = (
                    to_tensor(read.neighbours[0], device),
                    to_tensor(read.neighbours[1], device),
                )
            made = prepare_frame(
                plate,
                conditioned,
                neighbours=beside,
                needs_prior=needs_prior,
                should_stop=should_stop,
            )
        return made, read.plate, read.warnings

    def key(self, frame: int, plate: Frame, factor: int, *, whole: bool) -> Key | None:
        """The key of a frame, if it has one; on the plate's data window.

        Args:
            frame: number.
            plate: its header.
            factor: of the coarse stage's frame.
            whole: all of it is held back; else some cells are.

        Raises:
            InputError: whatever is wrong with a file.
        """
        if self.keys is None or frame not in self.keys.frames:
            return None
        nonfinite = self._request.options.nonfinite
        source = self.keys.read(frame)
        pixels = finite(matte(source), source, "key", nonfinite, [])
        alpha, covered = fit_to_plate(pixels, source, plate, f"key of frame {frame}")
        weight = np.asarray(covered, np.float32)
        if self._mask is not None:
            drawn = self._mask.read(frame)
            pixels = finite(matte(drawn), drawn, "key mask", nonfinite, [])
            mask, inside = fit_to_plate(pixels, drawn, plate, f"key mask of frame {frame}")
            weight = weight * (mask * inside > 0.5)
        cpu = torch.device("cpu")
        planes = [to_tensor(np.asarray(each, np.float32), cpu) for each in (alpha, weight)]
        held = torch.ones_like(planes[0])
        if not whole:
            held = held_cells(planes[0], _CELL * factor, self._request.options.seed, frame)
        return Key(planes[0], planes[1], held)

    def digests(self, frames: Collection[int]) -> dict[str, str]:
        """SHA-256 of the files that these frames are made from, by role: for the lineage."""
        found = {}
        for role, sequence in self.shot.sequences.items():
            found[role] = _digest({sequence.path(frame) for frame in frames})
        if self.keys is not None:
            found["keys"] = _digest({self.keys.path(frame) for frame in self.keys.frames})
        return found


def held_cells(like: Tensor, side: int, seed: int, frame: int) -> Tensor:
    """1 in cells of a key that are never taught, 0 elsewhere; (1, 1, H, W), like `like`."""
    height, width = like.shape[-2:]
    rows, columns = -(-height // side), -(-width // side)
    random = np.random.default_rng([seed, frame % 2**32, _TURN_OF_CELLS])
    cells = (random.random((rows, columns)) < _HELD_CELLS).astype(np.float32)
    large = np.kron(cells, np.ones((side, side), np.float32))[:height, :width]
    return torch.from_numpy(np.ascontiguousarray(large))[None, None]


class FrameStore:
    """The prepared frames of a tune, made where they are not there yet."""

    def __init__(
        self, inputs: TuneInputs, request: TuneRequest, teacher: MattingNetwork, base: str
    ) -> None:
        """Takes where they come from.

        Args:
            inputs: the sequences.
            request: names the folder; settings that change a frame throw away what is there.
            teacher: the starting weights, on the device where frames are prepared.
            base: digest of those.
        """
        self._inputs, self._request, self._teacher = inputs, request, teacher
        self.folder = request.folder / FRAMES
        self._device = next(teacher.parameters()).device
        self._signature = _signature(request, base)

    def open(self) -> None:
        """Makes the folder; frames of other settings in it are removed.

        Raises:
            OutputError: it cannot be written.
        """
        note = self.folder / "made-for.json"
        try:
            if not note.is_file() or note.read_text("utf-8") != self._signature:
                shutil.rmtree(self.folder, ignore_errors=True)
                self.folder.mkdir(parents=True)
                note.write_text(self._signature, "utf-8")
        except OSError as error:
            raise OutputError(
                f"{self.folder} cannot be written ({error.strerror or error}); check its "
                "permissions and its disk, or name another output."
            ) from error

    def path(self, frame: int, move: int = 0) -> Path:
        """The file of a frame, or of one that is made of it."""
        moved = f"-moved-{move}" if move else ""
        return self.folder / f"frame-{frame}{moved}.safetensors"

    def make(
        self,
        frame: int,
        *,
        whole_key: bool,
        moves: int,
        should_stop: Callable[[], bool],
        warn: Callable[[Warned], None],
    ) -> list[StoredFrame]:
        """A frame, and those that are made of it by moving the subject.

        Raises:
            InputError: whatever is wrong with a file.
            Cancelled: should_stop said so.
        """
        wanted = [self.path(frame, move) for move in range(moves + 1)]
        if all(path.is_file() for path in wanted):
            return [StoredFrame(path) for path in wanted]
        prepared, header, warnings = self._inputs.prepare(frame, self._device, should_stop)
        for warned in warnings:
            warn(warned)
        anchor = ask_teacher(self._teacher, prepared, should_stop=should_stop)
        key = self._inputs.key(frame, header, prepared.factor, whole=whole_key)
        full = replace(prepared, anchor=anchor).to(torch.device("cpu"))
        full = replace(full, key=key)
        motion_factor = max(1, prepared.factor // 2)
        motion = self._motion(frame, full, motion_factor)
        stored = [store_frame(wanted[0], full, motion=motion, motion_factor=motion_factor)]
        for move, path in enumerate(wanted[1:], 1):
            go_on(should_stop)
            if full.anchor is None:
                break
            random = np.random.default_rng(
                [self._request.options.seed, frame % 2**32, move, _TURN_OF_MOVES]
            )
            stored.append(store_frame(path, moved_frame(full, full.anchor, random)))
        return stored

    def _motion(self, frame: int, full: PreparedFrame, factor: int) -> Motion | None:
        if not self._inputs.has_next(frame):
            return None
        read = self._inputs.shot.read(frame + 1).plate.pixels
        after = to_tensor(read, torch.device("cpu")) * full.gain
        if after.shape != full.cues.plate.shape:
            return None
        return find_motion(full.cues.plate, after, full.cues.exposure, factor)


def _signature(request: TuneRequest, base: str) -> str:
    options = request.options
    values: Mapping[str, Any] = {
        "plate": request.plate,
        "clean_plate": request.clean_plate,
        "keys": request.keys,
        "key_mask": request.key_mask,
        "base": base,
        **{
            name: options.to_json()[name]
            for name in ("colorspace", "align", "match_exposure", "nonfinite", "seed", "moved")
        },
    }
    return json.dumps(values, sort_keys=True)


def _digest(paths: Collection[str]) -> str:
    total = hashlib.sha256()
    for path in sorted(paths):
        total.update(hashlib.sha256(Path(path).read_bytes()).digest())
    return total.hexdigest()
