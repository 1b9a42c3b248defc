"""A small shot, and scenes of Blender that comp it, for tests in Blender's own environments."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import bpy
import numpy as np
import OpenEXR

from platekey.plugin import preferences
from platekey.plugin.blender import addon, composite_node, matte, resident, versions

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample"
FRAMES = (1001, 1002)
CORNER, WIDTH, HEIGHT = (300, 150), 141, 93  # of the sample: hair, skin and shelf; no whole cells
LINEAR = "Linear Rec.709"


def worker_python():
    """The worker's environment, or None where there is none."""
    named = os.environ.get("PLATEKEY_PYTHON")
    found = [Path(named)] if named else [ROOT / ".venv/bin/python"]
    return next((str(path) for path in found if path.exists()), None)


@contextmanager
def blender(cache):
    """An empty file in a Blender with the add-on; results go to the cache folder."""
    bpy.ops.wm.read_factory_settings(use_empty=True)
    addon.register("platekey")
    before = dict(os.environ)
    os.environ.update(PLATEKEY_CACHE=str(cache), PLATEKEY_PYTHON=worker_python() or "")
    os.environ[preferences.FILE] = str(Path(cache, "none.json"))  # not those of whoever tests
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)
        addon.unregister()


def write(path, channels, attributes=None):
    """Writes an EXR: channel name to (H, W) pixels."""
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    pixels = {name: np.ascontiguousarray(item) for name, item in channels.items()}
    OpenEXR.File({**header, **(attributes or {})}, pixels).write(str(path))
    return str(path)


def read(path):
    """The channels of an EXR, by name, float32."""
    found = {}
    for name, channel in OpenEXR.File(str(path), separate_channels=True).channels().items():
        found[name] = channel.pixels.astype(np.float32)
    return found


def colour(path, names="RGBA"):
    """(H, W, C) of some channels."""
    channels = read(path)
    return np.stack([channels[name] for name in names], -1)


def make_shot(folder):
    """Cuts the sample down: plates, a clean plate and a background."""
    x, y = CORNER
    for name in ("plate.1001", "plate.1002", "clean.1001", "background"):
        whole = read(SAMPLE / f"{name}.exr")
        part = {c: whole[c][y : y + HEIGHT, x : x + WIDTH].astype(np.float16) for c in "RGB"}
        write(folder / f"{name}.exr", part)
    return folder


def image_node(tree, path, space=LINEAR, frames=None):
    """An image node, of a sequence if it is told its frames."""
    node = tree.nodes.new("CompositorNodeImage")
    node.image = bpy.data.images.load(str(path))
    node.image.colorspace_settings.name = space
    if frames:
        node.image.source = "SEQUENCE"
        node.frame_start, node.frame_duration = frames[0], len(frames)
        node.frame_offset = frames[0] - 1
    return node


def matte_scene(shot):
    """A scene with plates and a Matte node, whose result is rendered; returns the node."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.render.resolution_percentage = 100
    scene.frame_start, scene.frame_end = FRAMES
    scene.frame_set(FRAMES[0])
    tree = versions.make_scene_tree(scene)
    node = tree.nodes.new(matte.NODE)
    plate = image_node(tree, shot / "plate.1001.exr", frames=FRAMES)
    clean = image_node(tree, shot / "clean.1001.exr")
    tree.links.new(plate.outputs["Image"], node.inputs["Plate"])
    tree.links.new(clean.outputs["Image"], node.inputs["Clean plate"])
    tree.links.new(node.outputs[0], versions.result_socket(tree))
    return node


def comp_scene(shot):
    """The same with a Composite node over a background; returns both nodes."""
    solve = matte_scene(shot)
    tree = solve.id_data
    comp = tree.nodes.new(composite_node.NODE)
    background = image_node(tree, shot / "background.exr")
    clean = solve.inputs["Clean plate"].links[0].from_socket
    tree.links.new(background.outputs["Image"], comp.inputs["Background"])
    tree.links.new(clean, comp.inputs["Clean plate"])
    tree.links.new(solve.outputs["Foreground and alpha"], comp.inputs["Foreground"])
    for name in ("Straight foreground", "Shadow and bounce", "Confidence"):
        tree.links.new(solve.outputs[name], comp.inputs[name])
    tree.links.new(comp.outputs["Composite"], versions.result_socket(tree))
    return solve, comp


def render(path, frame=FRAMES[0], output=None):
    """Renders what the scene's nodes put out, or another output; returns its (H, W, 4) pixels."""
    scene = bpy.context.scene
    if output is not None:
        tree = versions.scene_tree(scene)
        tree.links.new(output, versions.result_socket(tree))
    versions.set_exr(scene.render.image_settings)
    scene.render.filepath = str(path)
    scene.frame_set(frame)
    bpy.ops.render.render(write_still=True)
    return colour(path)


def ask_worker(task, arguments):
    """What the real worker makes of a request; raises unless all is well."""
    job_events = resident.worker(worker_python())
    *_, end = job_events.events(job_events.submit(task, arguments))
    assert getattr(end, "exit_code", 1) == 0, end
    return end


def one_file(passes, path):
    """The passes that a Matte node has in files as the one EXR that `platekey comp` takes."""
    channels = read(passes["rgba"])
    for name, letters in (("fg", "RGB"), ("shadow", "RGB"), ("confidence", "Y")):
        found = read(passes[name])
        channels.update({f"{name}.{letter}": found[letter] for letter in letters})
    return write(path, channels)


def without_the_add_on(path, output, frames):
    """Opens a file in a Blender that has no platekey, renders frames of it, and saves it."""
    code = """
import sys, bpy
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
assert not hasattr(bpy.types, "PLATEKEY_PT_node")
scene = bpy.context.scene
scene.render.filepath = sys.argv[2]
for frame in sys.argv[3:]:
    scene.frame_start = scene.frame_end = int(frame)
    bpy.ops.render.render(animation=True)
bpy.ops.wm.save_mainfile()
"""
    words = [str(path), str(output), *map(str, frames)]
    subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True)
