"""Plates that Blender has to read or render itself, solved by the real worker from a Matte node."""

import numpy as np
import pytest

bpy = pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import blender_shot as shots  # noqa: E402

from platekey.plugin.blender import matte, order, versions  # noqa: E402

pytestmark = pytest.mark.skipif(
    shots.worker_python() is None, reason="there is no worker's environment to solve with"
)
FIRST, LAST = shots.FRAMES
WIDTH, HEIGHT, SIDE = 96, 64, 32  # of the picture, and of the square in it; pixels
WALL, SUBJECT = (0.05, 0.375, 0.125), (3.0, 0.5, 0.25)  # light beyond 1, which a view would clip


@pytest.fixture
def blender(tmp_path):
    with shots.blender(tmp_path / "cache"):
        yield


@pytest.fixture(scope="module")
def shot(tmp_path_factory):
    return shots.make_shot(tmp_path_factory.mktemp("shot"))


def spoil(scene):
    """Settings of the scene's own renders that must not reach an input; returns them."""
    versions.set_exr(scene.render.image_settings)
    scene.view_settings.view_transform, scene.view_settings.exposure = "AgX", 1.0
    scene.render.use_stamp = scene.render.use_multiview = True
    scene.render.image_settings.color_management = "OVERRIDE"
    scene.render.image_settings.linear_colorspace_settings.name = "ACEScg"
    return settings(scene)


def settings(scene):
    """What `spoil` sets."""
    image, view = scene.render.image_settings, scene.view_settings
    own = (scene.render.use_stamp, scene.render.use_multiview, view.view_transform, view.exposure)
    return (*own, image.color_management, image.linear_colorspace_settings.name)


def solve(node, frame):
    """Solves a frame; returns the plate that was rendered for it and the result, (H, W, 4)."""
    bpy.context.scene.frame_set(frame)
    assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
    plate = shots.colour(f"{node.folder}/plate.{frame}.exr")
    return plate, shots.colour(f"{node.folder}/matte.rgba.{frame}.exr")


def emitter(collection, name, light, size, depth):
    """A square that shines evenly and is lit by nothing."""
    material = bpy.data.materials.new(name)
    if bpy.app.version < (5, 0, 0):  # since then they always do
        material.use_nodes = True
    nodes = material.node_tree.nodes
    nodes.clear()
    shine, target = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    shine.inputs["Color"].default_value = (*light, 1.0)
    material.node_tree.links.new(shine.outputs[0], target.inputs["Surface"])
    mesh = bpy.data.meshes.new(name)
    corners = [(x * size, y * size, depth) for x, y in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
    mesh.from_pydata(corners, [], [(0, 1, 2, 3)])
    mesh.materials.append(material)
    collection.objects.link(bpy.data.objects.new(name, mesh))


def rendered_scene():
    """A square before a wall, and a view layer of the wall alone; returns the Matte node."""
    scene = bpy.context.scene
    scene.render.engine = "CYCLES"
    scene.cycles.device, scene.cycles.samples = "CPU", 1
    scene.cycles.use_denoising = False
    scene.render.threads_mode, scene.render.threads = "FIXED", 1
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = 100
    camera = bpy.data.cameras.new("camera")
    camera.type, camera.ortho_scale = "ORTHO", WIDTH
    scene.camera = bpy.data.objects.new("camera", camera)
    scene.camera.location = (0, 0, 5)
    scene.collection.objects.link(scene.camera)
    subject = bpy.data.collections.new("subject")
    scene.collection.children.link(subject)
    emitter(scene.collection, "wall", WALL, WIDTH, -1.0)
    emitter(subject, "square", SUBJECT, SIDE / 2, 0.0)
    clean = scene.view_layers.new("Clean")
    clean.layer_collection.children["subject"].exclude = True
    tree = versions.make_scene_tree(scene)
    node = tree.nodes.new(matte.NODE)
    for socket, layer in (("Plate", scene.view_layers[0].name), ("Clean plate", "Clean")):
        source = tree.nodes.new("CompositorNodeRLayers")
        source.scene, source.layer = scene, layer
        tree.links.new(source.outputs["Image"], node.inputs[socket])
    tree.links.new(node.outputs[0], versions.result_socket(tree))
    return node


def test_a_movie_clip_is_solved_as_its_files_are(blender, shot):
    node = shots.matte_scene(shot)
    wanted = {}
    for frame in (FIRST, LAST):
        bpy.context.scene.frame_set(frame)
        assert bpy.ops.platekey.solve_frame(uid=node.uid) == {"FINISHED"}
        wanted[frame] = shots.colour(f"{node.folder}/matte.rgba.{frame}.exr")
    clip = bpy.data.movieclips.load(str(shot / f"plate.{FIRST}.exr"))
    assert clip.source == "SEQUENCE"
    clip.frame_start = FIRST
    source = node.id_data.nodes.new("CompositorNodeMovieClip")
    source.clip = clip
    node.id_data.links.new(source.outputs["Image"], node.inputs["Plate"])
    before = spoil(bpy.context.scene)
    assert set(order.order_of(node, FIRST, FIRST).rendered) == {"plate"}
    for frame, offset in ((FIRST, 0), (LAST, 0), (FIRST, 1)):  # the last: solved again, changed
        clip.frame_offset = offset
        plate, result = solve(node, frame)
        file = shot / f"plate.{frame + offset}.exr"
        assert np.array_equal(plate[..., :3], shots.colour(file, "RGB"))
        assert plate[..., 3].min() == 1
        assert 0.05 < result[..., 3].mean() < 0.95
        assert np.abs(result - wanted[frame + offset]).max() < 1e-6
    assert settings(bpy.context.scene) == before


def test_render_layers_are_solved_in_linear_light(blender):
    node = rendered_scene()
    before = spoil(bpy.context.scene)
    assert set(order.order_of(node, FIRST, FIRST).rendered) == {"plate", "clean_plate"}
    plate, result = solve(node, FIRST)
    clean = shots.colour(f"{node.folder}/clean_plate.{FIRST}.exr", "RGB")
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    distance = np.maximum(np.abs(y - (HEIGHT - 1) / 2), np.abs(x - (WIDTH - 1) / 2)) - SIDE / 2
    inside, outside = distance < -2, distance > 2
    assert np.abs(clean - WALL).max() < 1e-6
    assert np.abs(plate[outside] - (*WALL, 1)).max() < 1e-6
    assert np.abs(plate[inside] - (*SUBJECT, 1)).max() < 1e-6
    assert result[outside].max() < 1e-3
    assert np.abs(result[inside] - (*SUBJECT, 1)).max() < 1e-2
    assert settings(bpy.context.scene) == before
