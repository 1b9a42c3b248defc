"""Builds and renders tiny volumes; needs Blender's bpy."""

import numpy as np
import pytest

pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import bpy  # noqa: E402

from platekey.core.lightstage.shots.passes import render_foreground, render_settings  # noqa: E402
from platekey.core.lightstage.subjects.smoke import SmokeOptions, add_smoke, smoke  # noqa: E402


@pytest.mark.parametrize("kind", ["puff", "plume", "wisps"])
def test_smoke_has_partial_alpha_and_ends_within_the_frame(tmp_path, kind):
    bpy.ops.wm.read_factory_settings(use_empty=True)
    root = add_smoke(SmokeOptions(kind, density=8.0))
    bpy.ops.object.camera_add(location=(0.0, -4.0, 0.0), rotation=(np.pi / 2.0, 0.0, 0.0))
    bpy.context.scene.camera = bpy.context.object
    render_settings(32, 32, threads=1)
    render_foreground(root, tmp_path / "smoke.exr", 8)
    alpha = np.array(bpy.data.images.load(str(tmp_path / "smoke.exr")).pixels).reshape(32, 32, 4)
    alpha = alpha[..., 3]
    assert ((alpha > 0.05) & (alpha < 0.95)).mean() > 0.01
    assert alpha[[0, -1]].max() == alpha[:, [0, -1]].max() == 0.0


def test_chance_draws_every_kind():
    kinds = set()
    for seed in range(12):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        kinds.add(smoke(np.random.default_rng(seed)).facts["smoke"])
    assert kinds == {"puff", "plume", "wisps"}
