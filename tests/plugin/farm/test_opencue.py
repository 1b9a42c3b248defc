"""What is written for OpenCue; tests/farm hands it to the real pyoutline and RQD."""

import json
import shlex
from pathlib import Path

import pytest

from platekey.core.errors import OptionError
from platekey.plugin.farm import opencue
from platekey.plugin.farm.job import command


def layers(job, queue=""):
    outline = json.loads(opencue.layers(job, Path("/jobs/a b"), queue)["outline.json"])
    return outline, {layer["name"]: layer for layer in outline["layers"]}


def test_layers_have_frames_chunks_needs_and_what_they_take(make, make_shot):
    comp = make_shot("sh010", background="/b.exr", comp="/c.####.exr")
    job = make(comp, chunk=4, memory=6000, cores=3, gpus=1, minutes=1.0, report="/report")
    outline, found = layers(job, "rocket")
    assert (outline["show"], outline["shot"], outline["priority"]) == ("rocket", "a_night", 50)
    solve = {name: value for name, value in found["solve_sh010"].items() if name != "command"}
    assert solve == {
        "name": "solve_sh010",
        "range": "1001-1010",
        "chunk": 4,
        "needs": [],
        "memory": "6000m",
        "cores": 3,
        "gpus": 1,
        "minutes": 9,
    }
    assert found["comp_sh010"]["needs"] == ["solve_sh010"]
    assert (found["report"]["range"], found["report"]["chunk"]) == ("1", 1)


def test_a_shell_reads_awkward_names_as_they_are(make, make_shot, awkward):
    job = make(make_shot("sh010", folder=awkward), program="/opt/it's here/platekey")
    line = " ".join(layers(job)[1]["solve_sh010"]["command"])
    assert "#FRAMESPEC#" in line
    plain = job.steps[0].without(lambda value: value.is_default)
    assert shlex.split(line.replace("#FRAMESPEC#", "1001-1004")) == command(plain, "1001-1004")


def test_a_token_in_a_name_is_refused(make, make_shot):
    with pytest.raises(OptionError, match="token of its own"):
        layers(make(make_shot("sh010", folder="/a#IFRAME#b")))
    layers(make(make_shot("sh010", folder="/a##b")))
