"""The extension: its manifest, what it holds, and that it installs both ways."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import tomllib

bpy = pytest.importorskip("bpy", reason="Blender's bpy is not in this environment")

import blender_shot as shots  # noqa: E402

from platekey.plugin import environment  # noqa: E402
from platekey.plugin.blender import package, resident  # noqa: E402

EXTENSION = shots.ROOT / "plugin" / "blender" / "extension"
NEEDED = ("schema_version", "id", "version", "name", "tagline", "maintainer", "type", "license")
USE = """
import sys, bpy
assert "platekey" not in sys.modules
{install}
node = bpy.data.node_groups.new("t", "CompositorNodeTree").nodes.new("PlateKeyMatteNode")
from platekey.plugin.blender import preferences, resident
print(resident.__file__)
print(preferences.python())
print(bpy.context.preferences.addons[{name!r}].preferences.device)
bpy.ops.preferences.addon_disable(module={name!r})
assert not hasattr(bpy.types, "PLATEKEY_PT_node")
sys.stdout.flush()
import os
os._exit(0)  # 4.2 as a module of Python crashes at its end
"""
LEGACY = """
bpy.ops.preferences.addon_install(filepath={path!r}, overwrite=True)
bpy.ops.preferences.addon_enable(module="platekey")
"""
AS_EXTENSION = """
repository = bpy.context.preferences.extensions.repos.new(
    name="t", module="t", custom_directory={folder!r})
bpy.ops.extensions.package_install_files(
    filepath={path!r}, repo="t", enable_on_install=True, overwrite=True)
"""


@pytest.fixture(scope="module")
def archive(tmp_path_factory):
    path = tmp_path_factory.mktemp("package") / "platekey.zip"
    return package.write(str(path), sys.executable)


def test_it_holds_what_a_host_needs_and_no_wheels(archive):
    with zipfile.ZipFile(archive) as content:
        names = content.namelist()
        built_by = json.loads(content.read("platekey/bundled/worker.json"))
    assert built_by == {"python": sys.executable}
    assert "platekey/blender_manifest.toml" in names
    assert "platekey/bundled/plugin/client.py" in names
    assert "platekey/bundled/nodes/comp_graph.py" in names
    core = {name for name in names if name.startswith("platekey/bundled/core/")}
    assert {Path(name).name for name in core} == {"__init__.py", "errors.py", "protocol.py"}
    assert not [name for name in names if name.endswith((".whl", ".pyc"))]


def test_the_manifest_keeps_to_its_schema():
    manifest = tomllib.loads((EXTENSION / "blender_manifest.toml").read_text())
    assert not [name for name in NEEDED if not manifest.get(name)]
    assert manifest["schema_version"] == "1.0.0"
    assert manifest["type"] == "add-on"
    assert not re.search(r"[.!?]$", manifest["tagline"])
    assert len(manifest["tagline"]) <= 64
    assert all(re.fullmatch(r"SPDX:[\w.+-]+", item) for item in manifest["license"])
    assert not any(text.endswith(".") for text in manifest["permissions"].values())


def test_one_version_everywhere():
    project = tomllib.loads((shots.ROOT / "pyproject.toml").read_text())["project"]
    manifest = tomllib.loads((EXTENSION / "blender_manifest.toml").read_text())
    assert manifest["version"] == project["version"]
    text = (EXTENSION / "__init__.py").read_text()
    numbers = ", ".join(project["version"].split("."))
    assert f'"version": ({numbers})' in text
    from platekey.plugin.blender.arithmetic import PREFIX

    assert project["version"].startswith(PREFIX.split()[-1])


def test_blenders_own_validation_passes(archive):
    scripts = Path(bpy.utils.resource_path("LOCAL")) / "scripts"
    tool = scripts / "addons_core" / "bl_pkg" / "cli" / "blender_ext.py"
    done = subprocess.run(
        [sys.executable, str(tool), "validate", archive], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("kind", ["legacy", "extension"])
def test_it_installs_finds_its_worker_and_goes_again(archive, tmp_path, kind):
    name = "platekey" if kind == "legacy" else "bl_ext.t.platekey"
    install = LEGACY if kind == "legacy" else AS_EXTENSION
    script = USE.format(install=install.format(path=archive, folder=str(tmp_path)), name=name)
    environ = {"PATH": "", "HOME": str(tmp_path), "BLENDER_USER_RESOURCES": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-I", "-c", script], capture_output=True, text=True, env=environ
    )
    assert done.returncode == 0, done.stdout + done.stderr
    *_, place, python, device = done.stdout.strip().splitlines()
    assert "bundled" in place
    assert str(shots.ROOT) not in place
    assert python == sys.executable
    assert device == "auto"


def test_a_missing_environment_is_said_in_a_sentence(monkeypatch):
    monkeypatch.delenv("PLATEKEY_PYTHON", raising=False)
    monkeypatch.setattr(environment, "_PACKAGE", "/nowhere/at/all/of/it/there/is")
    with pytest.raises(Exception, match="PLATEKEY_PYTHON"):
        resident.worker_python()
