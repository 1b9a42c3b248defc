"""The real platekey, installed as users have it; only what it needs is not downloaded."""

import os
import subprocess
from pathlib import Path

import torch

from platekey.install import install, versions

ROOT = Path(__file__).parents[2]
SHOT = ROOT / "tests" / "data" / "sample"


def test_install_doctor_solve_and_uninstall_leave_nothing(
    home, layout, bare_environments, monkeypatch, listing, tmp_path
):
    make = versions.make_environment

    def make_with_what_this_one_has(folder):
        packages = make(folder)
        (packages / "shared.pth").write_text(f"{Path(torch.__file__).parents[1]}\n")

    monkeypatch.setattr(versions, "make_environment", make_with_what_this_one_has)
    before = listing(home)
    there = ["--to", str(layout.root)]
    assert install.main(["install", *there, "--torch", "index", "--nuke-init"]) == 0
    environ = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    plate, clean = SHOT / "plate.1001.exr", SHOT / "clean.1001.exr"
    matte = tmp_path / "matte.exr"
    command = [str(layout.command), "solve", str(plate), str(clean), "-o", str(matte)]
    run = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    assert matte.stat().st_size > 0
    command = [str(layout.command), "doctor"]
    run = subprocess.run(command, env=environ, capture_output=True, text=True)
    assert run.returncode == 0, run.stdout
    assert f"{layout.root}, no file is missing" in run.stdout
    assert "init.py leads to platekey" in run.stdout
    assert install.main(["uninstall", *there]) == 0
    assert listing(home) == before
