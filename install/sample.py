"""The main job on the shot that ships with the repository, and pictures of what it did."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from .environment import SetupError, scrubbed

SHOT = Path("tests", "data", "sample")
OUT = Path("out", "sample")


def run(root: Path, python: Path) -> None:
    """Solves the sample into out/sample; makes a contact sheet and before_after.png there.

    Raises:
        SetupError: a step failed; it has that step's exit code.
    """
    print(f"matting the sample shot {root / SHOT}", flush=True)
    plate, clean_plate = str(SHOT / "plate.####.exr"), str(SHOT / "clean.1001.exr")
    matte, picture = str(OUT / "matte.####.exr"), str(OUT / "before_after.png")
    _run(root, python, "solve", plate, clean_plate, "-o", matte)
    print("making the pictures", flush=True)
    inputs = ["--plate", plate, "--clean", clean_plate]
    inputs += ["--background", str(SHOT / "background.exr")]
    sheet = ["-o", str(OUT / "contact_sheet.png"), "--before-after", picture]
    _run(root, python, "review", matte, *inputs, *sheet)
    print(f"\nEXRs       {root / matte}")
    print(f"picture    {root / picture}")
    print(f"platekey   {python.parent / 'platekey'} (try: doctor, or solve --help)", flush=True)


def _run(root: Path, python: Path, *words: str) -> None:
    command = [str(python), "-I", "-m", "platekey.plugin.shell", *words]
    exit_code = subprocess.run(command, cwd=root, env=scrubbed(os.environ), check=False).returncode
    if exit_code:
        raise SetupError(f"this ended with exit code {exit_code}: {' '.join(command)}", exit_code)
