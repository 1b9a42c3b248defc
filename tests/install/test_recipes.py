"""The recipes for Docker and Rez agree with the project; neither program is needed."""

import ast
import re
from pathlib import Path

import tomllib

from platekey.install import install, wheels

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DOCKERFILE = (ROOT / "install/docker/Dockerfile").read_text()
PACKAGE = (ROOT / "install/rez/package.py").read_text()


def instructions(name):
    joined = DOCKERFILE.replace("\\\n", " ")
    return [line.split(None, 1)[1] for line in joined.splitlines() if line.startswith(name + " ")]


def test_docker_copies_what_there_is_and_all_that_the_installer_reads():
    copied = {word for line in instructions("COPY") for word in line.split()[:-1]}
    assert [name for name in copied if not (ROOT / name).exists()] == []
    assert copied == {*wheels._SOURCES, wheels.CONSTRAINTS}


def test_docker_and_rez_have_the_python_of_the_tested_versions():
    tested = re.search(r"on Python (\d+\.\d+)", (ROOT / "constraints.txt").read_text())[1]
    assert instructions("FROM") == [f"python:{tested}-slim-bookworm"]
    assert f'"python-{tested}"' in PACKAGE
    assert tuple(map(int, tested.split("."))) >= install.OLDEST


def test_what_docker_and_rez_call_is_understood_by_the_installer():
    (call,) = re.findall(r"install\.py (install .*?) && ", " ".join(instructions("RUN")))
    args = install._parser().parse_args(call.replace('"$TORCH"', "cpu").split())
    assert (args.central, args.to, args.host) == (True, "/opt/platekey", ["none"])
    build = rez_values()["build_command"].split("install.py ")[1]
    words = re.sub(r'"\$\{\{.*?\}\}"', "cpu", build).replace('"', "").split()
    assert install._parser().parse_args(words).central


def test_rez_has_the_version_of_the_project():
    values = rez_values()
    assert values["name"] == PROJECT["name"]
    assert values["version"] == PROJECT["version"]
    assert values["description"] == PROJECT["description"]
    assert values["tools"] == list(PROJECT["scripts"])


def rez_values():
    return {
        node.targets[0].id: ast.literal_eval(node.value)
        for node in ast.parse(PACKAGE).body
        if isinstance(node, ast.Assign)
    }
