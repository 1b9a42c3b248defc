"""What `platekey doctor` looks at, each with a verdict and, where it is not well, a remedy."""

from __future__ import annotations

import importlib.metadata
import logging
import os
import platform
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from platekey.core.errors import PlatekeyError
from platekey.core.worker.log import log_folder

_MIB = 1 << 20
_LITTLE_MEMORY = 2048  # MiB; an HD frame and torch fit, UHD goes in tiles
_LITTLE_DISK = 1024  # MiB; some tens of HD frames
_REINSTALL = "in the clone, run python3 install/install.py repair, or install/develop.py build"
_NAMED_BY = {
    "temporary folder": "TMPDIR",
    "log folder": "PLATEKEY_LOG_DIR",
    "cache folder": "PLATEKEY_CACHE",
}


class Verdict(Enum):
    """How well a thing is."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        subject: what was looked at, a few words.
        verdict: see Verdict.
        text: what was found.
        remedy: what to do, empty where it is well.
        exit_code: what the doctor ends with if it is a FAIL.
    """

    subject: str
    verdict: Verdict
    text: str
    remedy: str = ""
    exit_code: int = 1

    def as_json(self) -> dict[str, str]:
        """What `--json` prints."""
        values = {"subject": self.subject, "verdict": self.verdict.value}
        return {"type": "finding", **values, "text": self.text, "remedy": self.remedy}


def installation() -> Iterator[Finding]:
    """Python, platekey and the packages that its worker needs."""
    text = f"{platform.python_version()} at {sys.executable}, {platform.platform()}"
    yield Finding("python", Verdict.OK, text)
    version = importlib.metadata.version("platekey")
    yield Finding("platekey", Verdict.OK, f"{version} at {Path(__file__).parents[2]}")
    for name in _worker_packages():
        try:
            yield Finding(name, Verdict.OK, importlib.metadata.version(name))
        except importlib.metadata.PackageNotFoundError:
            yield Finding(name, Verdict.FAIL, "is not installed", _REINSTALL)


def _worker_packages() -> list[str]:
    """The names in the `worker` extra of the installed platekey."""
    found = []
    for requirement in importlib.metadata.requires("platekey") or []:
        name = re.match(r"[\w.-]+", requirement)
        if name and re.search(r"extra *== *['\"]worker['\"]", requirement):
            found.append(name.group())
    return found


def memory() -> Iterator[Finding]:
    """The memory that a job could get."""
    free = _free_memory_mib()
    if free is None:
        yield Finding("memory", Verdict.OK, "this system does not tell what is free")
    elif free < _LITTLE_MEMORY:
        remedy = "close something, or lower --tile if a frame runs out of memory"
        yield Finding("memory", Verdict.WARN, f"{free} MiB free", remedy)
    else:
        yield Finding("memory", Verdict.OK, f"{free} MiB free")


def _free_memory_mib() -> int | None:
    try:
        text = Path("/proc/meminfo").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"MemAvailable: *(\d+) kB", text)
    free = int(found.group(1)) << 10 if found else None
    group = Path("/sys/fs/cgroup")  # a container may get less than the machine has
    try:
        limit = int((group / "memory.max").read_text(encoding="ascii"))
        left = limit - int((group / "memory.current").read_text(encoding="ascii"))
    except (OSError, ValueError):  # no cgroup v2, or "max": no limit
        left = None
    sizes = [size for size in (free, left) if size is not None]
    return min(sizes) // _MIB if sizes else None


def devices() -> Iterator[Finding]:
    """The CPU and every GPU that torch sees; each GPU computes something."""
    import torch

    threads = torch.get_num_threads()
    yield Finding("cpu", Verdict.OK, f"{os.cpu_count()} cores, torch uses {threads} threads")
    for index in range(torch.cuda.device_count()):
        name = f"cuda:{index}"
        try:
            free, total = torch.cuda.mem_get_info(index)
            torch.ones(64, 64, device=name).sum().item()
        except RuntimeError as error:
            sentence = str(error).splitlines()[0]
            remedy = "look at the driver with nvidia-smi, or use --device cpu"
            yield Finding(name, Verdict.FAIL, sentence, remedy, exit_code=6)
        else:
            title = torch.cuda.get_device_name(index)
            yield Finding(name, Verdict.OK, f"{title}, {free // _MIB} of {total // _MIB} MiB free")
    if not torch.cuda.device_count() and shutil.which("nvidia-smi"):
        yield Finding(
            "cuda",
            Verdict.WARN,
            f"an NVIDIA driver is installed, but torch {torch.__version__} sees no GPU",
            "install a torch with CUDA, and look at the driver and CUDA_VISIBLE_DEVICES",
        )


def colour_config() -> Iterator[Finding]:
    """The OpenColorIO config in use."""
    from platekey.core.colour.colour import config_name

    where = "from $OCIO" if os.environ.get("OCIO", "").strip() else "built in, for $OCIO is not set"
    yield Finding("colour config", Verdict.OK, f"{config_name()}, {where}")


def folders() -> Iterator[Finding]:
    """Whether logs, temporary files and results can be written, and the room there."""
    looked_at = [("temporary folder", Path(tempfile.gettempdir())), ("log folder", log_folder())]
    if os.environ.get("PLATEKEY_CACHE"):
        looked_at.append(("cache folder", Path(os.environ["PLATEKEY_CACHE"])))
    for subject, folder in looked_at:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as stream:
                stream.write(b"platekey")
            free = shutil.disk_usage(folder).free // _MIB
        except OSError as error:
            variable = _NAMED_BY[subject]
            remedy = f"give it room and permission, or name another with {variable}"
            text = f"{folder} cannot be written: {error.strerror}"
            yield Finding(subject, Verdict.FAIL, text, remedy)
        else:
            text = f"{folder}, {free} MiB free"
            if free < _LITTLE_DISK:
                yield Finding(subject, Verdict.WARN, text, "make room")
            else:
                yield Finding(subject, Verdict.OK, text)


def guarded(subject: str, look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    """What `look` finds; an error of its own becomes a finding, so that the rest is told too."""
    try:
        yield from look()
    except PlatekeyError as error:
        yield Finding(subject, Verdict.FAIL, str(error), exit_code=error.exit_code)
    except Exception as error:  # a broken package can raise anything, ImportError and worse
        logging.exception("looking at %s", subject)
        text = f"{type(error).__name__}: {(str(error).splitlines() or [''])[0]}"
        yield Finding(subject, Verdict.FAIL, text, _REINSTALL)


def ffmpeg() -> Iterator[Finding]:
    """The program that decodes movies."""
    named = os.environ.get("PLATEKEY_FFMPEG", "")
    program = shutil.which(named or "ffmpeg")
    if program is None:
        yield Finding(
            "ffmpeg",
            Verdict.WARN,
            f"{named or 'ffmpeg'} was not found; movies cannot be read, files of frames can",
            "install ffmpeg 5.1 or later, or name it in PLATEKEY_FFMPEG",
        )
        return
    run = subprocess.run(
        [program, "-version"], capture_output=True, text=True, errors="replace", check=False
    )
    first = (run.stdout.splitlines() or ["it says nothing"])[0].split(" Copyright")[0]
    if run.returncode:
        remedy = "install ffmpeg 5.1 or later, or name another in PLATEKEY_FFMPEG"
        yield Finding("ffmpeg", Verdict.WARN, f"{program} does not run: {first}", remedy)
    else:
        yield Finding("ffmpeg", Verdict.OK, f"{first} at {program}")
