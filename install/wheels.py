"""What pip puts into a version's environment, from an index or from a folder of wheels."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import tomllib

from .environment import SetupError, run_pip

CONSTRAINTS = "constraints.txt"
_SOURCES = ("core", "nodes", "plugin", "install", "pyproject.toml", "README.md", "LICENSE")
_CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # pypi.org has torch with CUDA for Linux


def fill(environment: Path, source: Path, torch: str, wheels: Path | None) -> None:
    """Installs platekey and what its worker needs, in the versions that were tested.

    Args:
        environment: made before, with pip.
        source: a clone of platekey; it is only read.
        torch: "cpu", "cuda", or "index": that which pip's own index gives.
        wheels: a folder with all of it, for machines without a network.

    Raises:
        SetupError: pip failed, or a folder lacks something.
    """
    offline = [] if wheels is None else ["--no-index", "--find-links", str(wheels)]
    with _copied(source) as copy:
        words = ["install", *offline, "--constraint", CONSTRAINTS]
        index = _index_of(torch) if wheels is None else ""
        if index:  # torch alone: no other package is looked for there
            _pip(environment, [*words, "--extra-index-url", index, "--no-deps", "torch"], copy)
        _pip(environment, [*words, ".[worker]"], copy)


def collect(environment: Path, source: Path, torch: str, folder: Path) -> None:
    """Gathers the wheels that `fill` needs, for this system and this Python.

    Args:
        environment: any with pip.
        source: a clone of platekey; it is only read.
        torch: see fill.
        folder: for the wheels.

    Raises:
        SetupError: pip failed.
    """
    with _copied(source) as copy:
        words = ["wheel", "--wheel-dir", str(folder), "--find-links", str(folder)]
        words += ["--constraint", CONSTRAINTS]
        index = _index_of(torch)
        if index:
            _pip(environment, [*words, "--extra-index-url", index, "--no-deps", "torch"], copy)
        _pip(environment, [*words, "setuptools>=68", ".[worker]"], copy)
    for own in folder.glob("platekey-*.whl"):  # it is built of the clone that installs
        own.unlink()


def version_of(source: Path) -> str:
    """The version of the platekey in a clone.

    Raises:
        SetupError: it is no clone.
    """
    absent = [name for name in (*_SOURCES, CONSTRAINTS) if not (source / name).exists()]
    if absent:
        raise SetupError(
            f"{source} lacks {absent[0]}, it is no clone of platekey; start install/install.py of "
            "a clone.",
            3,
        )
    with open(source / "pyproject.toml", "rb") as stream:
        return str(tomllib.load(stream)["project"]["version"])


def _index_of(torch: str) -> str:
    """The index beside pip's own that has this torch, "" for none."""
    if sys.platform == "linux":
        return _CPU_INDEX if torch == "cpu" else ""
    if torch == "cuda":  # pypi.org has it without CUDA for the others
        raise SetupError(
            "for CUDA on this system name the index that pytorch.org tells in "
            "PIP_EXTRA_INDEX_URL, and take --torch index.",
            2,
        )
    return ""


def _pip(environment: Path, words: Sequence[str], start_in: Path) -> None:
    """Runs pip; its log outlives the environment, which is removed if it fails."""
    log = Path(tempfile.gettempdir(), f"platekey-pip-{os.getpid()}.log")
    run_pip(environment, words, start_in, log)
    log.unlink()


@contextmanager
def _copied(source: Path) -> Iterator[Path]:
    """A copy to build in: setuptools writes beside the sources, which are somebody else's."""
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    with tempfile.TemporaryDirectory(prefix="platekey-install-") as name:
        copy = Path(name)
        for part in (*_SOURCES, CONSTRAINTS):
            if (source / part).is_dir():
                shutil.copytree(source / part, copy / part, ignore=ignored)
            else:
                shutil.copyfile(source / part, copy / part)
        yield copy
