"""The environment of a clone: a virtual environment of its own, with what was tested."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_STAMP = "platekey.json"  # in the environment: what it was built from
_LOG = "pip.log"
_SIGN_OF_LIFE = 10.0  # seconds between lines where there is no terminal
_ASTRAY = {
    *("VIRTUAL_ENV", "__PYVENV_LAUNCHER__"),
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_USER"),  # pip would install somewhere else
}
_NEWS = re.compile(
    r"^ *((?:Downloading|Collecting|Installing|Building|Preparing) .*)$", re.MULTILINE
)


@dataclass(frozen=True)
class Kind:
    """An environment of the clone: its folder, and the file with the versions that were tested."""

    folder: str
    constraints: str


WORKER = Kind(".venv", "constraints.txt")
BLENDER = Kind(".venv-blender", "constraints-blender.txt")  # bpy wants an older numpy
OLDER_BLENDERS = (  # for the add-on, each the last of its line
    Kind(".venv-blender-4.5", "constraints-blender-4.5.txt"),
    Kind(".venv-blender-4.2", "constraints-blender-4.2.txt"),
)
FARM = Kind(".venv-farm", "constraints-farm.txt")  # farms' own packages, of many dependencies


class SetupError(Exception):
    """Something that whoever sets platekey up can mend; the message is one sentence."""

    def __init__(self, message: str, exit_code: int = 1) -> None:
        super().__init__(message)
        self.exit_code = exit_code


def build_environment(root: Path, extras: Sequence[str], kind: Kind = WORKER) -> Path:
    """Makes the clone's environment current; returns its Python.

    Args:
        root: the clone.
        extras: the optional dependencies of pyproject.toml that are needed.
        kind: which environment.

    Raises:
        SetupError: Python cannot make environments, or a download failed.
    """
    folder = root / kind.folder
    python = python_of(folder)
    found = _read_stamp(folder)
    wanted = _stamp(root, {*extras, *found.get("extras", ())}, kind)
    usable = _runs(python) and all(found.get(key) == wanted[key] for key in ("root", "python"))
    if usable and found == wanted:
        print(f"environment {folder} is current", flush=True)
    else:
        start = time.monotonic()
        if not usable:
            make_environment(folder)
        _install(root, folder, wanted["extras"], kind.constraints)
        (folder / _STAMP).write_text(json.dumps(wanted), encoding="utf-8")
        print(f"environment {folder} built in {time.monotonic() - start:.0f} s", flush=True)
    link_for_type_checkers(root)
    return python


def make_environment(folder: Path) -> None:
    """Makes an empty environment with pip, of the Python that runs this.

    Raises:
        SetupError: this Python cannot, or the folder cannot be written.
    """
    print(f"making the environment {folder}", flush=True)
    if importlib.util.find_spec("ensurepip") is None:  # Debian and Ubuntu split it off
        version = f"{sys.version_info[0]}.{sys.version_info[1]}"
        raise SetupError(
            f"this Python cannot make environments with pip, ensurepip is missing; "
            f"on Debian or Ubuntu: sudo apt install python{version}-venv, then call this again."
        )
    # the base Python, for this script may run in the very environment that is made anew
    base = getattr(sys, "_base_executable", sys.executable)
    made = subprocess.run(
        [base, "-I", "-m", "venv", "--clear", str(folder)],
        env=scrubbed(os.environ),
        capture_output=True,
        text=True,
        check=False,
    )
    if made.returncode:
        last = (made.stdout + made.stderr).strip().splitlines()[-1:] or ["no message"]
        raise SetupError(f"the environment {folder} could not be made: {last[0]}.")


def python_of(folder: Path) -> Path:
    """The Python of an environment."""
    if sys.platform == "win32":
        return folder / "Scripts" / "python.exe"
    return folder / "bin" / "python"


def scrubbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment variables without those that lead another Python, or its pip, astray."""
    kept = {
        name: value
        for name, value in environ.items()
        if not name.startswith("PYTHON") and name not in _ASTRAY
    }
    return {**kept, "PYTHONNOUSERSITE": "1", "PYTHONUNBUFFERED": "1"}


