"""The setting reaches OpenMP, and a user's own is kept."""

import os
import subprocess
import sys

import pytest

from platekey.core.job.threads import share_cores

PROGRAM = """
from platekey.core.job.threads import share_cores
import sys
assert "torch" not in sys.modules
share_cores()
import torch
torch.ones(99).sum()
"""


def test_openmp_learns_of_it_before_torch_is_loaded():
    environment = {**os.environ, "OMP_DISPLAY_ENV": "TRUE"}
    environment.pop("OMP_WAIT_POLICY", None)
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM], env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    if "OMP_WAIT_POLICY" not in done.stderr:
        pytest.skip("this torch is built with an OpenMP that does not show its settings")
    assert "OMP_WAIT_POLICY = 'PASSIVE'" in done.stderr


def test_a_users_own_setting_is_kept(monkeypatch):
    monkeypatch.setenv("OMP_WAIT_POLICY", "ACTIVE")
    share_cores()
    assert os.environ["OMP_WAIT_POLICY"] == "ACTIVE"
