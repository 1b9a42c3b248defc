"""Small pictures, and the pictures beside the repository."""

from pathlib import Path

import numpy as np
import pytest

from platekey.core.frames.frame import Frame, Window

EXR_FOLDER = Path(__file__).parents[2] / "../shared/data/exr"


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def make_frame():
    def make(pixels, channels=("R", "G", "B"), *, at=(0, 0), display=None, **more):
        pixels = np.asarray(pixels, np.float32)
        window = Window(*at, pixels.shape[1], pixels.shape[0])
        return Frame(pixels, channels, window, display or window, **more)

    return make


@pytest.fixture(scope="session")
def exr_folder():
    if not EXR_FOLDER.is_dir():
        pytest.skip("the EXR collection is not beside the repository (../shared/data/exr)")
    return EXR_FOLDER.resolve()
