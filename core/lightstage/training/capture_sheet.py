"""A contact sheet of captures: under all lamps, under single ones, and relit over backgrounds."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from torch import Tensor

from platekey.core.lightstage.light.environment import exposure_to_grey
from platekey.core.lightstage.light.virtual_camera import VirtualCamera, crop_panorama
from platekey.core.review.canvas import QUIET, Canvas
from platekey.core.review.view import Picture, matte_view, scaled, srgb_view

from .lighting import lamp_lights
from .stored import Plane, StoredCapture, shade

_SIDE = 200  # pixels of a tile
_GAP = 6
_TOP = 28  # for the titles
_LINE = 18  # for the name below each row
_TURN = 137.5  # degrees between the views of one panorama: no two rows see the same part


def capture_sheet(captures: Sequence[StoredCapture], panoramas: Sequence[Tensor]) -> Canvas:
    """Draws captures as rows.

    Args:
        captures: at least one; of a clip its first frame is shown.
        panoramas: (1, 3, H, 2H) scene-linear radiance, each a column of subjects relit before it.
    """
    titles = ["all lamps", "alpha", "left lamp", "upper lamp", "right lamp"]
    titles += ["relit, light and background of one panorama"] if panoramas else []
    columns = 5 + len(panoramas)
    row = _SIDE + _LINE + _GAP
    canvas = Canvas(_GAP + columns * (_SIDE + _GAP), _TOP + len(captures) * row + _GAP)
    for column, title in enumerate(titles):
        canvas.text(title, _GAP + column * (_SIDE + _GAP), 19)
    for number, capture in enumerate(captures):
        y = _TOP + number * row
        pictures = [*_stage_views(capture), *_relit_views(capture, panoramas, number * _TURN)]
        for column, picture in enumerate(pictures):
            canvas.place(scaled(picture, _SIDE, _SIDE), _GAP + column * (_SIDE + _GAP), y)
        canvas.text(_told(capture), _GAP, y + _SIDE + 13, size=11, colour=QUIET)
    return canvas


def _stage_views(capture: StoredCapture) -> list[Picture]:
    """All lamps, alpha, and the lamps furthest to the left, above and to the right."""
    lamps = len(capture.directions)
    single = (
        int(np.argmin(capture.directions[:, 0])),
        int(np.argmax(capture.directions[:, 1])),
        int(np.argmax(capture.directions[:, 0])),
    )
    views = [
        srgb_view(_lit(capture, np.ones((lamps, 3), np.float32))),
        matte_view(capture.alpha[0]),
    ]
    for lamp in single:
        light = np.zeros((lamps, 3), np.float32)
        light[lamp] = lamps / 2  # as bright as if half of them shone
        views.append(srgb_view(_lit(capture, light)))
    return views


def _relit_views(capture: StoredCapture, panoramas: Sequence[Tensor], turn: float) -> list[Picture]:
    height, width = capture.alpha.shape[1:]
    views = []
    for panorama in panoramas:
        camera = VirtualCamera(
            yaw=turn % 360.0, pitch=0.0, field_of_view=55.0, height=height, width=width
        )
        level = 2.0 ** float(exposure_to_grey(panorama, 0.3))
        behind = crop_panorama(panorama * level, camera)[0].permute(1, 2, 0).numpy()
        light = lamp_lights(panorama * level, capture.directions, camera)
        beside = 1.0 - capture.alpha[0][..., None]
        views.append(srgb_view(_lit(capture, light) + beside * behind))
    return views


def _lit(capture: StoredCapture, lights: Plane) -> Plane:
    """The premultiplied subject under lamps of these colours, (H, W, 3)."""
    height, width = capture.alpha.shape[1:]
    shading = shade(capture.shares[0], lights).transpose(1, 2, 0)
    large = cv2.resize(shading, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(capture.foreground[0] * large * capture.alpha[0][..., None], np.float32)


def _told(capture: StoredCapture) -> str:
    height, width = capture.alpha.shape[1:]
    words = [capture.name, f"{width} x {height}", f"{len(capture.directions)} lamps"]
    if capture.frames > 1:
        words.append(f"{capture.frames} frames")
    return ", ".join(words)
