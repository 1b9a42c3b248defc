"""Debian's Slurm for the tests, where it is missing and this script may install it."""

from __future__ import annotations

import os
import shutil
import subprocess
import time

_PACKAGES = ("slurmctld", "slurmd", "slurm-client", "munge")
_PROGRAMS = ("slurmctld", "slurmd", "sbatch", "munged")
_PATH = os.pathsep.join((os.environ.get("PATH", os.defpath), "/usr/sbin"))


def ensure_slurm() -> None:
    """Installs Slurm if it is missing, as root with apt-get; tells what it did.

    Without it the tests that need it are skipped, which is no error.
    """
    if all(shutil.which(name, path=_PATH) for name in _PROGRAMS):
        return
    apt = shutil.which("apt-get")
    by_hand = f"apt-get install {' '.join(_PACKAGES)}"
    if apt is None or not hasattr(os, "geteuid") or os.geteuid() != 0:
        print(f"no Slurm: its tests will be skipped; for them: sudo {by_hand}", flush=True)
        return
    start = time.monotonic()
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = [apt, "install", "--yes", "--quiet", "--no-install-recommends", *_PACKAGES]
    for command in ([apt, "update", "--quiet"], install):
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
            print(f"no Slurm, its tests will be skipped; {by_hand}: {last}", flush=True)
            return
    print(f"Slurm installed for the tests in {time.monotonic() - start:.0f} s", flush=True)
