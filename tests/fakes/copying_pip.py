"""A pip for tests: installs the clone that it is called in by copying it, without a download."""

import os
import pathlib
import shutil
import sys

site = pathlib.Path(__file__).parent
if os.environ.get("PIP_FAILS"):
    print("ERROR: No matching distribution found for torch==2.13.0")
    sys.exit(1)
with open(site / "asked.txt", "a") as stream:
    print(*sys.argv[1:], sep="|", file=stream)
if ".[worker]" in sys.argv:
    for name in ("core", "nodes", "plugin", "install"):
        shutil.copytree(name, site / "platekey" / name)
    program = pathlib.Path(sys.prefix, "bin", "platekey")
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -m platekey.plugin.shell "$@"\n')
    program.chmod(0o755)
    info = site / "platekey-0.1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: platekey\nVersion: 0.1.0\n")
