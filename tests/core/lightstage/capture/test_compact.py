import json

import numpy as np
import pytest
import torch

from platekey.core.errors import MissingFrame, NonFinitePixels, UnreadableFile
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import write_frame
from platekey.core.lightstage.capture.compact import (
    block_mean,
    nearest_depth,
    read_capture,
    shares_of_light,
    straight_colour,
    without_grain,
)
from platekey.core.lightstage.capture.recipe import CaptureOptions, lamp_directions, sidecar
from platekey.core.lightstage.training.stored import SCALE
from platekey.core.options import Depth

LAMPS = 5
SIZE = 33  # no multiple of SCALE


def a_disk(size=SIZE):
    """Alpha of a soft disk, (size, size)."""
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    return np.clip(size / 3 - np.hypot(x, y) + 0.5, 0, 1).astype(np.float32)


def write_capture(folder, *, colour=(0.6, 0.3, 0.1), frames=1, spoil=None, subject="foliage"):
    """A disk of one colour whose lamps have shares 1/15, 2/15, 3/15 …; as render.py writes it."""
    options = CaptureOptions(subject, seed=1, size=SIZE, lights=LAMPS, frames=frames)
    alpha = a_disk()
    lit = alpha[..., None] * np.array(colour, np.float32)
    shares = np.arange(1, LAMPS + 1) / np.arange(1, LAMPS + 1).sum()
    layers = {
        "Combined": np.concatenate([lit, alpha[..., None]], axis=-1),
        "Noisy Image": np.concatenate([lit, alpha[..., None]], axis=-1),
        "Depth": np.where(alpha > 0, 2.0, 1e10)[..., None],
        "Vector": np.broadcast_to(np.array([3.0, -2.0, 0.0, 0.0]), (SIZE, SIZE, 4)),
        **{f"Combined_L{n:03d}": lit * shares[n] for n in range(LAMPS)},
    }
    if spoil:
        layers[spoil] = np.full_like(layers[spoil], np.nan)
    letters = {"Depth": "Z", "Vector": "XYZW", "Combined": "RGBA", "Noisy Image": "RGBA"}
    names = tuple(
        f"ViewLayer.{layer}.{letter}" for layer in layers for letter in letters.get(layer, "RGB")
    )
    pixels = np.concatenate(list(layers.values()), axis=-1).astype(np.float32)
    window = Window(0, 0, SIZE, SIZE)
    for name in options.files:
        write_frame(Frame(pixels, names, window, window), str(folder / name), depth=Depth.FLOAT)
    facts = sidecar(options, "Blender", {"kind": "disk"})
    (folder / f"{options.name}.json").write_text(json.dumps(facts))
    return folder / options.name


def test_colour_alpha_and_shares_of_a_capture_come_back(tmp_path):
    capture = read_capture(write_capture(tmp_path))
    alpha = a_disk()
    np.testing.assert_array_equal(capture.alpha[0], alpha)
    np.testing.assert_allclose(
        capture.foreground[0][alpha > 0], [[0.6, 0.3, 0.1]] * int((alpha > 0).sum()), rtol=0.02
    )
    expected = np.arange(1, LAMPS + 1) / 15
    assert capture.shares.shape == (1, LAMPS, 9, 9)
    np.testing.assert_allclose(
        capture.shares[0], expected[:, None, None].repeat(9, 1).repeat(9, 2), atol=1e-5
    )
    np.testing.assert_allclose(capture.directions, lamp_directions(LAMPS), atol=1e-6)
    assert capture.facts["scale"] == SCALE
    assert capture.subject == "foliage"


def test_depth_is_infinite_where_nothing_is_and_motion_points_right_and_down(tmp_path):
    capture = read_capture(write_capture(tmp_path))
    assert capture.depth[0, 4, 4] == 2.0
    assert np.isinf(capture.depth[0, 0, 0])
    np.testing.assert_allclose(capture.motion[0, 4, 4], [3.0, 2.0], rtol=1e-5)
    np.testing.assert_array_equal(capture.motion[0, 0, 0], 0.0)


