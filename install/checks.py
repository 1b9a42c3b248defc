"""Every check of the project, in the order of their cost; the first that fails ends the run."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .environment import SetupError, scrubbed

_TYPED = ("platekey.core", "platekey.nodes", "platekey.plugin", "platekey.install")


@dataclass(frozen=True)
class Check:
    """A program of the environment, as arguments to its Python; `live` shows what it prints."""

    name: str
    arguments: tuple[str, ...]
    live: bool = False


CHECKS = (
    Check("ruff check", ("-m", "ruff", "check", ".")),
    Check("ruff format", ("-m", "ruff", "format", "--check", ".")),
    Check("codespell", ("-m", "codespell_lib")),
    Check("pages", ("-m", "mkdocs", "build", "--strict")),  # --quiet would let warnings pass
    Check("mypy", ("-m", "mypy", *(word for name in _TYPED for word in ("-p", name)))),
    Check("pytest", ("-m", "pytest"), live=True),
)

# in Blender's own environments: --noconftest, for the others' need torch. As a module of Python,
# Blender 4.2 crashes when a process ends that had an add-on, after all is done: so it is cut short
_PYTEST = (
    "import os, sys, pytest; code = pytest.main(sys.argv[1:]); "
    "sys.stdout.flush(); sys.stderr.flush(); os._exit(code)"
)
_BLENDER = (
    *("-c", _PYTEST, "--noconftest"),
    *("-o", "python_files=test_blender_*.py", "-o", "pythonpath=tests/fakes"),
)
IN_BLENDER = (Check("pytest in Blender", (*_BLENDER, "tests"), live=True),)
IN_OLDER_BLENDER = (
    Check("pytest of the add-on in an older Blender", (*_BLENDER, "tests/plugin"), live=True),
)

# in the farm engines' environment, which has no torch either; platekey is called as a command
IN_ENGINES = (
    Check(
        "pytest with farm engines",
        ("-m", "pytest", "--noconftest", "-o", "python_files=test_engine_*.py", "tests/farm"),
        live=True,
    ),
)


def run(root: Path, python: Path, checks: Sequence[Check] = CHECKS) -> None:
    """Runs the checks in the clone, a line each.

    Raises:
        SetupError: one failed; it has that check's exit code.
    """
    environ = scrubbed(os.environ)
    environ["PATH"] = os.pathsep.join((str(python.parent), environ.get("PATH", os.defpath)))
    for number, check in enumerate(checks, start=1):
        title = f"[{number}/{len(checks)}] {check.name}"
        print(title, end="\n" if check.live else " ... ", flush=True)
        start = time.monotonic()
        done = subprocess.run(
            [str(python), "-I", *check.arguments],
            cwd=root,
            env=environ,
            stdout=None if check.live else subprocess.PIPE,
            stderr=None if check.live else subprocess.STDOUT,
            text=True,
            check=False,
        )
        seconds = time.monotonic() - start
        if done.returncode:
            print(f"failed, {seconds:.1f} s", flush=True)
            print(done.stdout or "", end="", flush=True)
            command = " ".join((str(python), *check.arguments))
            raise SetupError(
                f"{check.name} failed; mend what it names above, then run it alone: {command}",
                done.returncode,
            )
        print(f"{title}: ok, {seconds:.1f} s" if check.live else f"ok, {seconds:.1f} s", flush=True)
    print("all of them passed", flush=True)
