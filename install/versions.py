"""A version of an installation: built beside the old one, checked, and only then switched to."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import blender, inventory, nuke, wheels
from .environment import SetupError, make_environment, python_of, scrubbed
from .layout import Layout
from .manifest import Manifest

ROOM = {"cpu": 2048, "cuda": 9216, "index": 2048}  # MiB that an environment may need
_MIB = 1 << 20
_ONLY_A_DEVICE = 6  # what the doctor ends with if nothing else fails


@dataclass(frozen=True)
class Plan:
    """What a version is made of.

    Attributes:
        source: a clone of platekey; it is only read.
        torch: see wheels.fill.
        hosts: "nuke", "blender".
        wheels: a folder of them, or None for pip's index.
    """

    source: Path
    torch: str
    hosts: Sequence[str]
    wheels: Path | None = None


def build(layout: Layout, manifest: Manifest, plan: Plan) -> None:
    """Builds a version, has the doctor check it, and switches to it.

    The version before stays, for what still runs in it; the one before that is removed. If
    anything fails, all is as it was.

    Raises:
        SetupError: a step failed.
        OSError: the folder cannot be written.
    """
    version = wheels.version_of(plan.source)
    _need_room(layout.root, plan.torch)
    name = _new_name(layout, version)
    manifest.building = name
    manifest.write(layout)
    folder = layout.versions / name
    try:
        environment = folder / "environment"
        folder.mkdir(parents=True)
        make_environment(environment)
        wheels.fill(environment, plan.source, plan.torch, plan.wheels)
        if "nuke" in plan.hosts:
            nuke.lay_out(folder)
        if "blender" in plan.hosts:
            extension = folder / "blender" / layout.extension.name
            blender.pack(python_of(environment), extension, layout.python)
        check(python_of(environment), plan.torch)
        inventory.write(folder)
        layout.switch(name)
    except BaseException:
        if layout.linked() != name:
            _forget(layout, manifest)
        raise
    manifest.version, manifest.torch, manifest.hosts = version, plan.torch, list(plan.hosts)
    _take_over(layout, manifest)


def recover(layout: Layout, manifest: Manifest) -> None:
    """Finishes or undoes what an installer began that was killed.

    Raises:
        SetupError, OSError: something cannot be removed.
    """
    if manifest.building:
        if layout.linked() == manifest.building:
            manifest.version = manifest.building.rpartition("-")[0]
            _take_over(layout, manifest)
        else:
            _forget(layout, manifest)


def drop(layout: Layout, name: str, *, keep_changed: bool) -> list[Path]:
    """Removes a version but for what is not ours; returns that.

    Raises:
        SetupError, OSError: something cannot be removed.
    """
    folder = layout.versions / name
    if not folder.is_dir():
        return []
    return inventory.remove(folder, keep_changed=keep_changed)


def check(python: Path, torch: str) -> None:
    """Has the doctor of an environment look at it.

    Raises:
        SetupError: it does not work, or its torch is not the one that was asked for.
    """
    print("checking it with platekey doctor", flush=True)
    with tempfile.TemporaryDirectory(prefix="platekey-install-") as logs:
        environ = {**scrubbed(os.environ), "PLATEKEY_LOG_DIR": logs}
        command = [str(python), "-I", "-m", "platekey.plugin.shell", "doctor", "--json"]
        run = subprocess.run(
            command, env=environ, capture_output=True, encoding="utf-8", check=False
        )
    findings = _findings(run.stdout)
    failed = [item for item in findings if item.get("verdict") == "fail"]
    said = "; ".join(f"{item['subject']}: {item['text']} ({item['remedy']})" for item in failed)
    if run.returncode == _ONLY_A_DEVICE:
        print(f"  note: {said}", flush=True)
    elif run.returncode or not findings:
        last = (run.stderr.strip().splitlines() or ["it says nothing"])[-1]
        raise SetupError(f"the new environment does not work: {said or last}", 1)
    versions = [item["text"] for item in findings if item.get("subject") == "torch"]
    if torch == "cuda" and any(text.endswith("+cpu") for text in versions):
        raise SetupError(
            f"a torch with CUDA was asked for, and torch {versions[0]} was found; look at pip's "
            "index or at the folder of wheels, or take --torch cpu.",
            3,
        )


def _findings(text: str) -> list[dict[str, Any]]:
    found = []
    for line in text.splitlines():
        try:
            item = json.loads(line)
        except ValueError:  # a library printed something
            continue
        if isinstance(item, dict) and item.get("type") == "finding":
            found.append(item)
    return found


def _take_over(layout: Layout, manifest: Manifest) -> None:
    """Writes down that the version that was built is the current one; removes the oldest."""
    if manifest.previous:  # first: whoever is killed here begins again with this
        try:
            for path in drop(layout, manifest.previous, keep_changed=False):
                print(f"  not written by platekey, stays: {path}", flush=True)
        except SetupError as error:
            print(f"  note: {error}", flush=True)
    manifest.previous, manifest.current = manifest.current, manifest.building
    manifest.building = ""
    manifest.write(layout)


def _forget(layout: Layout, manifest: Manifest) -> None:
    """Removes a version that is not whole; nobody but the installer has seen it."""
    folder = layout.versions / manifest.building
    if folder.is_dir():
        shutil.rmtree(folder)
    manifest.building = ""
    manifest.write(layout)


def _new_name(layout: Layout, version: str) -> str:
    number = 1
    while (layout.versions / f"{version}-{number}").exists():
        number += 1
    return f"{version}-{number}"


def _need_room(root: Path, torch: str) -> None:
    free = shutil.disk_usage(root).free // _MIB
    if free < ROOM[torch]:
        raise SetupError(
            f"{root} has {free} MiB free, an environment with torch for {torch} may need "
            f"{ROOM[torch]}; make room, or name another folder with --to.",
            3,
        )
