"""The packaging table and the import rules, checked against the tree."""

import ast
import sys
from pathlib import Path

import pytest
import tomllib

ROOT = Path(__file__).parents[1]
FOLDERS = ("core", "nodes", "plugin", "install")
HEAVY = {"numpy", "torch", "cv2", "OpenImageIO", "PyOpenColorIO", "fileseq", "rich", "matplotlib"}
CONTRACT = ("platekey.core.protocol", "platekey.core.errors")  # all that a host may import of core
HOSTS = {"nuke", "nukescripts", "bpy", "PySide2", "PySide6"}
BANNED = {
    "core": HOSTS | {"platekey.nodes", "platekey.plugin", "platekey.install"},
    "nodes": HEAVY | HOSTS | {"platekey.core", "platekey.install", "platekey.plugin"},
    "plugin": HEAVY | {"platekey.core", "platekey.install"},
    "install": HEAVY | HOSTS | {"platekey.core", "platekey.nodes", "platekey.plugin"},
}
EXCEPTIONS = {  # folder to what it may import all the same
    "core/lightstage": {"bpy"},  # the light stage is rendered by Blender
    "plugin/shell": HEAVY | {"platekey.core", "platekey.install"},  # runs the core in its process
}
ONLY_IN = {  # module to the only files that may know it
    "OpenImageIO": {"core/frames/image_io.py"},
    "PyOpenColorIO": {"core/colour/colour.py"},
    "fileseq": {"core/frames/sequence.py"},
}
MODULES = sorted(path for folder in FOLDERS for path in (ROOT / folder).rglob("*.py"))
IDS = [str(path.relative_to(ROOT)) for path in MODULES]


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name, names):
    return any(name == other or name.startswith(other + ".") for other in names)


def banned_in(relative):
    allowed = set()
    for folder, names in EXCEPTIONS.items():
        if relative.startswith(folder + "/"):
            allowed |= names
    return BANNED[relative.split("/")[0]] - allowed


def test_every_package_is_listed():
    table = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]
    inits = [path for path in MODULES if path.name == "__init__.py"]
    found = {"platekey." + ".".join(path.parent.relative_to(ROOT).parts) for path in inits}
    assert found == set(table)


@pytest.mark.parametrize("relative", IDS)
def test_imports_respect_the_layers(relative):
    banned = banned_in(relative)
    for name in imported(ROOT / relative):
        assert name.split(".")[0] not in FOLDERS, f"use platekey.{name}"
        if not within(name, CONTRACT):
            assert not within(name, banned), name


@pytest.mark.parametrize("relative", IDS)
def test_one_module_knows_each_library(relative):
    for name in imported(ROOT / relative):
        for library, files in ONLY_IN.items():
            assert not within(name, {library}) or relative in files, f"{relative} imports {library}"


@pytest.mark.parametrize("relative", ["core/protocol.py", "core/errors.py"])
def test_the_contract_is_standard_library_only(relative):
    for name in imported(ROOT / relative):
        assert name.split(".")[0] in sys.stdlib_module_names, name


@pytest.mark.parametrize("relative", IDS)
def test_files_stay_small(relative):
    assert len((ROOT / relative).read_text().splitlines()) <= 300, "split it"


RUNS_CODE = {"pickle", "cPickle", "dill", "cloudpickle", "joblib", "shelve", "marshal", "yaml"}
CALLS = {"eval", "exec", "compile", "__import__", "os.system", "os.popen", "torch.load"}


def called(tree):
    """Each call with its name as it is written."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield node, ast.unparse(node.func)


@pytest.mark.parametrize("relative", IDS)
def test_nothing_that_comes_in_a_file_is_run(relative):
    """No pickle, no eval, no shell; arrays without objects. Zip files are read, never unpacked."""
    tree = ast.parse((ROOT / relative).read_text())
    for name in imported(ROOT / relative):
        assert not within(name, RUNS_CODE), name
    for call, name in called(tree):
        assert name not in CALLS, ast.unparse(call)
        assert name.rpartition(".")[2] not in ("extractall", "unpack_archive"), ast.unparse(call)
        words = {keyword.arg: ast.unparse(keyword.value) for keyword in call.keywords}
        assert words.get("shell", "False") == "False", ast.unparse(call)
        if name in ("np.load", "numpy.load"):
            assert words.get("allow_pickle") == "False", ast.unparse(call)
