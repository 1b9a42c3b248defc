from dataclasses import replace

import pytest
import torch

from platekey.core.errors import OptionError
from platekey.core.lightstage.training.backgrounds import Backgrounds
from platekey.core.lightstage.training.compose import compose
from platekey.core.lightstage.training.dataset import LayerDataset, SampleDataset
from platekey.core.lightstage.training.hints import HintKind
from platekey.core.lightstage.training.pack import Pieces, write_pieces
from platekey.core.lightstage.training.perturb import PerturbOptions
from platekey.core.lightstage.training.sample_options import SampleOptions

CLEAN = SampleOptions(
    size=32, perturb=PerturbOptions.none(), hints={HintKind.SOFT: 1.0}, subject_motion=0.03
)


@pytest.fixture
def pieces(make_ball, tmp_path):
    write_pieces([make_ball(f"{n}", frames=1 + 2 * (n % 2)) for n in range(4)], tmp_path)
    return Pieces(tmp_path)


def batch_of(pieces, options, count=4):
    samples = list(LayerDataset(pieces, Backgrounds(), options, range(count)))
    return {name: torch.stack([sample[name] for sample in samples]) for name in samples[0]}


def sampled(pieces, **perturb):
    options = replace(CLEAN, empty_chance=0, perturb=replace(PerturbOptions.none(), **perturb))
    return compose(batch_of(pieces, options), options)


def test_shapes_are_those_of_the_contract(pieces):
    made = compose(batch_of(pieces, SampleOptions(size=32)), SampleOptions(size=32))
    colours = ("plate", "clean_plate", "previous", "next", "foreground", "background")
    for name in colours:
        assert made[name].shape == (4, 3, 32, 32), name
    for name in ("hint", "alpha"):
        assert made[name].shape == (4, 1, 32, 32), name
        assert 0 <= float(made[name].min()) <= float(made[name].max()) <= 1, name
    for name in ("has_neighbours", "hint_present"):
        assert made[name].shape == (4, 1), name
    for name, value in made.items():
        assert len(value) == 4, name
        assert bool(value.isfinite().all()), name


@pytest.mark.parametrize("share", [0.0, 1.0])
def test_the_compositing_equation_holds_before_the_sensor(pieces, share):
    everything = {
        name: 1.0
        for name in ("coincidence", "shadow", "bounce", "misalignment", "defocus", "light")
    }
    chances = {f"{name}_chance": value for name, value in everything.items()}
    options = replace(
        CLEAN, procedural_share=share, perturb=replace(PerturbOptions.none(), **chances)
    )
    made = compose(batch_of(pieces, options), options)
    alpha = made["alpha"]
    composite = made["foreground"] * alpha + (1 - alpha) * made["background"]
    torch.testing.assert_close(made["plate"], composite, rtol=1e-4, atol=1e-5)


def test_without_perturbations_the_clean_plate_is_what_is_behind(pieces):
    made = sampled(pieces)
    torch.testing.assert_close(made["clean_plate"], made["background"])
    outside = (made["alpha"] == 0).expand_as(made["plate"])
    torch.testing.assert_close(made["plate"][outside], made["clean_plate"][outside])


def test_shadows_and_bounce_are_in_the_plates_alone(pieces):
    plain, shadowed = sampled(pieces), sampled(pieces, shadow_chance=1.0, shadow_density=0.9)
    assert torch.equal(plain["clean_plate"], shadowed["clean_plate"])
    for name in ("plate", "previous", "next", "background"):
        assert float((shadowed[name] - plain[name]).max()) < 1e-5, name
        assert not torch.allclose(shadowed[name], plain[name]), name
    lit = sampled(pieces, bounce_chance=1.0)
    assert torch.equal(plain["clean_plate"], lit["clean_plate"])
    assert float((lit["background"] - plain["background"]).min()) > -1e-5
    assert float(lit["amount_bounce"].min()) > 0


@pytest.mark.parametrize("name", ["misalignment", "light"])
def test_what_is_wrong_with_the_clean_plate_leaves_the_plate_alone(pieces, name):
    plain, other = sampled(pieces), sampled(pieces, **{f"{name}_chance": 1.0})
    assert torch.equal(plain["plate"], other["plate"])
    assert not torch.allclose(plain["clean_plate"], other["clean_plate"], rtol=1e-3)
    assert bool(other[f"amount_{name}"].all())


