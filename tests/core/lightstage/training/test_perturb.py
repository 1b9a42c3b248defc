from dataclasses import fields, replace

import pytest
import torch

from platekey.core.errors import OptionError, ShapeError
from platekey.core.lightstage.training.perturb import Moment, PerturbOptions, perturb

ALWAYS = replace(
    PerturbOptions(),
    **{item.name: 1.0 for item in fields(PerturbOptions) if item.name.endswith("chance")},
)
NO_SENSOR = replace(
    ALWAYS,
    noise_gain=(0.0, 0.0),
    read_noise=(0.0, 0.0),
    chroma_chance=0.0,
    compression_chance=0.0,
)
PICTURES = ("plate", "clean_plate", "premultiplied", "alpha", "background", "shadow")


@pytest.fixture
def truth():
    generator = torch.Generator().manual_seed(2)
    alpha = torch.zeros(4, 1, 48, 64)
    alpha[..., 12:40, 20:44] = 1.0
    alpha[..., 12:40, 18:20] = 0.4
    colour = torch.rand(4, 3, 48, 64, generator=generator) * 2
    background = torch.rand(4, 3, 6, 8, generator=generator).pow(4) * 20
    background = torch.nn.functional.interpolate(background, size=(48, 64), mode="bicubic")
    return colour * alpha, alpha, background


def make(truth, options, seed=1):
    return perturb(*truth, options=options, generator=torch.Generator().manual_seed(seed))


def test_without_perturbations_the_clean_plate_is_the_background(truth):
    sample = make(truth, PerturbOptions.none())
    assert torch.equal(sample.clean_plate, truth[2])
    assert torch.equal(sample.background, truth[2])
    assert torch.equal(sample.premultiplied, truth[0])
    assert torch.equal(sample.plate, truth[0] + (1 - truth[1]) * truth[2])
    assert torch.equal(sample.shadow, torch.ones_like(truth[2]))


def test_the_compositing_equation_holds_before_the_sensor(truth):
    for seed in range(5):
        sample = make(truth, NO_SENSOR, seed)
        composite = sample.premultiplied + (1 - sample.alpha) * sample.background
        assert torch.equal(sample.plate, composite)
        assert not torch.allclose(sample.clean_plate, sample.background, atol=1e-2)


def test_shadow_and_bounce_are_in_the_plate_alone(truth):
    options = replace(PerturbOptions.none(), shadow_chance=1.0, bounce_chance=1.0)
    sample = make(truth, options)
    assert torch.equal(sample.clean_plate, truth[2])
    assert torch.equal(sample.background, truth[2] * sample.shadow)
    assert float(sample.shadow.min()) < 0.9
    assert float(sample.shadow.max()) > 1.0


def test_noise_is_independent_in_plate_and_clean_plate(truth):
    options = replace(PerturbOptions.none(), read_noise=(0.01, 0.01))
    sample = make(truth, options)
    plate_noise = sample.plate - (truth[0] + (1 - truth[1]) * truth[2])
    clean_noise = sample.clean_plate - truth[2]
    assert float(plate_noise.std()) == pytest.approx(0.01, rel=0.03)
    assert float(clean_noise.std()) == pytest.approx(0.01, rel=0.03)
    assert abs(float((plate_noise * clean_noise).mean())) < 0.03 * 0.01**2


def test_a_seed_reproduces_and_another_differs(truth):
    one, same, other = make(truth, ALWAYS, 5), make(truth, ALWAYS, 5), make(truth, ALWAYS, 6)
    for name in PICTURES:
        assert torch.equal(getattr(one, name), getattr(same, name)), name
    assert not torch.equal(one.clean_plate, other.clean_plate)


def test_neighbours_change_nothing_of_the_frame_and_share_its_shadow_light_and_camera(truth):
    alone = make(truth, ALWAYS)
    generator = torch.Generator().manual_seed(1)
    both = perturb(*truth, options=ALWAYS, generator=generator, neighbours=[Moment(*truth)] * 2)
    for name in PICTURES:
        assert torch.equal(getattr(alone, name), getattr(both, name)), name
    generator = torch.Generator().manual_seed(1)
    still = perturb(*truth, options=NO_SENSOR, generator=generator, neighbours=[Moment(*truth)])
    assert torch.equal(still.neighbours[0], still.plate)
    noise = [both.plate - still.plate, *(other - still.plate for other in both.neighbours)]
    assert not torch.equal(noise[0], noise[1])
    assert not torch.equal(noise[1], noise[2])


def test_amounts_tell_what_was_done(truth):
    nothing = make(truth, PerturbOptions.none()).amounts
    assert all(not values.any() for values in nothing.values())
    everything = make(truth, ALWAYS).amounts
    assert set(everything) == set(nothing)
    for name, values in everything.items():
        assert values.shape == (4,), name
        assert bool(values.all()), name


def test_chances_are_per_picture(truth):
    many = tuple(item[:1].expand(64, -1, -1, -1) for item in truth)
    options = replace(PerturbOptions.none(), light_chance=0.5)
    sample = make(many, options)
    changed = (sample.clean_plate != many[2]).flatten(1).any(1)
    assert 18 < int(changed.sum()) < 46


def test_alpha_is_never_touched_and_everything_is_finite(truth):
    hot = (truth[0] * 1000, truth[1], truth[2] * 1000 - 5)
    for seed in range(3):
        sample = make(hot, ALWAYS, seed)
        assert torch.equal(sample.alpha, truth[1])
        for name in PICTURES:
            assert bool(getattr(sample, name).isfinite().all()), name
        assert float(sample.plate.max()) > 100


def test_a_single_pixel_can_be_perturbed():
    one = torch.ones(1, 3, 1, 1)
    assert make((0.5 * one, 0.5 * one[:, :1], one), ALWAYS).plate.shape == (1, 3, 1, 1)


def test_options_and_shapes_that_cannot_be_are_refused(truth):
    with pytest.raises(OptionError, match="shadow_chance is 1.5; it must be from 0 to 1"):
        PerturbOptions(shadow_chance=1.5)
    with pytest.raises(OptionError, match="noise_gain"):
        PerturbOptions(noise_gain=(1e-3, 1e-4))
    with pytest.raises(ShapeError, match="background"):
        make((truth[0], truth[1], truth[2][..., :5]), ALWAYS)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_generator_on_the_cpu_draws_the_same_for_the_gpu(truth):
    here = make(truth, NO_SENSOR)
    there = make(tuple(item.cuda() for item in truth), NO_SENSOR)
    torch.testing.assert_close(there.clean_plate.cpu(), here.clean_plate, rtol=1e-3, atol=1e-3)
