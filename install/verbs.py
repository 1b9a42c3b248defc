"""From words on a command line to what is done, and what is told about it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from . import blender, lifecycle, nuke, wheels
from .environment import SetupError, make_environment
from .layout import Layout, make_folders, usual_folder
from .lifecycle import Consent
from .manifest import Manifest, read
from .versions import Plan

_HOSTS = ("nuke", "blender")
_SOME_FAILED = 4


def run(args: argparse.Namespace, source: Path) -> int:
    """Runs a verb on the installation that the words name; returns the exit code.

    Raises:
        SetupError: it cannot be done.
    """
    if (args.folder is None) == (args.verb == "wheels"):
        raise SetupError(
            "wheels needs a folder, as in install.py wheels FOLDER, and nothing else does.", 2
        )
    if args.central:
        os.umask(0o022)  # everybody may read it
    if args.verb == "wheels":
        return _wheels(Path(args.folder).expanduser().absolute(), args, source)
    folder = Path(args.to).expanduser() if args.to else usual_folder(central=args.central)
    layout = Layout(Path(os.path.abspath(folder)))
    if args.verb == "uninstall":
        return _uninstall(layout)
    plan = Plan(source, args.torch, _hosts(args), _existing(args.wheels))
    start = time.monotonic()
    if args.verb == "install":
        torch = args.torch or _suitable_torch()
        print(f"installing platekey into {layout.root}, with torch for {torch}", flush=True)
        plan = Plan(source, torch, plan.hosts or _HOSTS, plan.wheels)
        lifecycle.install(layout, plan, central=args.central)
    elif args.verb == "upgrade":
        lifecycle.upgrade(layout, plan)
    else:
        for sentence in lifecycle.repair(layout, plan):
            print(f"  {sentence}", flush=True)
    known = read(layout)
    failed = lifecycle.write_for_hosts(layout, _consent(args, known))
    print(f"platekey {known.version} is in {layout.root}, {time.monotonic() - start:.0f} s")
    _tell_what_to_set(layout, read(layout))
    for sentence in failed:
        print(f"install.py: warning: {sentence}", file=sys.stderr)
    return _SOME_FAILED if failed else 0


def _uninstall(layout: Layout) -> int:
    for sentence in lifecycle.uninstall(layout):
        print(f"stays: {sentence}")
    print(f"platekey is removed from {layout.root}")
    return 0


def _wheels(folder: Path, args: argparse.Namespace, source: Path) -> int:
    wheels.version_of(source)
    make_folders(folder)
    with tempfile.TemporaryDirectory(prefix="platekey-install-") as name:
        environment = Path(name) / "environment"
        make_environment(environment)
        wheels.collect(environment, source, args.torch or _suitable_torch(), folder)
    size = sum(path.stat().st_size for path in folder.iterdir()) >> 20
    print(f"{folder} has {size} MiB of wheels; install with --wheels {folder}")
    return 0


def _hosts(args: argparse.Namespace) -> Sequence[str]:
    if "none" in args.host and len(set(args.host)) > 1:
        raise SetupError("--host none stands alone; leave it out, or the others.", 2)
    if args.blender and args.host and "blender" not in args.host:
        raise SetupError("--blender needs --host blender.", 2)
    if args.nuke_init and (args.central or (args.host and "nuke" not in args.host)):
        raise SetupError("--nuke-init is for one user, and needs --host nuke.", 2)
    return tuple(host for host in (*_HOSTS, "none") if host in args.host)


def _existing(folder: str | None) -> Path | None:
    if folder is None:
        return None
    path = Path(folder).expanduser().absolute()
    if not path.is_dir():
        raise SetupError(f"there is no folder {path} of wheels; make it with wheels FOLDER.", 3)
    return path


def _suitable_torch() -> str:
    has_driver = sys.platform == "linux" and shutil.which("nvidia-smi")
    return "cuda" if has_driver else "cpu"


def _consent(args: argparse.Namespace, known: Manifest) -> Consent:
    """What the user agrees to: by a word on the command line, or asked in a terminal."""
    nuke_init, program = args.nuke_init, args.blender or ""
    for asked, host in ((nuke_init, "nuke"), (program, "blender")):
        if asked and host not in known.hosts:
            raise SetupError(f"it was installed without {host}; upgrade it with --host {host}.", 2)
    if args.verb == "install" and not known.central and sys.stdin.isatty() and sys.stdout.isatty():
        init, found = nuke.user_init(), blender.find()
        if "nuke" in known.hosts and not nuke_init and not nuke.has_block(init):
            nuke_init = _agrees(f"Nuke: add four lines to {init}?")
        if "blender" in known.hosts and not program and found:
            program = found if _agrees(f"Blender: have {found} install the extension?") else ""
    return Consent(nuke_init, program)


def _agrees(question: str) -> bool:
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False


def _tell_what_to_set(layout: Layout, known: Manifest) -> None:
    print(f"command    {layout.command}")
    if "nuke" in known.hosts:
        where = known.nuke_init.get("path", "")
        print(f"Nuke       {f'by {where}' if where else f'put on NUKE_PATH: {layout.nuke}'}")
    if "blender" in known.hosts:
        print(f"Blender    {', '.join(known.blenders) or f'install from disk: {layout.extension}'}")
