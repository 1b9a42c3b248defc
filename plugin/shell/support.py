"""A bundle for support: what the doctor found, versions, settings and logs, without names."""

from __future__ import annotations

import importlib.metadata
import json
import os
import re
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from platekey.core.errors import OptionError
from platekey.core.frames.atomic import whole_file
from platekey.core.worker.log import log_folder
from platekey.plugin import preferences

from .diagnosis import Finding
from .support_redact import is_secret, redactor

_TOLD = re.compile(  # environment variables that change what platekey or its libraries do
    r"PLATEKEY_\w+|OCIO\w*|NUKE_\w+|BLENDER_\w+|PYTHON\w*|PATH|LD_LIBRARY_PATH|CUDA_\w+|NVIDIA_\w+|"
    r"(?:OMP|MKL|OPENBLAS|TORCH|PYTORCH)_\w+|TMPDIR|TEMP|LANG|LC_\w+|VIRTUAL_ENV|REZ_USED_\w+"
)
_LOGS = 6  # the latest
_LOG_BYTES = 1 << 18  # of each, its end


def write_bundle(path: Path, findings: Sequence[Finding]) -> list[tuple[str, str]]:
    """Writes the zip file, whole or not at all.

    Args:
        path: of the file.
        findings: of the doctor.

    Returns:
        What it holds: name and meaning of each file.

    Raises:
        OptionError: the name does not end with .zip.
        OutputError: it cannot be written.
    """
    if path.suffix.lower() != ".zip":
        raise OptionError(f"--bundle is {path}, a zip file is written; name it {path.stem}.zip.")
    redact = redactor()
    held = []
    with (
        whole_file(str(path)) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, what, text in _contents(findings):
            archive.writestr(redact(name), redact(text))
            held.append((redact(name), what))
    return held


def _contents(findings: Sequence[Finding]) -> Iterator[tuple[str, str, str]]:
    """Name, meaning and text of every file, before anything is taken out."""
    lines = [json.dumps(finding.as_json(), ensure_ascii=False) for finding in findings]
    yield "findings.jsonl", "what the doctor found", "\n".join(lines) + "\n"
    yield "packages.txt", "versions of all packages", _packages()
    yield "environment.txt", "variables that matter here", _environment()
    for path, name, what in (
        (Path(preferences.path()), "preferences.json", "settings of the hosts' panel"),
        (_manifest(), "installation.json", "what the installer knows"),
    ):
        if path.is_file():
            yield name, what, _end(path)
    logs = [*log_folder().glob("shell-*.log"), *log_folder().glob("worker-*.log")]
    for path in sorted(logs, key=_age)[:_LOGS]:
        yield f"logs/{path.name}", "the end of a log; it names files of shots", _end(path)


def _packages() -> str:
    found = {
        f"{item.metadata['Name']}=={item.version}" for item in importlib.metadata.distributions()
    }
    return "\n".join(sorted(found, key=str.lower)) + "\n"


def _environment() -> str:
    lines = [
        f"{name}={'<secret>' if is_secret(name) else value}"
        for name, value in sorted(os.environ.items())
        if _TOLD.fullmatch(name)
    ]
    return "\n".join(lines) + "\n"


def _manifest() -> Path:
    return Path(sys.prefix).parent.resolve().parents[1] / "platekey.json"


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except OSError:  # removed by another command meanwhile
        return 0.0


def _end(path: Path) -> str:
    try:
        with open(path, "rb") as stream:
            stream.seek(0, os.SEEK_END)
            stream.seek(max(stream.tell() - _LOG_BYTES, 0))
            return stream.read().decode("utf-8", "replace")
    except OSError as error:
        return f"it cannot be read: {error.strerror}\n"
