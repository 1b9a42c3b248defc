"""Install, upgrade, repair, uninstall: what each does to an installation."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from . import blender, inventory, manifest, nuke, versions, wheels
from .environment import SetupError, python_of, scrubbed
from .layout import Layout, alone, make_folders, remove_empty
from .manifest import Manifest
from .versions import Plan

_LOGS = ("shell-*.log*", "worker-*.log*")
_LOG_FOLDER = "from platekey.core.worker.log import log_folder; print(ascii(str(log_folder())))"
_HOST_SIDE = ("nuke/", "blender/")  # made anew without pip


@dataclass(frozen=True)
class Consent:
    """What the user has agreed to be written outside of the installation.

    Attributes:
        nuke_init: a block in ~/.nuke/init.py.
        blender: the program that shall install the extension, "" for none.
    """

    nuke_init: bool = False
    blender: str = ""


def install(layout: Layout, plan: Plan, *, central: bool) -> None:
    """Installs into a folder that is new or empty.

    Raises:
        SetupError: the folder holds something else, or a step failed. Nothing is left then.
    """
    known = Manifest(central=central, made=make_folders(layout.root))
    with _told(layout), alone(layout.root):
        if layout.manifest.exists():
            known = manifest.read(layout)
            versions.recover(layout, known)
            if known.current:
                raise SetupError(
                    f"{layout.root} holds platekey {known.version}; upgrade or repair it.", 2
                )
            known.central = central
        elif any(layout.root.iterdir()):
            raise SetupError(f"{layout.root} holds other files; name a new folder with --to.", 3)
        try:
            versions.build(layout, known, plan)
        except BaseException:
            _remove_rest(layout, known)
            raise
        if not central:
            folder = _log_folder(python_of(layout.versions / known.current / "environment"))
            known.made += make_folders(folder) if folder else []
        known.write(layout)


def upgrade(layout: Layout, plan: Plan) -> None:
    """Builds a version beside the one that is used and switches to it if it is well.

    Args:
        layout: of an installation.
        plan: an empty `torch`, or no `hosts`, are those of before.

    Raises:
        SetupError: a step failed; all is as it was.
    """
    known = manifest.read(layout)
    with _told(layout), alone(layout.root):
        versions.recover(layout, known)
        versions.build(layout, known, _as_before(known, plan))


def repair(layout: Layout, plan: Plan) -> list[str]:
    """Compares every file with its hash and restores what is not as it was.

    Args:
        layout: of an installation.
        plan: see upgrade.

    Returns:
        A sentence about everything that was done, or has to be done by hand.

    Raises:
        SetupError: it cannot be restored; or all files are well, and it does not work.
    """
    known = manifest.read(layout)
    with _told(layout), alone(layout.root):
        versions.recover(layout, known)
        if not known.current:
            raise SetupError(f"{layout.root} was never installed to its end; install again.", 3)
        said = []
        if layout.linked() != known.current:
            layout.switch(known.current)
            said.append(f"restored the link {layout.current}")
        folder = layout.versions / known.current
        found = inventory.compare(folder)
        said += [f"not written by platekey, left alone: {folder / name}" for name in found.added]
        damaged = [*found.missing, *found.changed]
        said += [f"{'missing' if n in found.missing else 'changed'}: {n}" for n in damaged[:8]]
        said += [f"and {len(damaged) - 8} more"] if len(damaged) > 8 else []
        plan = _as_before(known, plan)
        if damaged and all(name.startswith(_HOST_SIDE) for name in damaged):
            _lay_out_hosts_again(layout, known, damaged)
            said.append("restored the hosts' side")
        elif damaged:
            version = wheels.version_of(plan.source)
            if version != known.version:
                raise SetupError(
                    f"{folder} is damaged and of version {known.version}, this clone is "
                    f"{version}; repair with a clone of that version, or upgrade.",
                    3,
                )
            versions.build(layout, known, plan)
            kept = versions.drop(layout, known.previous, keep_changed=False)
            said += [f"not written by platekey, stays: {path}" for path in kept]
            known.previous = ""
            known.write(layout)
            said.append("built the environment anew")
        versions.check(layout.python, known.torch)
        if known.nuke_init and not nuke.has_block(Path(known.nuke_init["path"])):
            said.append(
                f"platekey's lines are gone from {known.nuke_init['path']}; --nuke-init writes "
                "them again"
            )
    return said or ["all files are as they were written"]


def uninstall(layout: Layout) -> list[str]:
    """Removes all that was written, and nothing else.

    Returns:
        A sentence about everything that stays.

    Raises:
        SetupError, OSError: something cannot be removed; call it again when it can.
    """
    known = manifest.read(layout)
    stays = []
    with _told(layout), alone(layout.root):
        versions.recover(layout, known)
        if known.nuke_init:
            stays += [nuke.remove_block(nuke.Block(**known.nuke_init))]
        for program in known.blenders:
            try:
                blender.remove(program)
            except SetupError as error:
                stays.append(f"Blender's extension: {error}")
        if known.current and not known.central:
            _remove_logs(layout)
        for name in known.names():
            kept = versions.drop(layout, name, keep_changed=True)
            stays += [f"edited, or not written by platekey: {path}" for path in kept]
        _remove_rest(layout, known)
    return [sentence for sentence in stays if sentence]


def write_for_hosts(layout: Layout, consent: Consent) -> list[str]:
    """Writes outside of the installation what the user has agreed to.

    Returns:
        A sentence about everything that could not be done.

    Raises:
        SetupError: the installation cannot be read.
        OSError: its manifest cannot be written.
    """
    failed = []
    with _told(layout), alone(layout.root):
        known = manifest.read(layout)
        if consent.nuke_init:
            try:
                block = nuke.add_block(nuke.user_init(), layout.nuke)
                if block is not None:
                    known.nuke_init = block.as_json()
                    known.write(layout)
            except SetupError as error:
                failed.append(str(error))
        new = [consent.blender] if consent.blender else []
        for program in dict.fromkeys([*known.blenders, *new]):  # those of before need the new one
            try:
                blender.install(program, layout.extension)
                known.blenders = list(dict.fromkeys([*known.blenders, program]))
                known.write(layout)
            except SetupError as error:
                failed.append(str(error))
    return failed


def _as_before(known: Manifest, plan: Plan) -> Plan:
    return replace(plan, torch=plan.torch or known.torch, hosts=plan.hosts or known.hosts)


def _lay_out_hosts_again(layout: Layout, known: Manifest, damaged: list[str]) -> None:
    folder = layout.versions / known.current
    if "nuke" in known.hosts:
        nuke.lay_out(folder)
    if "blender" in known.hosts:
        blender.pack(layout.python, folder / "blender" / layout.extension.name, layout.python)
    names = {*damaged, f"blender/{layout.extension.name}"}
    inventory.renew(folder, [name for name in names if (folder / name).exists()])


def _log_folder(python: Path) -> Path | None:
    """Where platekey's logs go; it knows that itself."""
    command = [str(python), "-I", "-c", _LOG_FOLDER]
    try:
        run = subprocess.run(
            command, env=scrubbed(os.environ), capture_output=True, text=True, check=False
        )
    except OSError:  # a damaged environment
        return None
    path = run.stdout.strip()[1:-1].encode("ascii").decode("unicode_escape")
    return Path(path) if run.returncode == 0 and path else None


def _remove_logs(layout: Layout) -> None:
    folder = _log_folder(layout.python)
    if folder is not None and folder.is_dir():
        for pattern in _LOGS:
            for path in folder.glob(pattern):
                path.unlink()


def _remove_rest(layout: Layout, known: Manifest) -> None:
    """Removes links, manifest, and the folders that were made, as far as they are empty."""
    layout.unlink()
    remove_empty([layout.versions])
    layout.manifest.unlink(missing_ok=True)
    remove_empty([Path(name) for name in reversed(known.made)])


@contextmanager
def _told(layout: Layout) -> Iterator[None]:
    """Makes one sentence of what the system refuses.

    Raises:
        SetupError: for an OSError.
    """
    try:
        yield
    except OSError as error:
        raise SetupError(
            f"the system refuses {error.filename or layout.root} ({error.strerror}); make room or "
            "ask for permission, then call this again.",
            3,
        ) from error
