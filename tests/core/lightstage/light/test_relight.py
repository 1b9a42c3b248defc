import math

import pytest
import torch

from platekey.core.errors import ShapeError
from platekey.core.lightstage.capture.recipe import lamp_directions
from platekey.core.lightstage.light.environment import light_colours
from platekey.core.lightstage.light.relight import relight, relight_in_panorama
from platekey.core.lightstage.light.virtual_camera import VirtualCamera, crop_panorama

LAMPS = torch.from_numpy(lamp_directions(16)).float()
CAMERA = VirtualCamera(90, 0, 35, 24, 32)


def lambert_passes():
    """A white ball of diffuse reflectance 1 under one lamp of radiance 1 at a time."""
    x = (torch.arange(32) + 0.5 - 16)[None].expand(24, 32) / 11
    y = -(torch.arange(24) + 0.5 - 12)[:, None].expand(24, 32) / 11
    z2 = 1 - x * x - y * y
    alpha = (z2 > 0).float()
    normal = torch.stack([x, y, z2.clamp_min(0).sqrt()])  # in the camera's frame, as the lamps
    facing = torch.einsum("khw,nk->nhw", normal, LAMPS).clamp_min(0) * alpha
    irradiance = facing * (4 * math.pi / 16)
    return (irradiance / math.pi)[None, :, None].expand(1, 16, 3, 24, 32), alpha[None, None]


def test_relighting_is_the_sum_of_the_passes():
    generator = torch.Generator().manual_seed(1)
    passes = torch.rand(2, 5, 3, 4, 6, generator=generator) * 100 - 1
    lights = torch.rand(2, 5, 3, generator=generator)
    expected = sum(passes[:, n] * lights[:, n, :, None, None] for n in range(5))
    torch.testing.assert_close(relight(passes, lights), expected)
    torch.testing.assert_close(relight(passes[:1], lights)[1], relight(passes[:1], lights[1:])[0])


def test_one_lamp_alone_is_its_pass():
    passes = torch.rand(1, 4, 3, 2, 2, generator=torch.Generator().manual_seed(2))
    lights = torch.zeros(1, 4, 3)
    lights[0, 2] = 1
    torch.testing.assert_close(relight(passes, lights)[0], passes[0, 2])


def test_a_white_ball_in_an_even_sky_vanishes():
    passes, alpha = lambert_passes()
    sky = torch.full((1, 3, 32, 64), 3.0)
    relit = relight_in_panorama(passes, alpha, sky, lamps=LAMPS, camera=CAMERA)
    torch.testing.assert_close(relit.background, torch.full((1, 3, 24, 32), 3.0))
    # 16 lamps stand for the whole sky: a few per cent
    torch.testing.assert_close(relit.plate, torch.full((1, 3, 24, 32), 3.0), rtol=0.15, atol=0)


def test_a_ball_is_lit_from_the_side_where_its_background_is_bright():
    passes, alpha = lambert_passes()
    sky = torch.full((1, 3, 32, 64), 0.1)
    sky[..., 26:40] = 4.0  # around the picture's centre, +X: right of a camera that looks along +Y
    relit = relight_in_panorama(passes, alpha, sky, lamps=LAMPS, camera=CAMERA)
    left, right = relit.premultiplied[..., :16].sum(), relit.premultiplied[..., 16:].sum()
    assert float(right) > 1.5 * float(left)
    turned = relight_in_panorama(passes, alpha, sky, lamps=LAMPS, camera=CAMERA, rotation=180.0)
    left, right = turned.premultiplied[..., :16].sum(), turned.premultiplied[..., 16:].sum()
    assert float(left) > 1.5 * float(right)


def test_the_plate_is_foreground_over_background():
    passes, alpha = lambert_passes()
    alpha = alpha * 0.25
    sky = torch.rand(2, 3, 16, 32, generator=torch.Generator().manual_seed(4)) * 20
    relit = relight_in_panorama(
        passes * 0.25, alpha, sky, lamps=LAMPS, camera=CAMERA, rotation=33.0, exposure=-1.0
    )
    lights = light_colours(sky, LAMPS @ CAMERA.axes(), rotation=33.0, exposure=-1.0)
    background = crop_panorama(sky, CAMERA, rotation=33.0, exposure=-1.0)
    expected = relight(passes * 0.25, lights) + (1 - alpha) * background
    torch.testing.assert_close(relit.plate, expected)
    assert relit.alpha.shape == (2, 1, 24, 32)


def test_shapes_that_do_not_fit_are_refused():
    passes, alpha = lambert_passes()
    with pytest.raises(ShapeError, match="lights"):
        relight(passes, torch.zeros(1, 4, 3))
    with pytest.raises(ShapeError, match="one size"):
        relight_in_panorama(
            passes,
            alpha,
            torch.zeros(1, 3, 8, 16),
            lamps=LAMPS,
            camera=VirtualCamera(0, 0, 40, 8, 8),
        )
