"""Pictures of the Matte node in a windowed Blender, for docs/blender.md.

    PLATEKEY_PYTHON=.venv/bin/python PLATEKEY_CACHE=out/cache LIBGL_ALWAYS_SOFTWARE=1 \\
        xvfb-run -a -s "-screen 0 1720x980x24" blender --factory-startup \\
        --window-geometry 0 0 1720 980 -P tests/bench/blender_window.py -- out

Solves the sample shot with a fresh cache folder beside the interface, and photographs the screen
while it solves and after. Needs xvfb-run, xdotool and ImageMagick's import.
"""

import os
import subprocess
import sys
import traceback
import types
from pathlib import Path

import bpy

ROOT = Path(__file__).parents[2]
SAMPLE = ROOT / "tests" / "data" / "sample"
OUT = Path(sys.argv[sys.argv.index("--") + 1])
TAB = ("1408", "291")  # where the sidebar's tab PlateKey is
sys.modules["platekey"] = types.ModuleType("platekey")
sys.modules["platekey"].__path__ = [str(ROOT)]

from platekey.plugin.blender import addon, matte, versions  # noqa: E402


def build():
    addon.register("platekey")
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 960, 540
    scene.frame_start, scene.frame_end = 1001, 1003
    scene.frame_set(1001)
    scene.view_settings.view_transform = "Standard"
    tree = versions.make_scene_tree(scene)
    images = []
    for name, y in (("plate.1001", 330), ("clean.1001", 20), ("background", -220)):
        node = tree.nodes.new("CompositorNodeImage")
        node.image = bpy.data.images.load(str(SAMPLE / f"{name}.exr"))
        node.location, node.label = (-440, y), name
        images.append(node)
    images[0].image.source = "SEQUENCE"
    images[0].frame_start, images[0].frame_duration, images[0].frame_offset = 1001, 3, 1000
    node, over = tree.nodes.new(matte.NODE), tree.nodes.new("CompositorNodeAlphaOver")
    node.location, over.location = (-230, 250), (50, 150)
    for number, name in enumerate(("Plate", "Clean plate")):
        tree.links.new(images[number].outputs[0], node.inputs[name])
    tree.links.new(images[2].outputs[0], over.inputs[1])
    tree.links.new(node.outputs[0], over.inputs[2])
    result = versions.result_socket(tree)
    result.node.location = (240, 200)
    tree.links.new(over.outputs[0], result)
    return tree, node


def photograph(name):
    subprocess.run(["import", "-window", "root", str(OUT / f"{name}.png")], check=True)


def within(window, kind, operator, *words, **settings):
    area = next(item for item in window.screen.areas if item.type == kind)
    region = next(item for item in area.regions if item.type == "WINDOW")
    with bpy.context.temp_override(window=window, area=area, region=region):
        operator(*words, **settings)
    return area


def steps(tree, node):
    """What is done, with the seconds to wait after each."""
    window = bpy.context.window_manager.windows[0]
    window.workspace = bpy.data.workspaces["Compositing"]
    yield 2.0
    areas = [area for area in window.screen.areas if area.type == "DOPESHEET_EDITOR"]
    max(areas, key=lambda area: area.height).type = "IMAGE_EDITOR"
    editor = next(area for area in window.screen.areas if area.type == "NODE_EDITOR")
    editor.spaces[0].show_region_ui = True
    for item in tree.nodes:
        item.select, item.show_preview = True, False
    tree.nodes.active = node
    yield 2.0
    within(window, "NODE_EDITOR", bpy.ops.node.view_selected)
    for item in tree.nodes:
        item.select = item == node
    subprocess.run(["xdotool", "mousemove", *TAB, "click", "1"], check=True)
    yield 3.0
    solve = bpy.ops.platekey.solve_range
    within(window, "NODE_EDITOR", solve, "INVOKE_DEFAULT", uid=node.uid)
    while node.progress == 0:
        yield 2.0
    photograph("blender_solving")
    while node.progress >= 0:
        yield 2.0
    bpy.ops.render.render()
    editor = next(area for area in window.screen.areas if area.type == "IMAGE_EDITOR")
    editor.spaces[0].image = bpy.data.images["Render Result"]
    yield 3.0
    within(window, "IMAGE_EDITOR", bpy.ops.image.view_all, fit_view=True)
    yield 3.0
    photograph("blender_solved")


def run():
    plan = steps(*build())

    def step():
        try:
            return next(plan)
        except StopIteration:
            addon.unregister()
            os._exit(0)
        except Exception:
            traceback.print_exc()
            os._exit(1)

    bpy.app.timers.register(step, first_interval=4.0)


run()
