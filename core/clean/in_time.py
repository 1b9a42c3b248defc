"""A camera move that was made again, aligned in time to the shot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from platekey.core.errors import CannotBuild

_FASTEST = 3  # frames of the re-take within one of the plate
_UNEVEN = 0.6  # pixels at view size that a step other than one frame costs
_CAP = 0.12  # of the width: further is another place, however far
_SAME_MOVE = 0.05  # of the width, median distance of a move that is the same


@dataclass(frozen=True)
class InTime:
    """Which frame of the re-take shows what a plate frame shows.

    Attributes:
        frames: plate frame to frame of the re-take.
        offset: frames that the re-take runs behind, median.
        distance: pixels at view size that the two cameras are apart, median.
    """

    frames: Mapping[int, int]
    offset: float
    distance: float


def align_in_time(
    plate_frames: tuple[int, ...],
    retake_frames: tuple[int, ...],
    distances: NDArray[np.float64],
    width: int,
) -> InTime:
    """Finds the path through time on which the two cameras stay closest, never going back.

    Args:
        plate_frames: numbers, in order.
        retake_frames: numbers, in order.
        distances: (plate frames, re-take frames), pixels at view size; inf where they share
            nothing.
        width: of the views.

    Raises:
        CannotBuild: the cameras are not where they were, so it is no re-take of this move.

    Source: dynamic time warping, Sakoe & Chiba 1978 (docs/references.md#sakoe1978).
    """
    cost = np.minimum(distances, _CAP * width)
    count = cost.shape[1]
    total = cost[0].copy()
    came_from = np.zeros(cost.shape, np.int64)
    for row in range(1, len(cost)):
        options = np.full((_FASTEST + 1, count), np.inf)
        for step in range(min(_FASTEST, count - 1) + 1):
            options[step, step:] = total[: count - step] + _UNEVEN * abs(step - 1)
        came_from[row] = options.argmin(0)
        total = options.min(0) + cost[row]
    place = int(total.argmin())
    places = [place]
    for row in range(len(cost) - 1, 0, -1):
        place -= int(came_from[row, place])
        places.append(place)
    places.reverse()
    apart = float(np.median(cost[np.arange(len(cost)), places]))
    if apart > _SAME_MOVE * width:
        raise CannotBuild(
            f"the other footage is no re-take of this move: the cameras are {apart:.0f} pixels of "
            f"a {width} pixel wide picture apart; set mode to mosaic, or name the right footage."
        )
    frames = {
        plate: retake_frames[place] for plate, place in zip(plate_frames, places, strict=True)
    }
    offset = float(np.median([retake - plate for plate, retake in frames.items()]))
    return InTime(frames, offset, apart)
