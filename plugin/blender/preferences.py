"""The add-on's preferences: the worker's environment, the cache folder, the device, a doctor.

Standard library and bpy.
"""

from __future__ import annotations

import subprocess
from typing import Any

import bpy

from platekey.core.errors import PlatekeyError
from platekey.nodes.matte import MATTE
from platekey.plugin import preferences as shared

from . import resident

_registered: list[str] = []  # the name that Blender knows the add-on by


def use(name: str) -> None:
    """Remembers the add-on's name; "" forgets it."""
    _registered[:] = [name] if name else []


def python() -> str:
    """The worker's interpreter.

    Raises:
        WorkerNotFound: there is none.
    """
    return resident.worker_python(bpy.path.abspath(_read("python")))


def cache_folder() -> str:
    """Where results go: this add-on's setting, else that of all hosts, "" for the default."""
    return _read("cache_folder") or shared.load().cache_folder


def device() -> str:
    """Where nodes with device auto are solved: this add-on's setting, else that of all hosts."""
    chosen = _read("device")
    return shared.load().device if chosen in ("", "auto") else chosen


def doctor() -> tuple[bool, str]:
    """Whether the worker's environment is well, and what its doctor says."""
    try:
        command = [python(), "-I", "-m", "platekey.plugin.shell", "doctor"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    except (PlatekeyError, OSError, subprocess.TimeoutExpired) as error:
        return False, str(error)
    return done.returncode == 0, (done.stdout + done.stderr).strip()


def keep_report(report: str) -> None:
    """Shows what the doctor said in the preferences."""
    own = _own()
    if own is not None:
        own.report = report


def _read(name: str) -> str:
    return str(getattr(_own(), name, ""))


def _own() -> Any:
    found = bpy.context.preferences.addons.get(_registered[0]) if _registered else None
    return found.preferences if found is not None else None


def _device_items() -> dict[str, Any]:
    parameter = MATTE.parameter("device")
    return {"name": parameter.label, "description": parameter.tooltip}


class Preferences(bpy.types.AddonPreferences):  # type: ignore[misc]
    """Shown in Blender's preferences; bl_idname is set when the add-on is registered."""

    bl_idname = "platekey"
    __annotations__ = {
        "python": bpy.props.StringProperty(
            name="Worker's Python",
            description="Of platekey's environment. Empty finds it by itself",
            subtype="FILE_PATH",
        ),
        "cache_folder": bpy.props.StringProperty(
            name="Cache folder",
            description="Where results are kept. Empty: platekey_cache beside the blend file",
            subtype="DIR_PATH",
        ),
        "device": bpy.props.StringProperty(default="auto", **_device_items()),
        "report": bpy.props.StringProperty(options={"HIDDEN", "SKIP_SAVE"}),
    }

    def draw(self: Any, context: Any) -> None:
        """Puts them into the panel."""
        layout = self.layout
        for name in ("python", "cache_folder", "device"):
            layout.prop(self, name)
        try:
            layout.label(text=f"Worker: {python()}")
        except PlatekeyError as error:
            layout.label(text=str(error), icon="ERROR")
        layout.operator("platekey.doctor", icon="CHECKMARK")
        for line in self.report.splitlines():
            layout.label(text=line)
