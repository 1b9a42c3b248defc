"""The folder of a job: there as a whole, or not at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path

from platekey.core.errors import OptionError, OutputError


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Writes a new folder with text files; names may have folders of their own, scripts run.

    It is written beside its place and renamed when whole.

    Raises:
        OptionError: there is such a folder, or another file of its name.
        OutputError: the parent cannot be written.
    """
    if folder.exists():
        raise OptionError(f"{folder} is there; name another folder for the job, or remove it.")
    temporary = ""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        temporary = tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent)
        os.chmod(temporary, 0o777 & ~_umask())  # mkdtemp keeps the farm's other users out
        for name, text in files.items():
            path = Path(temporary, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            with open(path, "x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
                stream.flush()
                os.fsync(stream.fileno())
            if text.startswith("#!"):
                path.chmod(0o777 & ~_umask())
        os.rename(temporary, folder)
    except OSError as error:
        raise OutputError(
            f"the job's folder {folder} cannot be written ({error.strerror or error}); check its "
            "permissions and its disk, or name another."
        ) from error
    finally:
        if temporary:
            shutil.rmtree(temporary, ignore_errors=True)  # gone after the rename


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
