"""The description that hosts build from says the same as the library, on pictures."""

import pytest
import torch

from platekey.core.comp.defocus import defocus
from platekey.core.comp.edge_spill import exchange_spill
from platekey.core.comp.edges import bend_alpha, blur_alpha, choke, core_matte, edge_matte
from platekey.core.comp.kernels import Lens, lens_kernel
from platekey.core.comp.light_wrap import light_wrap
from platekey.core.comp.merge import hold_out, over
from platekey.core.comp.options import Kernel
from platekey.core.comp.shadow import carry_shadow
from platekey.core.filters import enlarge, gaussian_blur, reduce
from platekey.nodes.comp import COMP
from platekey.nodes.comp_graph import (
    defocus_graph,
    despill_graph,
    edge_graph,
    light_wrap_graph,
    live_graphs,
    over_graph,
    shadow_graph,
)
from platekey.nodes.comp_lens import LARGEST, MOST_POINTS, MOST_SAMPLES, lens_graph
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
    "floor": torch.floor,
    "cosine": torch.cos,
    "mean": lambda a: a.mean(1, keepdim=True),
    "combine": lambda *mattes: torch.cat(mattes, 1),
    "blur": lambda a, sigma: gaussian_blur(a, float(sigma)),
    "spread": lambda a, pixels: choke(a, -float(pixels)),
    "convolve": lambda a, kernel: convolved(a, kernel),
}


def convolved(picture, kernel):
    """The mean of what is seen, weighed by the kernel; by the definition."""
    up, left = kernel.shape[-2] // 2, kernel.shape[-1] // 2
    one = torch.ones_like(picture[:, :1])
    padded = torch.nn.functional.pad(torch.cat([picture, one], 1), (left, left, up, up)).double()
    sums = torch.nn.functional.conv2d(padded.transpose(0, 1), kernel.flip(2, 3).double())
    return (sums[:3] / sums[3:]).transpose(0, 1).to(picture.dtype)


def lens_of(**settings):
    """The kernel, (1, 1, rows, columns), from points as the graph's docstring has it."""
    settings = {"kernel": 0, "blades": 6, "rotation": 0.0, "squeeze": 2.0, **settings}
    middle = {"across": torch.zeros(1), "up": torch.zeros(1)}
    shape = evaluate(lens_graph(), middle, **settings)
    samples, rows, columns = (int(shape[name]) for name in ("samples", "rows", "columns"))
    assert samples <= MOST_SAMPLES
    assert samples * (2 * rows + 1) <= MOST_POINTS

    def places(reach):
        return (torch.arange((2 * reach + 1) * samples) + 0.5).double() / samples - reach - 0.5

    across, up = places(columns)[None, :], -places(rows)[:, None]  # rows go down
    points = {"across": across + 0 * up, "up": up + 0 * across}
    inside = evaluate(lens_graph(), points, **settings)["inside"].float()
    return torch.nn.functional.avg_pool2d(inside[None, None], samples)


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


@pytest.mark.parametrize(("settings", "lens"), [
    ({"defocus": 0.5}, Lens(0.5)),
    ({"defocus": 0.75}, Lens(0.75)),
    ({"defocus": 15.9}, Lens(15.9)),
    ({"defocus": 16.0}, Lens(16.0)),
    ({"defocus": 31.9, "kernel": 2, "squeeze": 1.7}, Lens(31.9, squeeze=1.7)),
    ({"defocus": 32.0, "kernel": 1, "blades": 7, "rotation": 11.0}, Lens(32.0, 7, 11.0)),
    ({"defocus": 9.3, "kernel": 1, "blades": 3, "rotation": -350.0}, Lens(9.3, 3, -350.0)),
    ({"defocus": 9.3, "kernel": 1, "blades": 16}, Lens(9.3, 16)),
], ids=str)  # fmt: skip
def test_the_lens_is_the_librarys(settings, lens):
    described = lens_of(**settings)[0, 0]
    kernel = lens_kernel(lens)
    assert described.shape == kernel.shape
    assert torch.allclose(described / described.sum(), kernel, atol=1e-6 * float(kernel.max()))


def test_the_lens_reaches_as_far_as_the_node():
    assert COMP.parameter("defocus").maximum == LARGEST
    assert COMP.parameter("blades").maximum == 16
    assert COMP.parameter("kernel").values == tuple(item.value for item in Kernel)
    assert list(Kernel) == [Kernel.DISC, Kernel.POLYGON, Kernel.ANAMORPHIC]


@pytest.mark.parametrize("radius", [0.3, 4.7, 30.0])
def test_defocus_is_the_librarys(scene, radius):
    described = evaluate(defocus_graph(), {**scene, "lens": lens_of(defocus=radius)})
    assert same(described["background"], defocus(scene["background"], Lens(radius)))


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
