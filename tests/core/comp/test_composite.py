"""The whole composite: neutral is a plain over, and each control does what it says."""

from dataclasses import replace

import pytest
import torch

from platekey.core.comp.composite import composite_frame
from platekey.core.comp.inputs import CompInputs
from platekey.core.comp.look import Look, measure_look
from platekey.core.comp.options import CompOptions, Grain, Kernel
from platekey.core.errors import NonFinitePixels, OptionError, ShapeError

HEIGHT, WIDTH = 43, 57


def noise(channels, seed):
    generator = torch.Generator().manual_seed(seed)
    return torch.rand(1, channels, HEIGHT, WIDTH, generator=generator)


@pytest.fixture
def inputs():
    """A disc before a wall, its plate, and a new background with a lamp of 30."""
    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    alpha = ((15 - (x - 28.0).hypot(y - 21.0)) / 6).clamp(0, 1)[None, None]
    foreground = torch.tensor([0.5, 0.3, 0.2]).view(1, 3, 1, 1) * (0.6 + 0.8 * noise(3, 1))
    clean = torch.tensor([0.2, 0.5, 0.3]).view(1, 3, 1, 1) * (0.8 + 0.4 * noise(3, 2))
    background = 0.3 * noise(3, 3)
    background[..., 2:5, 3:6] = 30.0
    foreground[..., 20, 28], foreground[..., 22, 28] = 12.0, -0.05
    return CompInputs(
        foreground,
        alpha,
        background,
        clean_plate=clean,
        plate=foreground * alpha + clean * (1 - alpha),
        shadow=torch.ones_like(clean),
        confidence=1 - 0.5 * 4 * alpha * (1 - alpha),
    )


def plain_over(inputs):
    return inputs.foreground * inputs.alpha + (1 - inputs.alpha) * inputs.background


def test_nothing_switched_on_is_a_plain_over_to_the_last_bit(inputs):
    result = composite_frame(inputs, CompOptions.neutral())
    assert torch.equal(result.picture, plain_over(inputs))
    assert not result.spill.any()


@pytest.mark.parametrize("options", [CompOptions.neutral(), CompOptions()], ids=["off", "default"])
def test_over_the_old_background_the_plate_comes_back(inputs, options):
    result = composite_frame(replace(inputs, background=inputs.clean_plate), options)
    torch.testing.assert_close(result.picture, inputs.plate, rtol=1e-5, atol=1e-5)


def test_solid_pixels_are_untouched_by_the_defaults_bit_for_bit(inputs):
    result = composite_frame(inputs, CompOptions())
    solid = (inputs.alpha == 1).expand_as(inputs.foreground)
    empty = (inputs.alpha == 0).expand_as(inputs.foreground)
    assert torch.equal(result.picture[solid], inputs.foreground[solid])
    assert torch.equal(result.picture[empty], inputs.background[empty])


EVERYTHING = CompOptions(
    bounce=0.5,
    spill_luminance=0.5,
    choke=0.6,
    edge_blur=0.8,
    alpha_gamma=1.2,
    extend=0.5,
    dark_fringe=0.5,
    bright_fringe=0.5,
    additive=0.5,
    additive_dark=0.5,
    match_exposure=0.5,
    match_colour=0.5,
    wrap=0.5,
    shadow_softness=2.0,
    defocus=2.5,
    kernel=Kernel.POLYGON,
    grain=Grain.MATCH,
)


def test_the_foreground_that_is_handed_out_merges_to_the_picture(inputs):
    result = composite_frame(inputs, EVERYTHING)
    merged = result.premultiplied + (1 - result.alpha) * result.background
    assert torch.equal(merged, result.picture)
    assert result.picture.isfinite().all()


@pytest.mark.parametrize("size", [(1, 1), (1, 8), (5, 3)])
def test_any_size_takes_every_control(size):
    picture, alpha = torch.rand(1, 3, *size), torch.full((1, 1, *size), 0.5)
    inputs = CompInputs(
        picture, alpha, picture.flip(1), plate=picture, clean_plate=picture.flip(2), frame=7
    )
    result = composite_frame(inputs, EVERYTHING)
    assert result.picture.shape == (1, 3, *size)
    assert result.picture.isfinite().all()


def test_a_shadow_darkens_the_new_background_beside_the_subject_only_once(inputs):
    ratio = torch.ones_like(inputs.background)
    ratio[..., 34:, :] = 0.5
    shadowed = replace(inputs, shadow=ratio, plate=None)
    result = composite_frame(shadowed, CompOptions())
    torch.testing.assert_close(
        result.picture[..., 38:, :8], 0.5 * inputs.background[..., 38:, :8], rtol=0.05, atol=0.01
    )
    assert torch.equal(
        composite_frame(shadowed, CompOptions(shadow=0)).shadow, torch.ones_like(ratio)
    )