def link_for_type_checkers(root: Path) -> None:
    """Makes build/typing/platekey, a folder that looks like the package; mypy needs it."""
    link = root / "build" / "typing" / "platekey"
    if link.exists():
        return
    link.parent.mkdir(parents=True, exist_ok=True)
    if sys.platform == "win32":
        subprocess.run(["cmd", "/c", "mklink", "/J", str(link), str(root)], check=True)
    else:
        link.unlink(missing_ok=True)  # a link whose clone has moved
        link.symlink_to(Path("..", ".."))


def _stamp(root: Path, extras: Iterable[str], kind: Kind) -> dict[str, Any]:
    digest = hashlib.sha256()
    for name in ("pyproject.toml", kind.constraints):
        digest.update((root / name).read_bytes())
    version = ".".join(str(part) for part in sys.version_info[:2])
    return {
        "root": str(root),
        "python": version,
        "extras": sorted(extras),
        "sources": digest.hexdigest(),
    }


def _read_stamp(folder: Path) -> dict[str, Any]:
    try:
        found = json.loads((folder / _STAMP).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # none, or half of one: build anew
        return {}
    return found if isinstance(found, dict) else {}


def _runs(python: Path) -> bool:
    """Whether the environment's Python still starts: the one it was made of may be gone."""
    try:
        command = [str(python), "-I", "-c", "import pip"]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def run_pip(folder: Path, words: Sequence[str], start_in: Path, log: Path) -> None:
    """Runs pip of an environment, with a sign of life.

    Args:
        folder: the environment.
        words: what comes after `pip`.
        start_in: the folder that it runs in.
        log: the file for what it says.

    Raises:
        SetupError: pip failed; with the reason that it gave.
    """
    command = [str(python_of(folder)), "-I", "-m", "pip", *words, "--no-input"]
    command += ["--disable-pip-version-check", "--progress-bar", "off"]
    if _run_visibly(command, start_in, log):
        errors = [line for line in _read(log).splitlines() if line.startswith("ERROR: ")]
        reason = errors[-1][len("ERROR: ") :].rstrip(".") if errors else "it gave no reason"
        raise SetupError(
            f"pip could not install or download the dependencies ({reason}); check the network, "
            f"the package index and the free space, then call this again; pip's log is {log}."
        )


def _install(root: Path, folder: Path, extras: Sequence[str], constraints: str) -> None:
    wanted = f".[{','.join(extras)}]"
    print(f"installing {wanted} with pip, a gigabyte the first time", flush=True)
    words = ["install", "--constraint", constraints, "--editable", wanted]
    run_pip(folder, words, root, folder / _LOG)


def _run_visibly(command: Sequence[str], root: Path, log: Path) -> int:
    """Runs pip into a log and shows every now and then what it is at; returns its exit code."""
    terminal = sys.stdout.isatty()
    start = time.monotonic()
    with open(log, "w", encoding="utf-8") as stream:
        process = subprocess.Popen(
            command, cwd=root, env=scrubbed(os.environ), stdout=stream, stderr=subprocess.STDOUT
        )
    try:
        while True:
            try:
                exit_code = process.wait(timeout=1.0 if terminal else _SIGN_OF_LIFE)
            except subprocess.TimeoutExpired:
                news = (_NEWS.findall(_read(log)) or ["waiting for pip"])[-1]
                line = f"  {time.monotonic() - start:4.0f} s  {news[:66]}"
                print(
                    f"\r{line:<76}" if terminal else line, end="" if terminal else "\n", flush=True
                )
            else:
                break
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
    if terminal:
        print("\r" + " " * 76 + "\r", end="", flush=True)
    return exit_code


def _read(log: Path) -> str:
    return log.read_text(encoding="utf-8", errors="replace")
