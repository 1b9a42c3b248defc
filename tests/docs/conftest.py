"""The footage that the pages' commands are run on."""

import numpy as np
import pytest
import torch

from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.network.weights import Lineage, save_weights
from platekey.plugin.shell.main import main

WIDTH, HEIGHT = 96, 64
FRAMES = range(1001, 1005)  # the last two show nobody


@pytest.fixture(scope="module")
def footage(tmp_path_factory):
    """A folder with a small shot under the names that the pages use; its clean plate is built."""
    folder = tmp_path_factory.mktemp("footage")
    noise = np.random.default_rng(3)
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    wall = np.kron(noise.uniform(0.1, 0.5, (8, 20, 3)), np.ones((8, 8, 1)))
    tiles = wall[:, 24 : 24 + WIDTH]

    def write(name, pixels, channels="RGB"):
        window = Window(0, 0, WIDTH, HEIGHT)
        pixels = pixels.astype(np.float32)
        frame = Frame(pixels, tuple(channels), window, window, colour_space="lin_rec709_scene")
        write_frame(frame, str(folder / name))

    def grain():
        return noise.normal(0, 0.002, tiles.shape)

    colour = np.array((1.4, 0.9, 0.05))
    for number in FRAMES:
        step = number - FRAMES[0]
        middle = 18 + 50 * step
        alpha = np.clip((12 - np.hypot(x - middle, y - 32)) / 3, 0, 1)[..., None]
        alpha *= number < 1003
        write(f"plate.{number}.exr", alpha * colour + (1 - alpha) * tiles + grain())
        write(f"truth.{number}.exr", alpha, "A")
        write(f"truth_fg.{number}.exr", np.concatenate((alpha * colour, alpha), axis=2), "RGBA")
        write(f"empty.{number}.exr", tiles + grain())
        write(f"pan.{number}.exr", wall[:, 9 + 10 * step : 9 + 10 * step + WIDTH] + grain())
        for matte in ("garbage", "holdout", "roto", "key"):
            write(f"{matte}.{number}.exr", alpha * (matte != "garbage"), "Y")
    write("clean.1001.exr", tiles + grain())
    for name in ("city.exr", "background.exr"):
        write(name, np.stack((x / WIDTH, y / HEIGHT, 0.3 + 0 * x), axis=-1))
    write("city_depth.exr", (4 + y / 8)[..., None], "Y")
    torch.manual_seed(3)
    options = NetworkOptions(sixteenth=16, depth=1, decoder=(8, 8, 8, 8), hidden=4)
    save_weights(folder / "hair.safetensors", MattingNetwork(options), Lineage())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("PLATEKEY_LOG_DIR", str(folder / "logs"))
        plate = ["plate.####.exr"]
        assert main(["clean", *plate, "--clean-frames", "1003-1004", "-o", "clean.exr"]) == 0
        assert main(["solve", *plate, "clean.1001.exr", "-o", "matte.####.exr"]) == 0
        yield folder
