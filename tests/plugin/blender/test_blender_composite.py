"""The live Composite node computes what `platekey comp` computes, rendered by a real Blender."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import blender_shot as shots  # noqa: E402

from platekey.nodes.comp import COMP  # noqa: E402
from platekey.plugin.blender import composite, versions  # noqa: E402

pytestmark = pytest.mark.skipif(
    shots.worker_python() is None, reason="there is no worker's environment to compare with"
)
IS_PLAIN = not versions.is_at_least(4, 5)  # what 4.2 computes on the CPU
SETTINGS = [
    {},
    {"despill_amount": 0.6, "choke": 1.5, "alpha_gamma": 2.0},
    {"choke": 1.25, "edge_width": 0.5, "alpha_gamma": 0.5, "wrap": 0.8, "wrap_radius": 3.0},
]
if not IS_PLAIN:
    SETTINGS += [
        {"choke": 3.25, "edge_width": 7.5, "wrap": 1.0, "wrap_radius": 6.0},
        {"wrap": 0.8, "wrap_radius": 20.0},
        {"wrap": 0.8, "wrap_radius": 60.0},
    ]
LAYERS = {"comp": "", "fg": "fg.", "spill": "spill."}
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """Straight from files: a soft subject with light above 1 and below 0, before a wall."""
    folder = tmp_path_factory.mktemp("comp")
    random = np.random.default_rng(7)
    height, width = 61, 83
    y, x = np.mgrid[:height, :width]
    alpha = np.clip((22 - np.hypot(x - 40.0, y - 28.0)) / 12, 0, 1)
    colour = np.array([0.6, 0.3, 0.1]) * (0.5 + random.random((height, width, 3)))
    colour[28, 35:44] *= 40
    colour[5, 5] = -0.01
    wall = np.array([0.1, 0.5, 0.15]) * (0.8 + 0.4 * random.random((height, width, 3)))
    behind = 3 * random.random((height, width, 3)) ** 4

    def write(name, pixels, letters="RGB"):
        channels = {c: pixels[..., i].astype(np.float16) for i, c in enumerate(letters)}
        return shots.write(folder / f"{name}.exr", channels)

    shadow = np.ones((height, width, 3))
    confidence = random.random((height, width, 1))
    covered = np.concatenate([colour * alpha[..., None], alpha[..., None]], -1)
    files = {
        "rgba": write("rgba", covered, "RGBA"),
        "fg": write("fg", colour),
        "shadow": write("shadow", shadow),
        "confidence": write("confidence", confidence, "Y"),
        "clean_plate": write("clean", wall),
        "background": write("background", behind),
        "holdout": write("holdout", (random.random((height, width, 1)) > 0.8) * 1.0, "Y"),
    }
    files["whole"] = shots.one_file(files, folder / "whole.exr")
    with shots.blender(folder):
        bpy.context.scene.render.resolution_x = width
        bpy.context.scene.render.resolution_y = height
        bpy.context.scene.render.resolution_percentage = 100
        tree = versions.make_scene_tree(bpy.context.scene)
        node = tree.nodes.new("PlateKeyCompositeNode")
        labels = {
            "rgba": "Foreground",
            "fg": "Straight foreground",
            "confidence": "Confidence",
            "background": "Background",
            "holdout": "Holdout matte",
        }
        if not IS_PLAIN:
            labels["clean_plate"] = "Clean plate"
        for name, label in labels.items():
            space = "Non-Color" if name in ("confidence", "holdout") else shots.LINEAR
            image = shots.image_node(tree, files[name], space)
            tree.links.new(image.outputs["Image"], node.inputs[label])
        yield node, files, folder


def librarys(scene, settings):
    _, files, folder = scene
    inputs = {"foreground": files["whole"], "background": files["background"]}
    inputs["holdout"] = files["holdout"]
    if not IS_PLAIN:
        inputs["clean_plate"] = files["clean_plate"]
    output = str(folder / "library.exr")
    given = {name: value for name, value in settings.items() if name in live_names()}
    defaults = {p.name: p.default for p in composite.live_node(IS_PLAIN).parameters}
    options = {**defaults, **given, "depth": "float"}
    shots.ask_worker("comp", {**inputs, "output": output, "options": options, "overwrite": True})
    return shots.read(output)


def live_names():
    return [item.name for item in composite.live_node(IS_PLAIN).parameters]


def difference(shown, wanted):
    return (np.abs(shown - wanted) / (1 + np.abs(wanted))).max()


def wanted_pixels(channels, prefix, letters="RGB"):
    return np.stack([channels[prefix + letter] for letter in letters], -1)


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
def test_the_composite_is_the_librarys(scene, settings):
    node, _, folder = scene
    for parameter in composite.live_node(IS_PLAIN).parameters:
        value = settings.get(parameter.name, parameter.default)
        node.inputs[parameter.label].default_value = value
    wanted = librarys(scene, settings)
    for name, prefix in LAYERS.items():
        label = next(item.label for item in COMP.outputs if item.name == name)
        shown = shots.render(folder / "shown.exr", output=node.outputs[label])
        assert difference(shown[..., :3], wanted_pixels(wanted, prefix)) < TOLERANCE, name
    for name in ("core", "edge"):
        label = next(item.label for item in COMP.outputs if item.name == name)
        shown = shots.render(folder / "shown.exr", output=node.outputs[label])
        assert difference(shown[..., :1], wanted_pixels(wanted, f"{name}.", "Y")) < TOLERANCE, name


def test_sockets_animate(scene):
    node, _, folder = scene
    socket = node.inputs["Alpha gamma"]
    for frame, value in ((1, 1.0), (11, 3.0)):
        socket.default_value = value
        socket.keyframe_insert("default_value", frame=frame)
    first = shots.render(folder / "a.exr", frame=1, output=node.outputs[0])
    middle = shots.render(folder / "b.exr", frame=6, output=node.outputs[0])
    assert np.abs(first - middle).max() > 0.05


def test_without_anything_but_foreground_and_background_it_is_a_plain_over(scene):
    _, files, folder = scene
    tree = versions.scene_tree(bpy.context.scene)
    node = tree.nodes.new("PlateKeyCompositeNode")
    for name, label in (("rgba", "Foreground"), ("background", "Background")):
        image = shots.image_node(tree, files[name])
        tree.links.new(image.outputs["Image"], node.inputs[label])
    shown = shots.render(folder / "over.exr", output=node.outputs[0])[..., :3]
    front, behind = shots.colour(files["rgba"]), shots.colour(files["background"], "RGB")
    assert difference(shown, front[..., :3] + (1 - front[..., 3:]) * behind) < 1e-5


def test_a_shadow_pass_is_raised_to_its_strength(scene):
    _, files, folder = scene
    random = np.random.default_rng(3)
    ratio = np.ones((61, 83, 3)) * (0.4 + 0.3 * random.random((1, 1, 3)))
    path = shots.write(
        folder / "ratio.exr", {c: ratio[..., i].astype(np.float32) for i, c in enumerate("RGB")}
    )
    tree = versions.scene_tree(bpy.context.scene)
    node = tree.nodes.new("PlateKeyCompositeNode")
    for name, label in (("rgba", "Foreground"), ("background", "Background")):
        image = shots.image_node(tree, files[name])
        tree.links.new(image.outputs["Image"], node.inputs[label])
    image = shots.image_node(tree, path, "Non-Color")
    tree.links.new(image.outputs["Image"], node.inputs["Shadow and bounce"])
    node.inputs["Shadow"].default_value = 1.7
    shown = shots.render(folder / "shadow.exr", output=node.outputs["Shadow"])[..., :3]
    assert difference(shown, ratio**1.7) < 1e-5


def test_groups_are_shared_and_built_once(scene):
    with_groups = [group.name for group in bpy.data.node_groups if group.name.startswith(".Plate")]
    composite.composite_tree(IS_PLAIN)
    again = [group.name for group in bpy.data.node_groups if group.name.startswith(".Plate")]
    assert again == with_groups
    assert not [name for name in again if name.endswith(".001")]