def test_the_additive_keyer_does_not_repeat_the_shadow(inputs):
    dark = torch.ones_like(inputs.background)
    dark[..., 34:, :] = 0.5
    plate = inputs.foreground * inputs.alpha + (1 - inputs.alpha) * inputs.clean_plate * dark
    both = replace(inputs, plate=plate, shadow=dark)
    once = composite_frame(both, CompOptions()).picture
    twice = composite_frame(both, CompOptions(additive=1.0, additive_dark=1.0)).picture
    assert (twice - once).abs()[..., 38:, :].mean() < 0.02


def test_light_wrap_brightens_the_edge_beside_a_lamp_and_nothing_else(inputs):
    bright = replace(inputs, background=inputs.background.clone())
    bright.background[..., :, :14] = 20.0
    plain = composite_frame(bright, CompOptions()).picture
    wrapped = composite_frame(bright, CompOptions(wrap=1.0, wrap_radius=6.0)).picture
    gained = (wrapped - plain)[0, 0]
    assert gained[21, 16] > 0.05
    assert gained[21, 28] < 0.01
    assert not gained[inputs.alpha[0, 0] == 0].any()


def test_a_defocus_leaves_the_subject_sharp(inputs):
    result = composite_frame(inputs, CompOptions(defocus=4.0))
    solid = (inputs.alpha == 1).expand_as(inputs.foreground)
    assert torch.equal(result.picture[solid], inputs.foreground[solid])
    assert result.background[0, 0, 3, 9] > inputs.background[0, 0, 3, 9]


def test_depth_needs_a_focus(inputs):
    deep = replace(inputs, zdepth=torch.ones_like(inputs.alpha))
    with pytest.raises(OptionError, match="focus distance is 0"):
        composite_frame(deep, CompOptions(defocus=4.0))
    assert composite_frame(deep, CompOptions(defocus=4.0, focus=1.0)).picture.isfinite().all()


def test_picked_greys_are_matched(inputs):
    point = inputs.foreground.clone()
    point[..., 19:24, 26:31] = torch.tensor([0.1, 0.2, 0.4]).view(1, 3, 1, 1)
    target = inputs.background.clone()
    target[..., 30:35, 40:45] = 0.4
    picked = replace(inputs, foreground=point, background=target)
    options = CompOptions(
        match_exposure=1.0, match_colour=1.0, foreground_grey="28,21", background_grey="42,32"
    )
    gain = measure_look(picked, options).gain
    torch.testing.assert_close(gain.flatten(), torch.tensor([4.0, 2.0, 1.0]))
    with pytest.raises(
        OptionError, match="background_grey is 57,3, outside of the picture of 57x43"
    ):
        measure_look(picked, replace(options, background_grey="57,3"))


def test_a_given_look_is_used_and_not_measured(inputs):
    look = Look(gain=torch.full((1, 3, 1, 1), 2.0))
    result = composite_frame(inputs, CompOptions(match_exposure=1.0), look)
    solid = (inputs.alpha == 1).expand_as(inputs.foreground)
    assert torch.equal(result.picture[solid], 2 * inputs.foreground[solid])


def test_regrain_adds_grain_that_the_frame_number_decides(inputs):
    grainy = replace(inputs, plate=inputs.plate + 0.02 * (noise(3, 8) - 0.5))
    options = replace(CompOptions(), grain=Grain.REGRAIN)
    first, again = (composite_frame(grainy, options).picture for _ in range(2))
    other = composite_frame(replace(grainy, frame=2), options).picture
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


def test_a_background_with_alpha_leaves_the_composite_its_alpha(inputs):
    half = torch.full_like(inputs.alpha, 0.5)
    result = composite_frame(replace(inputs, background_alpha=half), CompOptions())
    assert result.picture_alpha[0, 0, 0, 0] == 0.5
    assert result.picture_alpha[0, 0, 21, 28] == 1


def test_a_holdout_shows_the_background(inputs):
    holdout = torch.zeros_like(inputs.alpha)
    holdout[..., :20] = 1
    result = composite_frame(replace(inputs, holdout=holdout), CompOptions(wrap=1.0))
    assert torch.equal(result.picture[..., :20], result.background[..., :20])


def test_a_nan_that_a_blur_would_spread_is_refused(inputs):
    broken = replace(inputs, background=inputs.background.clone())
    broken.background[..., 5, 5] = torch.nan
    with pytest.raises(NonFinitePixels, match="background has 1 pixels of NaN"):
        composite_frame(broken, CompOptions(wrap=1.0))
    assert composite_frame(broken, CompOptions.neutral()).picture.isnan().sum() == 3


def test_pictures_of_another_size_are_refused(inputs):
    with pytest.raises(ShapeError, match="background is"):
        replace(inputs, background=inputs.background[..., 1:])
    with pytest.raises(ShapeError, match="holdout is"):
        replace(inputs, holdout=inputs.alpha[..., 1:])
