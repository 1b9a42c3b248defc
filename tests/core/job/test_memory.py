"""Resident memory."""

import sys

import numpy as np
import pytest

from platekey.core.job.memory import resident_mib


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the present figure")
def test_resident_memory_grows_with_what_is_held():
    before = resident_mib()
    held = np.ones(64 << 20, np.uint8)
    assert 48 < resident_mib() - before < 96
    assert held[-1] == 1
