"""What Cycles gives is exact: lamps add up, alpha is coverage, seeds reproduce. Needs bpy."""

import math

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")
OpenEXR = pytest.importorskip("OpenEXR", reason="OpenEXR is not in this environment")

from platekey.core.lightstage.capture.lamps import add_lamps  # noqa: E402
from platekey.core.lightstage.capture.recipe import CaptureOptions, lamp_name  # noqa: E402
from platekey.core.lightstage.capture.render import (  # noqa: E402
    capture,
    render_frame,
    render_settings,
)
from platekey.core.lightstage.scene.objects import add_ball, add_box, link  # noqa: E402
from platekey.core.lightstage.scene.surfaces import matte  # noqa: E402

SIZE = 48


def passes(path):
    """Every pass of a capture by its name, (H, W, C)."""
    with OpenEXR.File(str(path)) as file:
        return {
            part.name().removeprefix("ViewLayer."): next(iter(part.channels.values())).pixels
            for part in file.parts
        }


def scene(distance, *, orthographic=0.0):
    """An empty scene seen along +y, and its camera."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    data = bpy.data.cameras.new("camera")
    data.lens, data.sensor_width = 50.0, 36.0
    if orthographic:
        data.type, data.ortho_scale = "ORTHO", orthographic
    camera = link(bpy.data.objects.new("camera", data))
    camera.location = (0.0, -distance, 0.0)
    camera.rotation_euler = (math.pi / 2.0, 0.0, 0.0)
    bpy.context.scene.camera = camera
    bpy.context.view_layer.update()
    return camera


def rendered(camera, path, samples):
    options = CaptureOptions("glass", size=SIZE, lights=4, samples=samples)
    add_lamps(camera, (0.0, 0.0, 0.0), 2.0, options.lights)
    render_settings(options, 0.0)
    render_frame(path)
    return passes(path)


def test_the_lamps_add_up_to_the_beauty_pass(tmp_path):
    options = CaptureOptions("foliage", seed=5, size=SIZE, lights=6, samples=4)
    capture(tmp_path, options, None)
    found = passes(tmp_path / options.files[0])
    total = sum(found[f"Combined_{lamp_name(n)}"].astype(np.float64) for n in range(6))
    beauty = found["Noisy Image"][..., :3]
    assert beauty.max() > 0.05
    np.testing.assert_allclose(total, beauty, atol=2e-3 * beauty.max())


def test_alpha_of_a_sphere_is_its_analytic_area(tmp_path):
    radius, distance = 0.5, 3.0
    camera = scene(distance)
    add_ball("ball", (0.0, 0.0, 0.0), radius, matte("ball", (0.5, 0.5, 0.5), 1.0), 256)
    alpha = rendered(camera, tmp_path / "ball.exr", 64)["Combined"][..., 3].astype(np.float64)
    focal = SIZE * 50.0 / 36.0  # pixels
    area = math.pi * (focal * math.tan(math.asin(radius / distance))) ** 2
    assert alpha.sum() == pytest.approx(area, rel=0.003)
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2.0
    away = np.hypot(x, y) - math.sqrt(area / math.pi)
    np.testing.assert_allclose(alpha[away < -2.0], 1.0, atol=1e-3)
    np.testing.assert_array_equal(alpha[away > 2.0], 0.0)


def test_alpha_of_half_covered_pixels_is_a_half(tmp_path):
    camera = scene(3.0, orthographic=float(SIZE))  # a pixel is one metre
    edge = 0.5  # metres right of the middle: the centre of a column of pixels
    add_box("box", (-99.0, 0.0, -99.0), (edge, 0.1, 99.0), matte("box", (0.5, 0.5, 0.5), 1.0))
    alpha = rendered(camera, tmp_path / "box.exr", 256)["Combined"][..., 3].astype(np.float64)
    assert alpha[:, SIZE // 2].mean() == pytest.approx(0.5, abs=0.01)
    np.testing.assert_allclose(alpha[:, : SIZE // 2 - 2], 1.0, atol=1e-3)
    np.testing.assert_array_equal(alpha[:, SIZE // 2 + 3 :], 0.0)


def test_the_same_seed_gives_the_same_capture_and_another_does_not(tmp_path):
    found = []
    for folder, seed in (("a", 7), ("b", 7), ("c", 8)):
        (tmp_path / folder).mkdir()
        options = CaptureOptions("cloth", seed=seed, size=SIZE, lights=4, samples=2)
        capture(tmp_path / folder, options, None)
        found.append(passes(tmp_path / folder / options.files[0]))
    first, again, other = found
    for name in ("Noisy Image", "Depth", "Combined_L002"):
        np.testing.assert_array_equal(first[name], again[name])
    assert np.abs(first["Noisy Image"] - other["Noisy Image"]).max() > 0.1


def test_a_clip_moves(tmp_path):
    options = CaptureOptions("foliage", seed=5, size=SIZE, lights=4, samples=2, frames=3)
    capture(tmp_path, options, None)
    alphas = [passes(tmp_path / name)["Combined"][..., 3] for name in options.files]
    assert len(alphas) == 3
    assert np.abs(alphas[0] - alphas[2]).max() > 0.3
