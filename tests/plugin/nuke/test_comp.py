"""The live comp node computes what the library computes, in a small interpreter of Nuke's nodes."""

from dataclasses import replace

import nk_grammar
import nk_reader
import numpy as np
import pytest
import torch
from nk_arithmetic import render, render_all

from platekey.core.comp.backdrop import carried_shadow
from platekey.core.comp.composite import composite_frame
from platekey.core.comp.inputs import CompInputs
from platekey.core.comp.options import CompOptions, Kernel
from platekey.plugin.nuke.comp import LIMITS, OUTPUTS, PARAMETERS, comp_script, live_node

HEIGHT, WIDTH = 37, 51
RGB = ("red", "green", "blue")


@pytest.fixture(scope="module")
def group():
    nodes, stack = nk_reader.read(comp_script())
    assert stack == nodes
    return nodes[0]


@pytest.fixture(scope="module")
def scene():
    """A subject with soft edges before a wall; some values are far above 1, some below 0."""
    generator = torch.Generator().manual_seed(11)

    def random(channels):
        return torch.rand(1, channels, HEIGHT, WIDTH, generator=generator)

    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    alpha = ((15 - (x - 25.0).hypot(y - 18.0)) / 9).clamp(0, 1)[None, None]
    foreground = torch.tensor([0.6, 0.3, 0.1]).view(1, 3, 1, 1) * (0.5 + random(3))
    foreground[..., 18, 20:24] *= 40
    foreground[..., 5, 5] = -0.01
    wall = torch.tensor([0.1, 0.5, 0.15]).view(1, 3, 1, 1) * (0.8 + 0.4 * random(3))
    return CompInputs(
        foreground=foreground,
        alpha=alpha,
        background=3 * random(3) ** 4,
        clean_plate=wall,
        shadow=torch.ones(1, 3, HEIGHT, WIDTH),
        confidence=random(1),
        holdout=(random(1) > 0.8).float(),
    )


def channels(picture, names=RGB):
    return dict(zip(names, picture[0].double().numpy(), strict=True))


def pictures(scene):
    stream = channels(scene.foreground * scene.alpha)
    stream.update(channels(scene.alpha, ["alpha"]))
    stream.update(channels(scene.foreground, [f"fg.{name}" for name in RGB]))
    stream.update(channels(scene.shadow, [f"shadow.{name}" for name in RGB]))
    stream.update(channels(scene.confidence, ["confidence.Y"]))
    return {
        "foreground": stream,
        "background": channels(scene.background),
        "clean_plate": channels(scene.clean_plate),
        "holdout": channels(scene.holdout, ["alpha"]),
    }


def knobs(output="comp", **settings):
    values = {name: live_node().parameter(name).default for name in PARAMETERS}
    values.update(despill=1, layers=1, kernel=0, output=OUTPUTS.index(output))
    return {**values, **settings}


def difference(rendered, expected):
    shown = np.stack([rendered[name] for name in RGB])
    wanted = np.broadcast_to(expected[0].double().numpy(), shown.shape)
    return (np.abs(shown - wanted) / (1 + np.abs(wanted))).max()


def test_it_is_grammatical(group):
    nk_grammar.check(group)


@pytest.mark.parametrize("settings", [
    {},
    {"despill_amount": 0.6, "choke": 1.5, "alpha_gamma": 2.0},
    {"choke": 3.25, "edge_width": 0.0, "alpha_gamma": 0.5},
    {"wrap": 0.8, "wrap_radius": 3.0, "edge_width": 6.5},
], ids=str)  # fmt: skip
def test_the_composite_is_the_librarys(group, scene, settings):
    wanted = composite_frame(scene, CompOptions(**settings))
    results = {
        "comp": wanted.picture,
        "fg": wanted.premultiplied,
        "spill": wanted.spill,
        "shadow": wanted.shadow,
        "core": wanted.core,
        "edge": wanted.edge,
    }
    values = render_all(group, pictures(scene), knobs(**settings))
    (chosen,) = [node for node in values if node.name == "choose_output"]
    shown = dict(zip(OUTPUTS, (values[node] for node in chosen.inputs), strict=True))
    for output, expected in results.items():
        assert difference(shown[output], expected) < 1e-5, output
    assert np.abs(shown["fg"]["alpha"] - wanted.alpha[0, 0].numpy()).max() < 1e-5


