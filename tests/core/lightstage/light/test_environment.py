import math
from pathlib import Path

import numpy as np
import pytest
import torch

from platekey.core.errors import InputMismatch, NonFinitePixels, ShapeError
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.lightstage.capture.recipe import lamp_directions
from platekey.core.lightstage.light.environment import (
    exposure_to_grey,
    light_colours,
    locate,
    pixel_directions,
    read_panorama,
    rotate,
    solid_angles,
)

PANORAMAS = Path(__file__).parents[4] / "../shared/data/hdri_polyhaven"
AXES = torch.tensor([[1, 0, 0], [0, 1, 0], [-1, 0, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]]).float()
EAST, NORTH, WEST, SOUTH, UP, DOWN = range(6)


def lamps(count):
    return torch.from_numpy(lamp_directions(count)).float()


def random_panorama(batch=1, height=32, seed=3):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(batch, 3, height, 2 * height, generator=generator).pow(6) * 50


def bright_pixel(row, column, height=64):
    panorama = torch.zeros(1, 3, height, 2 * height)
    panorama[..., row, column] = torch.tensor([1000.0, 500.0, 250.0])
    return panorama


def put(path, pixels):
    window = Window(0, 0, pixels.shape[1], pixels.shape[0])
    frame = Frame(np.asarray(pixels, np.float32), ("R", "G", "B"), window, window)
    write_frame(frame, str(path))
    return str(path)


@pytest.mark.parametrize(
    ("row", "column", "lamp"),
    [
        (32, 64, EAST),  # the picture's centre
        (32, 32, NORTH),
        (32, 0, WEST),
        (32, 127, WEST),
        (32, 96, SOUTH),
        (0, 5, UP),
        (63, 77, DOWN),
    ],
)
def test_a_bright_pixel_lights_from_where_blender_puts_it(row, column, lamp):
    light = light_colours(bright_pixel(row, column), AXES, concentration=math.inf)
    expected = torch.zeros(1, 6, 3)
    steradians = solid_angles(64, 128)[row]
    expected[0, lamp] = torch.tensor([1000.0, 500.0, 250.0]) * steradians
    torch.testing.assert_close(light, expected * 6 / (4 * math.pi))


def test_rotation_is_counter_clockwise_seen_from_above():
    light = light_colours(bright_pixel(32, 64), AXES, rotation=90.0, concentration=math.inf)
    assert int(light[0, :, 0].argmax()) == NORTH
    turned = rotate(AXES, 90.0)
    torch.testing.assert_close(turned[EAST], AXES[NORTH], atol=1e-6, rtol=0)
    torch.testing.assert_close(turned[UP], AXES[UP])


@pytest.mark.parametrize("concentration", [None, 0.0, 8.0, math.inf])
@pytest.mark.parametrize("height", [16, 256, 301])
def test_the_lamps_share_all_of_the_light(concentration, height):
    panorama = random_panorama(height=height)
    total = (panorama.double() * solid_angles(height, 2 * height).double()).sum((2, 3))
    light = light_colours(panorama, lamps(24), rotation=77, concentration=concentration)
    shares = light.sum(1).double() * 4 * math.pi / 24
    torch.testing.assert_close(shares, total, rtol=3e-4, atol=0)  # float32


def test_an_even_sky_lights_all_lamps_alike():
    light = light_colours(torch.full((1, 3, 64, 128), 2.0), lamps(32))
    torch.testing.assert_close(light, torch.full((1, 32, 3), 2.0), rtol=0.1, atol=0)


def test_exposure_is_in_stops_and_each_of_a_batch_has_its_own():
    panorama = random_panorama(2)
    both = light_colours(
        panorama,
        lamps(12),
        rotation=torch.tensor([10.0, 200.0]),
        exposure=torch.tensor([0.0, 1.5]),
    )
    alone = light_colours(panorama[1:], lamps(12), rotation=200.0)
    torch.testing.assert_close(both[1:], alone * 2**1.5)


def test_negative_and_huge_radiance_survive():
    panorama = torch.full((1, 3, 8, 16), -0.5)
    panorama[0, 0] = 60000.0
    light = light_colours(panorama, AXES).mean(1)[0]
    torch.testing.assert_close(light, torch.tensor([60000.0, -0.5, -0.5]))


def test_solid_angles_fill_the_sphere():
    assert float(solid_angles(37, 74).sum()) * 74 == pytest.approx(4 * math.pi, rel=1e-6)


def test_locate_is_the_inverse_of_pixel_directions():
    column, row = locate(7 * pixel_directions(10, 20))
    expected = (torch.arange(20) + 0.5) / 20
    torch.testing.assert_close(column, expected.expand(10, 20))
    torch.testing.assert_close(row[:, 3], (torch.arange(10) + 0.5) / 10)


def test_exposure_to_grey_makes_the_sphere_grey():
    panorama = torch.full((1, 3, 8, 16), 0.72)
    torch.testing.assert_close(exposure_to_grey(panorama), torch.tensor([-2.0]))


def test_another_shape_is_refused():
    with pytest.raises(ShapeError, match=r"\(B, 3, H, 2H\)"):
        light_colours(torch.zeros(1, 3, 8, 8), AXES)


def test_a_file_is_read_and_judged(tmp_path, rng):
    pixels = rng.uniform(0, 30, (4, 8, 3)).astype(np.float16)
    panorama = read_panorama(put(tmp_path / "sky.exr", pixels))
    np.testing.assert_array_equal(panorama[0].permute(1, 2, 0).numpy(), pixels)
    with pytest.raises(InputMismatch, match="8x5, but a panorama"):
        read_panorama(put(tmp_path / "crop.exr", np.zeros((5, 8, 3))))
    with pytest.raises(NonFinitePixels, match="NaN"):
        read_panorama(put(tmp_path / "nan.exr", np.full((4, 8, 3), np.nan)))


def test_the_brightest_lamp_of_a_real_panorama_is_beside_the_sun():
    path = PANORAMAS / "venice_sunset_1k.hdr"
    if not path.exists():
        pytest.skip("the panoramas are not beside the repository (../shared/data/hdri_polyhaven)")
    panorama = read_panorama(str(path))
    light = light_colours(panorama, lamps(32))[0].mean(-1)
    brightest = int(panorama.mean(1).flatten().argmax())
    sun = pixel_directions(*panorama.shape[-2:]).flatten(0, 1)[brightest]
    assert int(light.argmax()) in (lamps(32) @ sun).topk(3).indices
