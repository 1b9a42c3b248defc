"""Where a moving camera looked in every frame, as homographies along a chain of key views."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from platekey.core.errors import CannotBuild
from platekey.core.plate.registration import Matrix

from .footage import Footage
from .lens import Lens
from .views import Match, View, find_lens, fit, match_pictures, match_views, view_of

_STEP = 0.06  # of the width; further from the last key view, a frame becomes one


@dataclass(frozen=True)
class CameraPath:
    """The frames of one pass.

    Attributes:
        frames: those that hang together, in order.
        lost: those that do not.
        lens: at view size.
        factor: by which frames are larger than views.
        keys: the key views, by frame.
        to_first: frame to homography from its straight positions to those of the first frame.
    """

    frames: tuple[int, ...]
    lost: tuple[int, ...]
    lens: Lens
    factor: int
    keys: dict[int, View]
    to_first: dict[int, Matrix]

    def between(self, source: int, target: int) -> Matrix:
        """Homography from straight positions of one frame to those of another, at view size."""
        return np.asarray(np.linalg.inv(self.to_first[target]) @ self.to_first[source])

    def locate(self, view: View, near: int | None) -> tuple[int, Matrix, int] | None:
        """Finds another camera's view among the key views.

        Args:
            view: to be found.
            near: a key frame to begin at, that the frame before was found at, or None.

        Returns:
            The best key frame, the homography from its straight positions to the view's, and the
            number of matches; None if no key view shows the same.
        """
        order = sorted(self.keys, key=lambda key: abs(key - (near if near is not None else key)))
        best: tuple[int, Matrix, int] | None = None
        for tried, key in enumerate(order):
            match = match_views(view, self.keys[key])
            found = fit(match, self.lens) if match is not None else None
            if match is not None and found is not None and len(match.here) > (best or (0, 0, 0))[2]:
                best = key, found[0], len(match.here)
            if near is not None and best is not None and tried >= 4:
                break
        return best


def find_path(footage: Footage, part: tuple[float, float]) -> CameraPath:
    """Follows a camera through its frames.

    Raises:
        CannotBuild: fewer than half of the frames hang together.
        Cancelled: the footage's should_stop said so.
    """
    links: list[tuple[int, int, Match]] = []  # frame, the key frame that it was found from
    keys: dict[int, View] = {}
    lost = []
    size = (0, 0)
    factor = 1
    last = footage.frames[0]
    for frame, seen in footage.each("following the camera in", part=part):
        view = view_of(seen)
        if not keys:
            keys[frame] = view
            size, factor = (view.width, view.height), view.factor
            continue
        match = match_views(keys[last], view) or match_pictures(keys[last], view)
        if match is None or (view.width, view.height) != size:
            lost.append(frame)
            continue
        links.append((frame, last, match))
        shift = float(np.median(np.hypot(*(match.here - match.there).T)))
        if shift > _STEP * view.width:
            keys[frame] = view
            last = frame
    if 2 * (len(links) + 1) < len(footage.frames):
        raise CannotBuild(
            f"the camera can be followed through {len(links) + 1} of {len(footage.frames)} frames "
            "only; use a pass with more detail in view, less motion blur or smaller steps."
        )
    wide = [match for frame, _, match in links if frame in keys]
    lens = find_lens(wide, *size)
    to_first: dict[int, Matrix] = {footage.frames[0]: np.eye(3)}
    for frame, key, match in links:
        found = fit(match, lens)
        if found is None or key not in to_first:
            lost.append(frame)
            keys.pop(frame, None)
            continue
        to_first[frame] = to_first[key] @ found[0]
        to_first[frame] = to_first[frame] / to_first[frame][2, 2]
    frames = tuple(sorted(to_first))
    return CameraPath(frames, tuple(sorted(lost)), lens, factor, keys, to_first)
