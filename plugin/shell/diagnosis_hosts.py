"""What `platekey doctor` finds of hosts, of their way to platekey, and of the installation."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from platekey.install import inventory
from platekey.install import nuke as nuke_side
from platekey.install.environment import SetupError
from platekey.install.host_programs import programs
from platekey.plugin.client import WorkerClient, worker_command

from .diagnosis import Finding, Verdict

_PLUGIN = Path(__file__).parents[1]


def installed_files() -> Iterator[Finding]:
    """Whether what the installer wrote is still there; nothing in a developer's environment."""
    version = Path(sys.prefix).parent  # FOLDER/versions/0.1.0-1, or the link to it
    if not (version / inventory.FILE).is_file():
        return
    root = version.resolve().parents[1]
    remedy = f"in the clone, run python3 install/install.py repair --to {root}"
    try:
        wrong = inventory.glance(version)
    except SetupError as error:
        yield Finding("installation", Verdict.FAIL, str(error), remedy)
        return
    if wrong:
        text = f"{len(wrong)} files in {root} are gone or changed, as {wrong[0]}"
        yield Finding("installation", Verdict.FAIL, text, remedy)
    else:
        yield Finding("installation", Verdict.OK, f"{root}, no file is missing")


def worker() -> Iterator[Finding]:
    """Starts the worker as a host does, and shakes hands with it."""
    start = time.monotonic()
    with WorkerClient(worker_command(sys.executable)) as client:
        hello = client.hello
        took = time.monotonic() - start
    text = f"answers in {took:.1f} s, protocol version {hello.version}"
    yield Finding("worker", Verdict.OK, text)


def nuke() -> Iterator[Finding]:
    """Whether there is a Nuke, and whether it would find platekey."""
    folder = startup_folder()
    known = [path for path in os.environ.get("NUKE_PATH", "").split(os.pathsep) if path]
    ways = {os.path.realpath(folder), os.path.realpath(_PLUGIN / "nuke" / "startup")}
    found = programs("nuke")
    there = f"{found[-1]}, " if found else ""
    init = nuke_side.user_init()
    if any(os.path.realpath(path) in ways for path in known):
        yield Finding("nuke", Verdict.OK, f"{there}NUKE_PATH has {folder}")
    elif nuke_side.has_block(init):
        yield Finding("nuke", Verdict.OK, f"{there}{init} leads to platekey")
    elif found:
        remedy = f"add to NUKE_PATH: {folder}"
        yield Finding("nuke", Verdict.WARN, f"{there}it is not told of platekey", remedy)
    else:
        text = f"no Nuke in the usual places; for one elsewhere, add to NUKE_PATH: {folder}"
        yield Finding("nuke", Verdict.OK, text)


def blender() -> Iterator[Finding]:
    """Whether there is a Blender, and whether its user has the extension, with a worker."""
    found = programs("blender")
    there = f"{found[-1]}, " if found else ""
    extensions = sorted(_extensions())
    for extension in extensions:
        python = _worker_of(extension)
        text = f"{there}extension in {extension}"
        if python and not os.path.exists(python):
            remedy = "install the extension anew, or name the worker's Python in its preferences"
            yield Finding("blender", Verdict.WARN, f"{text}; its worker {python} is gone", remedy)
        else:
            yield Finding("blender", Verdict.OK, text)
    if found and not extensions:
        remedy = "install the extension from disk (docs/blender.md); Blender 4.2 or later"
        yield Finding("blender", Verdict.WARN, f"{there}it has no platekey", remedy)
    elif not extensions:
        yield Finding("blender", Verdict.OK, "no Blender in the usual places")


def startup_folder() -> Path:
    """The folder for NUKE_PATH: the installation's, which an upgrade does not change, or ours."""
    version = Path(sys.prefix).parent
    if not (version / "nuke" / "init.py").is_file():
        return _PLUGIN / "nuke" / "startup"
    stable = version.resolve().parents[1] / "current" / "nuke"
    return stable if stable.is_dir() else version / "nuke"


def _extensions() -> Iterator[Path]:
    """Platekey in the extensions of every Blender version of this user."""
    home = Path.home()
    if sys.platform == "darwin":
        settings = home / "Library" / "Application Support" / "Blender"
    elif sys.platform == "win32":
        settings = Path(os.environ.get("APPDATA", home)) / "Blender Foundation" / "Blender"
    else:
        settings = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config") / "blender"
    settings = Path(os.environ.get("BLENDER_USER_RESOURCES") or settings)
    yield from settings.glob("*/extensions/*/platekey")
    yield from settings.glob("extensions/*/platekey")
    yield from settings.glob("*/scripts/addons/platekey")


def _worker_of(extension: Path) -> str:
    try:
        text = (extension / "bundled" / "worker.json").read_text(encoding="utf-8")
        return str(json.loads(text)["python"])
    except (OSError, ValueError, KeyError, TypeError):  # it may be packed without one
        return ""