@pytest.mark.parametrize("settings", [{"edge_blur": 1.2}, {"choke": -2.25, "edge_blur": 4.0}])
def test_a_blurred_or_grown_alpha_is_the_librarys(group, scene, settings):
    wanted = composite_frame(scene, CompOptions(**settings))
    shown = render(group, pictures(scene), knobs("fg", **settings))
    assert np.abs(shown["alpha"] - wanted.alpha[0, 0].numpy()).max() < 1e-5


@pytest.mark.parametrize("settings", [
    {"defocus": 3.3, "wrap": 0.8, "wrap_radius": 3.0},
    {"defocus": 6.25, "kernel": "polygon", "blades": 5, "rotation": 17.0},
    {"defocus": 4.0, "kernel": "polygon", "blades": 16},
    {"defocus": 20.5, "kernel": "anamorphic", "squeeze": 1.7},
    {"defocus": 36.0},  # higher than the picture
    {"defocus": 0.5},
], ids=str)  # fmt: skip
def test_a_defocused_background_is_the_librarys(group, scene, settings):
    options = CompOptions.from_json({"despill": "off", **settings})
    wanted = composite_frame(scene, options)
    plain = composite_frame(scene, replace(options, defocus=0.0))
    numbers = {**settings, "kernel": list(Kernel).index(options.kernel)}
    shown = render(group, pictures(scene), knobs(**{**numbers, "despill": 0}))
    assert difference(shown, wanted.picture) < 1e-5
    assert ((wanted.picture - plain.picture).abs().max() > 0.1) == (options.defocus > 0.5)


def test_a_light_out_of_focus_has_the_lenss_shape_upright(group, scene):
    given = pictures(scene)
    for name in RGB:
        given["background"][name] = np.zeros((HEIGHT, WIDTH))
        given["background"][name][24, 25] = 1000.0
        given["foreground"][name] = given["foreground"]["alpha"] = np.zeros((HEIGHT, WIDTH))
    triangle = {"defocus": 8.0, "kernel": 1, "blades": 3, "despill": 0}
    shown = render(group, given, knobs(**triangle))["red"]
    rows = np.count_nonzero(shown > 0.1, axis=1)
    assert rows[17] < rows[20] < rows[27]  # a corner on top, a side below
    assert shown.sum() == pytest.approx(1000.0, rel=1e-3)


def test_a_shadow_falls_as_the_library_lets_it(group, scene):
    options = CompOptions(shadow=1.7)
    ratio = 0.4 + 0.4 * torch.rand(1, 3, HEIGHT, WIDTH, generator=torch.Generator().manual_seed(3))
    carried = carried_shadow(scene, ratio, CompOptions())  # cleaned at strength 1, as described
    given = pictures(scene)
    given["foreground"].update(channels(carried, [f"shadow.{name}" for name in RGB]))
    shown = render(group, given, knobs("shadow", shadow=1.7))
    assert difference(shown, carried_shadow(scene, ratio, options)) < 1e-5


def test_without_a_clean_plate_it_is_a_plain_over(group, scene):
    given = pictures(scene)
    del given["clean_plate"], given["holdout"]
    shown = render(group, given, knobs())
    over = scene.foreground * scene.alpha + (1 - scene.alpha) * scene.background
    assert difference(shown, over) < 1e-5
    off = render(group, {**pictures(scene), "holdout": {}}, knobs(despill=0))
    assert difference(off, over) < 1e-5


def test_another_keyers_foreground_is_composited_too(group, scene):
    given = pictures(scene)
    given["foreground"] = {
        name: given["foreground"][name] for name in ("red", "green", "blue", "alpha")
    }
    del given["holdout"]
    plain = CompInputs(
        foreground=scene.foreground,
        alpha=scene.alpha,
        background=scene.background,
        clean_plate=scene.clean_plate,
    )
    wanted = composite_frame(plain, CompOptions())
    shown = render(group, given, knobs(layers=0))
    assert difference(shown, wanted.picture) < 1e-5


def test_an_opaque_background_makes_an_opaque_composite(group, scene):
    given = pictures(scene)
    given["background"]["alpha"] = np.ones((HEIGHT, WIDTH))
    shown = render(group, given, knobs())
    assert np.abs(shown["alpha"] - 1).max() < 1e-6


def test_knobs_reach_as_far_as_the_nodes(group):
    for name, (low, high) in LIMITS.items():
        words = group.user[name]
        assert [float(text) for text in words[words.index("R") + 1 :][:2]] == [low, high]
