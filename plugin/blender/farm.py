"""Solves the Matte nodes of a file and renders it, without an interface, for a farm.

    blender -b shot.blend -P farm.py -- --frames 1001-1100 [--node NAME] [--only solve|render]

`-P` takes the path of this file. Without --frames the scene's range is taken. What Blender renders
goes where the scene says. The exit code is that of `platekey solve`: 0 all is well, 2 bad usage, 3
bad input, 4 some frames failed, 5 cancelled, 6 out of memory, 1 a defect. Lines "Progress: 40%"
tell a farm how far it is. The add-on need not be enabled. Standard library and bpy.
"""

import argparse
import os
import re
import sys
import types
from typing import Any


def main(words: "list[str]") -> int:
    """Runs the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="farm.py", description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--frames", default="", help="1001-1100, or one frame")
    parser.add_argument("--node", default="", help="name of one Matte node; default: all")
    parser.add_argument("--only", choices=("solve", "render"), help="default: both")
    parser.add_argument("--output", default="", help="what is rendered goes there instead")
    try:
        options = parser.parse_args(words)
        first, last = _frames(options.frames)
    except SystemExit as end:  # of argparse, which has said why
        return 0 if not end.code else 2
    _find_platekey()
    from platekey.core.errors import PlatekeyError

    try:
        exit_code = 0
        if options.only != "render":
            exit_code = _solve(options.node, first, last)
        if options.only != "solve" and exit_code == 0:
            _render(options.output, first, last)
        return exit_code
    except PlatekeyError as error:
        print(f"platekey: error: {error}", file=sys.stderr)
        return error.exit_code
    except RuntimeError as error:  # Blender's
        print(f"platekey: error: {error}", file=sys.stderr)
        return 3
    finally:
        from platekey.plugin.blender import resident

        resident.shut_down()


def _frames(text: str) -> "tuple[int, int]":
    import bpy

    if not text:
        return bpy.context.scene.frame_start, bpy.context.scene.frame_end
    match = re.fullmatch(r"(\d+)(?:-(\d+))?", text)
    if match is None:
        print(f"farm.py: error: frames are {text!r}; give 1001-1100 or 1001.", file=sys.stderr)
        raise SystemExit(2)
    first = int(match.group(1))
    return first, int(match.group(2) or first)


def _solve(name: str, first: int, last: int) -> int:
    from platekey.core.errors import InputError
    from platekey.plugin.blender import matte, solving, trees

    nodes = [node for _, _, node in trees.nodes_of(matte.NODE) if name in ("", node.name)]
    if not nodes:
        wanted = f"called {name!r}" if name else "at all"
        raise InputError(f"the file has no Matte node {wanted}; save it with one.")
    for node in nodes:
        print(f"solving {node.name}", flush=True)
        job = solving.run(node.uid, first, last, lambda line: print(line, flush=True))
        for failure in job.failures:
            print(f"platekey: error: {failure}", file=sys.stderr)
        if job.exit_code:
            print(f"platekey: error: {job.verdict()[0]}", file=sys.stderr)
            return job.exit_code
    return 0


def _render(output: str, first: int, last: int) -> None:
    import bpy

    scene = bpy.context.scene
    if output:
        scene.render.filepath = output
    scene.frame_start, scene.frame_end = first, last
    bpy.ops.render.render(animation=True)


def _find_platekey() -> None:
    """Makes platekey importable and its nodes known, unless the add-on has done so."""
    import bpy

    if "platekey" not in sys.modules:
        here = os.path.dirname(os.path.abspath(__file__))
        package: Any = types.ModuleType("platekey")
        package.__path__ = [os.path.dirname(os.path.dirname(here))]
        sys.modules["platekey"] = package
    from platekey.plugin.blender import addon

    if not hasattr(bpy.types, "MatteNode"):
        addon.register("platekey")


if __name__ == "__main__":
    code = main(sys.argv[sys.argv.index("--") + 1 :] if "--" in sys.argv else [])
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)  # Blender ends with 0 whatever a script says
