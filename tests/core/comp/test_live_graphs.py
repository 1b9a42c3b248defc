"""The description that hosts build from says the same as the library, on pictures."""

import pytest
import torch

from platekey.core.comp.edge_spill import exchange_spill
from platekey.core.comp.edges import bend_alpha, blur_alpha, choke, core_matte, edge_matte
from platekey.core.comp.light_wrap import light_wrap
from platekey.core.comp.merge import hold_out, over
from platekey.core.comp.shadow import carry_shadow
from platekey.core.filters import enlarge, gaussian_blur, reduce
from platekey.nodes.comp import COMP
from platekey.nodes.comp_graph import (
    despill_graph,
    edge_graph,
    light_wrap_graph,
    live_graphs,
    over_graph,
    shadow_graph,
)
from platekey.nodes.graph import OPERATIONS

HEIGHT, WIDTH = 37, 51
TOLERANCE = 1e-5
SIMPLE = {
    "add": torch.add,
    "subtract": torch.sub,
    "multiply": torch.mul,
    "divide": torch.div,
    "power": torch.pow,
    "minimum": torch.minimum,
    "maximum": torch.maximum,
    "greater": lambda a, b: (a > b).float(),
    "root": torch.sqrt,
    "mean": lambda a: a.mean(1, keepdim=True),
    "combine": lambda *mattes: torch.cat(mattes, 1),
    "blur": lambda a, sigma: gaussian_blur(a, float(sigma)),
    "spread": lambda a, pixels: choke(a, -float(pixels)),
}


def evaluate(graph, pictures, **parameters):
    """The graph's outputs, step by step, as a host would compute them."""
    values = {}
    for step in graph.steps:
        items = [values[name] for name in step.inputs]
        if step.operation == "input":
            value = pictures[step.of]
        elif step.operation in ("parameter", "constant"):
            number = parameters[step.of] if step.operation == "parameter" else step.of
            value = torch.tensor(float(number))
        elif step.operation == "channel":
            value = items[0][:, step.of : step.of + 1]
        elif step.operation == "reduce":
            value = reduce(items[0], step.of)
        elif step.operation == "enlarge":
            value = enlarge(items[0], step.of, HEIGHT, WIDTH)
        else:
            value = SIMPLE[step.operation](*items)
        values[step.name] = value
    return {name: values[step] for name, step in graph.outputs.items()}


@pytest.fixture
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
    return {
        "foreground": foreground,
        "alpha": alpha,
        "clean_plate": wall,
        "shadow": 0.5 + 0.6 * random(3),
        "confidence": random(1),
        "background": 3 * random(3) ** 4,
        "holdout": (random(1) > 0.8).float(),
    }


def same(one, other):
    return torch.allclose(one, other, rtol=TOLERANCE, atol=TOLERANCE)


@pytest.mark.parametrize("amount", [0.0, 0.7, 1.0, 2.0])
def test_despill_is_the_librarys(scene, amount):
    described = evaluate(despill_graph(), scene, despill_amount=amount)
    behind = scene["clean_plate"] * scene["shadow"]
    computed = exchange_spill(
        scene["foreground"], scene["alpha"], behind, scene["confidence"], amount=amount
    )
    assert same(described["spill"], computed.spill)
    assert same(described["alpha"], computed.alpha)
    assert same(described["premultiplied"], computed.foreground * computed.alpha)
    if amount:
        assert computed.spill.abs().max() > 0.01  # there was something to compare


@pytest.mark.parametrize(("gamma", "pixels", "sigma", "width"), [
    (1.0, 0.0, 0.0, 3.0),
    (2.0, 1.5, 1.2, 4.0),
    (0.5, -2.25, 0.7, 0.0),
])  # fmt: skip
def test_edge_is_the_librarys(scene, gamma, pixels, sigma, width):
    described = evaluate(
        edge_graph(), scene, alpha_gamma=gamma, choke=pixels, edge_blur=sigma, edge_width=width
    )
    alpha = choke(bend_alpha(scene["alpha"], gamma), pixels)
    core = core_matte(alpha, width)
    edge = edge_matte(alpha, core, width)
    assert same(described["core"], core)
    assert same(described["edge"], edge)
    assert same(described["alpha"], blur_alpha(alpha, sigma, edge))


@pytest.mark.parametrize("strength", [0.0, 0.6, 1.0, 2.0])
def test_shadow_is_the_librarys(scene, strength):
    clean = {**scene, "shadow": carry_shadow(scene["shadow"], scene["alpha"])}
    described = evaluate(shadow_graph(), clean, shadow=strength)
    factor = carry_shadow(scene["shadow"], scene["alpha"], strength=strength)
    assert same(described["background"], scene["background"] * factor)


@pytest.mark.parametrize("radius", [0.0, 3.0, 20.0])
def test_light_wrap_is_the_librarys(scene, radius):
    described = evaluate(light_wrap_graph(), scene, wrap=0.8, wrap_radius=radius)
    computed = light_wrap(scene["background"], scene["alpha"], radius=radius, intensity=0.8)
    assert same(described["light"], computed)


def test_over_is_the_librarys(scene):
    premultiplied = scene["foreground"] * scene["alpha"]
    light = 0.1 * scene["background"]
    described = evaluate(over_graph(), {**scene, "premultiplied": premultiplied, "light": light})
    held, alpha = hold_out(premultiplied + light, scene["alpha"], scene["holdout"])
    assert same(described["picture"], over(held, alpha, scene["background"]))
    assert same(described["premultiplied"], held)
    assert same(described["alpha"], alpha)


@pytest.mark.parametrize("graph", live_graphs(), ids=lambda graph: graph.name)
def test_a_graph_asks_for_settings_that_the_node_has(graph):
    for name in graph.parameters:
        assert COMP.parameter(name).animatable


@pytest.mark.parametrize("graph", live_graphs(), ids=lambda graph: graph.name)
def test_a_graph_is_made_of_known_operations(graph):
    assert {step.operation for step in graph.steps} <= set(OPERATIONS)