def test_a_clip_has_all_its_frames(tmp_path):
    assert read_capture(write_capture(tmp_path, frames=3)).frames == 3


def test_the_grain_of_smoke_is_averaged(tmp_path):
    soft = read_capture(write_capture(tmp_path, subject="smoke")).alpha[0]
    assert soft.sum() == pytest.approx(a_disk().sum(), rel=0.01)
    assert np.abs(np.diff(soft, axis=1)).max() < np.abs(np.diff(a_disk(), axis=1)).max()


def test_the_grain_of_glass_goes_and_its_edges_stay():
    alpha = torch.zeros(1, 1, 60, 60)
    alpha[..., 10:50, 10:50] = 0.4 + 0.07 * torch.randn(40, 40, generator=torch.manual_seed(4))
    alpha[..., 25:35, 25:35] = 1.0
    alpha = alpha.clamp(0, 1)
    clear = without_grain(alpha, "veil")
    inside = clear[..., 14:22, 14:46]
    assert float(inside.std()) < 0.035
    assert float(inside.mean()) == pytest.approx(0.4, abs=0.03)
    torch.testing.assert_close(clear[..., 26:34, 26:34], torch.ones(1, 1, 8, 8))
    torch.testing.assert_close(clear[..., :9, :], torch.zeros(1, 1, 9, 60))
    assert without_grain(alpha, "person") is alpha


def test_a_solid_subject_has_the_denoised_colour_and_hair_the_mean_around():
    alpha = torch.ones(1, 1, 40, 40)
    alpha[..., 20:] = (torch.rand(1, 1, 40, 20, generator=torch.manual_seed(1)) > 0.7).float()
    denoised = alpha * 0.5
    grainy = alpha * (0.25 + 0.5 * torch.rand(1, 3, 40, 40, generator=torch.manual_seed(2)))
    colour = straight_colour(denoised.expand(-1, 3, -1, -1), grainy, alpha)
    torch.testing.assert_close(colour[..., :18], torch.full((1, 3, 40, 18), 0.5))
    hair = colour[..., 22:38]
    assert 0.45 < float(hair.mean()) < 0.55
    assert float(hair.std()) < 0.6 * float(
        grainy[..., 22:38][alpha[..., 22:38].expand(-1, 3, -1, -1) > 0].std()
    )


def test_shares_add_up_to_one_even_where_nothing_is_lit():
    generator = torch.manual_seed(3)
    alpha = torch.zeros(1, 1, 24, 24)
    alpha[..., 8:16, 8:16] = 1
    passes = torch.rand(1, 7, 24, 24, generator=generator) * alpha
    shares = shares_of_light(passes, alpha)
    torch.testing.assert_close(shares.sum(1), torch.ones(1, 6, 6))
    assert bool((shares >= 0).all())
    dark = shares_of_light(passes * 0, alpha * 0)
    torch.testing.assert_close(dark, torch.full((1, 7, 6, 6), 1 / 7))


def test_blocks_at_the_border_repeat_its_pixels():
    x = torch.arange(5.0).view(1, 1, 1, 5)
    torch.testing.assert_close(block_mean(x).flatten(), torch.tensor([1.5, 4.0]))
    depth = torch.tensor([5.0, 1e10, 3.0, 1e10, 1e10]).view(1, 1, 1, 5)
    assert nearest_depth(depth).flatten().tolist() == [3.0, float("inf")]


def test_a_capture_that_is_not_there_or_of_another_layout_is_refused(tmp_path):
    with pytest.raises(MissingFrame, match="render it"):
        read_capture(tmp_path / "person_000000")
    stem = write_capture(tmp_path)
    path = stem.with_name(stem.name + ".json")
    path.write_text(path.read_text().replace('"layout": 2', '"layout": 1'))
    with pytest.raises(UnreadableFile, match="layout"):
        read_capture(stem)
    path.write_text("{")
    with pytest.raises(UnreadableFile, match="again"):
        read_capture(stem)


def test_nan_in_a_pass_is_refused(tmp_path):
    with pytest.raises(NonFinitePixels, match="Combined_L002"):
        read_capture(write_capture(tmp_path, spoil="Combined_L002"))
