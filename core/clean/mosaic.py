"""Clean plates for a camera that moves: other frames of the place, laid into each plate frame.

The mosaic is never painted as one picture. Its frames are kept with the homographies between them,
and those that show what a plate frame needs go into its view by one interpolation each.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from platekey.core.errors import CannotBuild
from platekey.core.plate.encoding import decode, encode
from platekey.core.plate.registration import Matrix, corner_shift, scaled

from .build import CleanPlate, Gathered, finish
from .camera_path import CameraPath
from .follow import follow_plate, sample
from .footage import Footage, Seen, spread
from .lens import Lens
from .merge import Merge
from .options import CleanOptions
from .over_time import Stack, median_over_time
from .recurring import find_recurring
from .steady import Placement, Reference
from .views import View, view_of

_BYTES = 1 << 30  # that laid frames may take
_NEAREST, _FURTHER = 5, 4  # frames of a pass without the subject that are laid into a plate frame
_RECURRING = 15  # frames of the shot itself, for what comes back to be told from what passes
_LEAST_OVERLAP = 0.15  # of the plate frame
_KEPT = 12  # decoded frames


class Mosaic:
    """Footage of a moving camera from which clean plates of other views are made.

    Args:
        footage: the frames.
        path: of their camera.
        options: match_exposure and refine are looked at.
        recurring: the subject is in the footage, so only what comes back is background.
    """

    def __init__(
        self, footage: Footage, path: CameraPath, options: CleanOptions, *, recurring: bool
    ) -> None:
        self._footage, self._path, self._options = footage, path, options
        self._recurring = recurring
        self._near: int | None = None
        self._frames: OrderedDict[int, Seen] = OrderedDict()

    def locate(self, number: int, view: View) -> dict[int, Matrix]:
        """Finds the footage's frames in a plate's view.

        Args:
            number: of the plate frame, for messages.
            view: of the plate frame; frames are best asked for in order.

        Returns:
            Frame to homography from its straight positions to those of the view, at view size.

        Raises:
            CannotBuild: the footage does not show what the plate frame shows.
        """
        found = self._path.locate(view, self._near)
        if found is None and self._near is not None:
            found = self._path.locate(view, None)
        if found is None:
            raise CannotBuild(
                f"plate frame {number} shows nothing that the footage shows too; use footage of "
                "the same place from the same spot."
            )
        self._near, to_view, _ = found
        return {
            frame: to_view @ self._path.between(frame, self._near) for frame in self._path.frames
        }

    def distances(self, matrices: dict[int, Matrix]) -> list[float]:
        """How far each frame of the path is from a view, pixels at view size."""
        lens = self._path.lens
        return [
            corner_shift(matrices[frame], lens.width, lens.height) for frame in self._path.frames
        ]

    def clean_plate(
        self, number: int, plate: Seen, *, only: tuple[int, ...] | None = None
    ) -> CleanPlate:
        """Makes the clean plate of a plate frame.

        Args:
            number: of the frame, for messages.
            plate: the frame.
            only: frames of the footage to take, those of a re-take at the same time.

        Raises:
            CannotBuild: the footage does not show what the plate frame shows.
            Cancelled: the footage's should_stop said so.
        """
        matrices = self.locate(number, view_of(plate))
        chosen = only or self._choose(matrices, plate)
        if not chosen:
            raise CannotBuild(
                f"plate frame {number} overlaps too little with the footage; shoot a pass that "
                "covers all of the view."
            )
        reference = Reference(plate, align=False, expose=self._options.match_exposure)
        lens = Lens(self._path.lens.k, reference.width, reference.height)
        laid: dict[int, tuple[Seen, Placement]] = {}
        for frame in chosen:
            seen = self._read(frame)
            matrix = scaled(matrices[frame], self._path.factor)
            # in stops: in light, a lamp far above 1 gets a dark ring from cubic interpolation
            stops, inside = lens.warp(
                encode(seen.pixels), matrix, reference.height, reference.width
            )
            pixels = decode(stops)
            shown, _ = lens.warp(seen.visible, matrix, reference.height, reference.width)
            there = Seen(pixels, (shown > 0.999) * inside)
            placement = reference.place(there)
            laid[frame] = Seen(pixels * placement.gains, there.visible), placement
        return self._merged(plate, reference, laid)

    def _merged(
        self, plate: Seen, reference: Reference, laid: dict[int, tuple[Seen, Placement]]
    ) -> CleanPlate:
        small = [reference.reduced(seen) for seen, _ in laid.values()]
        noise = next(iter(laid.values()))[1].noise.scaled(1.5 / reference.factor**2)
        stack = Stack(
            torch.cat([pixels for pixels, _ in small]),
            torch.cat([visible for _, visible in small]),
            noise,
        )
        if self._recurring:
            centre = find_recurring(stack, self._footage.should_stop)
        else:
            centre = median_over_time(stack)
        merge = Merge(centre, reference.factor, reference.height, reference.width)
        for seen, placement in laid.values():
            merge.add(seen, placement.noise, brighter=float(placement.gains.min()) < 0.98)
        placements = {frame: placement for frame, (_, placement) in laid.items()}
        gathered = Gathered(reference, placements, stack, ())
        clean = finish(gathered, centre, merge.result(), "mosaic")
        more: dict[str, Any] = {
            "frames_used": sorted(laid),
            "lens_distortion": self._path.lens.k,
            "flow_leaves": 1.0,
        }
        if self._options.refine:
            clean, more["flow_leaves"] = _followed(plate, clean)
        return replace(clean, report={**clean.report, **more})

    def _choose(self, matrices: dict[int, Matrix], plate: Seen) -> tuple[int, ...]:
        """Frames that overlap with the view: the nearest, and some from further away."""
        lens = self._path.lens
        overlapping = [
            frame
            for frame in self._path.frames
            if _overlap(matrices[frame], lens.width, lens.height) > _LEAST_OVERLAP
        ]
        room = max(3, int(_BYTES // (16 * plate.pixels[0, 0].numel())))
        if self._recurring:
            return spread(tuple(overlapping), min(_RECURRING, room))
        order = sorted(
            overlapping, key=lambda f: corner_shift(matrices[f], lens.width, lens.height)
        )
        nearest = min(_NEAREST, room)
        further = spread(tuple(order[nearest:]), max(0, min(_FURTHER, room - nearest)))
        return tuple(sorted({*order[:nearest], *further}))

    def _read(self, frame: int) -> Seen:
        found = self._frames.pop(frame, None) or self._footage.read(frame)
        self._frames[frame] = found
        while len(self._frames) > _KEPT:
            self._frames.popitem(last=False)
        return found


def _followed(plate: Seen, clean: CleanPlate) -> tuple[CleanPlate, float]:
    """The clean plate moved by what the plate's background says, and the misfit that it leaves."""
    flow, left = follow_plate(plate.pixels, clean.pixels, clean.valid * plate.visible)
    if left == 1.0:
        return clean, left
    valid = (sample(clean.valid, flow) > 0.99).to(clean.valid.dtype)
    moved = replace(
        clean,
        pixels=decode(sample(encode(clean.pixels), flow)),
        valid=valid,
        deviation=sample(clean.deviation, flow).clamp_min(0),
    )
    return moved, left


def _overlap(matrix: Matrix, width: int, height: int) -> float:
    """Share of the view that a frame covers."""
    columns, rows = np.meshgrid(np.linspace(0, width - 1, 12), np.linspace(0, height - 1, 8))
    points = np.stack([columns.ravel(), rows.ravel(), np.ones(columns.size)])
    if abs(np.linalg.det(matrix)) < 1e-9:
        return 0.0
    source = np.linalg.inv(matrix) @ points
    inside = source[2] > 1e-6
    x, y = source[:2] / np.where(inside, source[2], 1)
    inside &= (x >= 0) & (x <= width - 1) & (y >= 0) & (y <= height - 1)
    return float(inside.mean())