def test_a_coincidence_of_colours_is_the_subjects_alone(pieces):
    plain, other = sampled(pieces), sampled(pieces, coincidence_chance=1.0)
    assert torch.equal(plain["clean_plate"], other["clean_plate"])
    torch.testing.assert_close(plain["background"], other["background"])
    assert torch.equal(plain["alpha"], other["alpha"])
    is_there = (plain["alpha"] > 0.5).expand_as(plain["foreground"])
    assert not torch.allclose(plain["foreground"][is_there], other["foreground"][is_there])


def test_defocus_is_in_the_plate_or_in_the_clean_plate(pieces):
    other = sampled(pieces, defocus_chance=1.0, defocus_radius=6.0)
    plain = sampled(pieces)
    for index in range(4):
        is_soft = float(other["amount_defocus"][index]) >= 1
        changed = [
            not torch.allclose(plain[name][index], other[name][index], atol=1e-5)
            for name in ("background", "clean_plate")
        ]
        assert sum(changed) == 1 or not is_soft
    assert bool((other["amount_defocus"] >= 1).any())


def test_noise_is_of_four_exposures_and_the_truth_has_none(pieces):
    plain, noisy = sampled(pieces), sampled(pieces, read_noise=(0.01, 0.01))
    noise = [noisy[name] - plain[name] for name in ("plate", "clean_plate", "previous", "next")]
    for index, one in enumerate(noise):
        for other in noise[index + 1 :]:
            assert abs(float((one * other).mean())) < 0.05 * 0.01**2
    assert torch.equal(plain["foreground"], noisy["foreground"])
    assert torch.equal(plain["background"], noisy["background"])


@pytest.mark.parametrize("name", ["chroma", "compression"])
def test_recording_changes_plates_but_no_truth(pieces, name):
    plain, other = sampled(pieces), sampled(pieces, **{f"{name}_chance": 1.0})
    for picture in ("plate", "clean_plate", "previous", "next"):
        assert not torch.equal(plain[picture], other[picture]), picture
    for truth in ("alpha", "foreground", "background"):
        assert torch.equal(plain[truth], other[truth]), truth


def test_hints_are_given_or_not(pieces):
    options = replace(CLEAN, hints={HintKind.NONE: 1.0})
    none = compose(batch_of(pieces, options), options)
    assert not none["hint"].any()
    assert not none["hint_present"].any()
    some = compose(batch_of(pieces, CLEAN), CLEAN)
    assert bool((some["hint_present"] == 1).all())
    is_soft = some["hint_kind"] == list(HintKind).index(HintKind.SOFT)
    assert bool(is_soft.all())


def test_neighbours_that_are_not_there_are_the_plate(pieces):
    options = replace(SampleOptions(size=32), alone_chance=1.0)
    made = compose(batch_of(pieces, options), options)
    assert torch.equal(made["previous"], made["plate"])
    assert torch.equal(made["next"], made["plate"])
    assert not made["has_neighbours"].any()


def test_a_batch_gives_the_same_samples_again(pieces):
    options = SampleOptions(size=32)
    layers = batch_of(pieces, options)
    one, same = compose(layers, options), compose(layers, options)
    assert all(torch.equal(one[name], same[name]) for name in one)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_gpu_makes_the_same_samples_again_and_of_the_same_truth_as_the_cpu(pieces):
    layers = batch_of(pieces, CLEAN)
    cuda = torch.device("cuda")
    here, there = compose(layers, CLEAN), compose(layers, CLEAN, device=cuda)
    for name in ("plate", "clean_plate", "alpha", "foreground", "background"):
        torch.testing.assert_close(there[name].cpu(), here[name], rtol=1e-4, atol=1e-5, msg=name)
    options = SampleOptions(size=32)
    one, same = (compose(layers, options, device=cuda) for _ in range(2))
    for name, value in one.items():
        torch.testing.assert_close(value, same[name], rtol=1e-4, atol=1e-4, msg=name)


def test_options_out_of_range_are_refused(pieces):
    with pytest.raises(OptionError, match="flip_chance is 1.5; it must be from 0 to 1"):
        SampleOptions(flip_chance=1.5)
    with pytest.raises(OptionError, match="size is 4"):
        SampleOptions(size=4)
    with pytest.raises(OptionError, match="start at 0"):
        SampleDataset(pieces, Backgrounds(), CLEAN, range(-3, 3))
    with pytest.raises(OptionError, match="no captures"):
        SampleDataset([], Backgrounds(), CLEAN, range(3))
