"""A tune's contact sheet as a picture of Blender's, in the image editor. stdlib and bpy."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import bpy

from platekey.plugin.tune_folder import ENDING


class ContactSheet:
    """The picture of one tune; it grows while the tune runs."""

    def __init__(self) -> None:
        self._state = (0, 0)

    def show(self, path: str) -> None:
        """Loads the file, or again if it has grown; into an image editor that shows nothing."""
        try:
            found = os.stat(path)
        except OSError:  # being exchanged for the next one
            return
        if (found.st_mtime_ns, found.st_size) == self._state:
            return
        self._state = (found.st_mtime_ns, found.st_size)
        image = load(path)
        image.reload()
        for space in _editors():
            if space.image is None:
                space.image = image


def path_of(weights: str) -> str:
    """The sheet of the tune that writes these weights."""
    return f"{weights[: -len(ENDING)]}.tune/sheet.png"


def load(path: str) -> Any:
    """The picture, the same one for the same file."""
    image = bpy.data.images.load(path, check_existing=True)
    image.colorspace_settings.name = "sRGB"
    return image


def put_up(path: str) -> bool:
    """Shows it in the first image editor; False if none is open."""
    image = load(path)
    image.reload()
    for space in _editors():
        space.image = image
        return True
    return False


def _editors() -> Iterator[Any]:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.type == "IMAGE_EDITOR":
                yield area.spaces.active
