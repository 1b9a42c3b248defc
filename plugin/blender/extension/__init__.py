"""What Blender loads: an extension (4.2 and later), or a legacy add-on."""

import os
import sys
import types
from typing import Any

bl_info = {
    "name": "platekey",
    "description": "Alpha and foreground from a plate and its clean plate, in linear light",
    "author": "platekey",
    "version": (0, 1, 0),
    "blender": (3, 4, 0),
    "location": "Compositor > Add > PlateKey",
    "doc_url": "",
    "category": "Compositing",
}


def register() -> None:
    """Enables the add-on."""
    _addon().register(__package__)


def unregister() -> None:
    """Disables it."""
    _addon().unregister()


def _addon() -> Any:
    """The add-on's code, by the name platekey, without a change to Blender's search path."""
    here = os.path.dirname(os.path.abspath(__file__))
    bundled = os.path.join(here, "bundled")
    root = bundled if os.path.isdir(bundled) else os.path.normpath(os.path.join(here, "../../.."))
    package: Any = sys.modules.setdefault("platekey", types.ModuleType("platekey"))
    if root not in getattr(package, "__path__", ()):  # a legacy add-on is that module itself
        package.__path__ = [*getattr(package, "__path__", ()), root]
    from platekey.plugin.blender import addon

    return addon
