"""Packs the extension: `python -m platekey.plugin.blender.package -o platekey.zip`.

The same file installs as an extension (Blender 4.2 and later) and as a legacy add-on. It has no
wheels: it holds what runs in Blender, and the place of the environment that made it, where the
worker is. Standard library.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import zipfile
from collections.abc import Iterator

_ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
_FILES = (
    "core/__init__.py",
    "core/errors.py",
    "core/protocol.py",
    "nodes",
    "plugin/__init__.py",
    "plugin/blender",
    "plugin/client.py",
    "plugin/environment.py",
    "plugin/line_process.py",
    "plugin/preferences.py",
    "plugin/tune_folder.py",
    "plugin/tune_settings.py",
)
_ID = "platekey"


def write(path: str, python: str = sys.executable) -> str:
    """Writes the zip file; returns its path.

    Args:
        path: of the file.
        python: the worker's interpreter, for machines on which it is at the same place; "" names
            none.
    """
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("__init__.py", "blender_manifest.toml"):
            source = os.path.join(_ROOT, "plugin", "blender", "extension", name)
            archive.write(source, f"{_ID}/{name}")
        for name in _contents():
            archive.write(os.path.join(_ROOT, name), f"{_ID}/bundled/{name}")
        if python:
            archive.writestr(f"{_ID}/bundled/worker.json", json.dumps({"python": python}))
    return path


def _contents() -> Iterator[str]:
    for name in _FILES:
        if name.endswith(".py"):
            yield name
            continue
        for folder, folders, files in os.walk(os.path.join(_ROOT, *name.split("/"))):
            folders[:] = sorted(f for f in folders if f not in ("__pycache__", "extension"))
            for file in sorted(files):
                if file.endswith(".py"):
                    yield os.path.relpath(os.path.join(folder, file), _ROOT).replace(os.sep, "/")


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("-o", "--output", default="platekey.zip", help="the zip file")
    parser.add_argument(
        "--no-worker", action="store_true", help="names no environment: for other machines"
    )
    options = parser.parse_args()
    path = write(options.output, "" if options.no_worker else sys.executable)
    print(f"wrote {path}; install it in Blender's preferences (docs/blender.md)")


if __name__ == "__main__":
    main()
