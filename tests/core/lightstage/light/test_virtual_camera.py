import math

import pytest
import torch

from platekey.core.errors import OptionError
from platekey.core.lightstage.light.environment import pixel_directions
from platekey.core.lightstage.light.virtual_camera import VirtualCamera, crop_panorama


def compass(height=64):
    """A panorama whose colour is its direction: R G B = x y z + 2."""
    return pixel_directions(height, 2 * height).permute(2, 0, 1)[None] + 2


def centre(picture):
    height, width = picture.shape[-2:]
    return picture[0, :, height // 2, width // 2] - 2


@pytest.mark.parametrize(
    ("yaw", "pitch", "direction"),
    [
        (0, 0, (1, 0, 0)),
        (90, 0, (0, 1, 0)),
        (180, 0, (-1, 0, 0)),  # the seam
        (-90, 0, (0, -1, 0)),
        (30, 90, (0, 0, 1)),  # the poles
        (30, -90, (0, 0, -1)),
        (45, 45, (0.5, 0.5, math.sqrt(0.5))),
    ],
)
def test_the_camera_looks_where_it_is_turned(yaw, pitch, direction):
    seen = crop_panorama(compass(), VirtualCamera(yaw, pitch, 40, 33, 33))
    torch.testing.assert_close(centre(seen), torch.tensor(direction).float(), atol=6e-3, rtol=0)


def test_right_in_the_picture_is_clockwise_and_up_is_up():
    seen = crop_panorama(compass(), VirtualCamera(0, 0, 90, 41, 41))[0] - 2
    assert float(seen[1, 20, 40]) < -0.6 < 0.6 < float(seen[1, 20, 0])
    assert float(seen[2, 40, 20]) < -0.6 < 0.6 < float(seen[2, 0, 20])


def test_axes_are_those_of_a_camera_of_blender():
    right, up, back = VirtualCamera(90, 0, 40, 8, 8).axes()
    torch.testing.assert_close(right, torch.tensor([1.0, 0.0, 0.0]))
    torch.testing.assert_close(up, torch.tensor([0.0, 0.0, 1.0]))
    torch.testing.assert_close(back, torch.tensor([0.0, -1.0, 0.0]))
    axes = VirtualCamera(33, -20, 40, 8, 8, roll=50).axes()
    torch.testing.assert_close(axes @ axes.T, torch.eye(3), atol=1e-6, rtol=0)


def test_a_camera_rolled_to_the_left_sees_the_horizon_fall_to_the_right():
    seen = crop_panorama(compass(), VirtualCamera(0, 0, 60, 41, 41, roll=30))[0] - 2
    assert float(seen[2, 20, 0]) < -0.1 < 0.1 < float(seen[2, 20, 40])


def test_every_ray_sees_its_own_direction_across_seam_and_pole():
    for camera in (VirtualCamera(180, 0, 60, 24, 32), VirtualCamera(10, 80, 60, 24, 32)):
        rays = camera.rays()
        expected = (rays / rays.norm(dim=-1, keepdim=True)).permute(2, 0, 1)
        seen = crop_panorama(compass(128), camera)[0] - 2
        torch.testing.assert_close(seen, expected, atol=6e-3, rtol=0)


def test_rotating_the_panorama_is_turning_the_camera_back():
    panorama = compass()
    turned = crop_panorama(panorama, VirtualCamera(20, 10, 50, 20, 30), rotation=-100)
    moved = crop_panorama(panorama, VirtualCamera(120, 10, 50, 20, 30))
    torch.testing.assert_close(turned, moved, atol=1e-4, rtol=0)


def test_exposure_and_rotation_may_differ_in_a_batch():
    panorama = compass().expand(2, -1, -1, -1)
    camera = VirtualCamera(0, 0, 50, 8, 8)
    seen = crop_panorama(
        panorama, camera, rotation=torch.tensor([0.0, 45.0]), exposure=torch.tensor([0.0, 3.0])
    )
    alone = crop_panorama(panorama[:1], camera, rotation=45.0)
    torch.testing.assert_close(seen[1:], 8 * alone)


def test_a_coarse_picture_averages_the_panorama():
    fine = torch.zeros(1, 3, 128, 256)
    fine[..., ::2, :] = 2.0  # stripes finer than the camera's pixels
    seen = crop_panorama(fine, VirtualCamera(0, 0, 60, 8, 12))
    assert float((seen - 1).abs().max()) < 0.2


def test_a_sun_far_above_one_survives():
    panorama = torch.zeros(1, 3, 64, 128)
    panorama[..., 30:34, 62:66] = 50000.0
    seen = crop_panorama(panorama, VirtualCamera(0, 0, 30, 21, 21))
    assert float(seen.max()) == pytest.approx(50000.0)


def test_cameras_that_cannot_be_are_refused():
    with pytest.raises(OptionError, match="field of view 180"):
        VirtualCamera(0, 0, 180, 8, 8)
    with pytest.raises(OptionError, match="needs pixels"):
        VirtualCamera(0, 0, 40, 0, 8)
