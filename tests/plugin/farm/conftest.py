"""Shots that need not be there, and the job of them."""

import pytest

from platekey.plugin.farm.options import FarmOptions
from platekey.plugin.farm.shots import Shot
from platekey.plugin.farm.steps import make_job

AWKWARD = """/it's/$HOME `id` "two"/%d & ünï; #!\\"""


def shot(name, folder="", **more):
    folder = folder or f"/show/{name}"
    fields = {"plate": f"{folder}/plate.####.exr", "clean_plate": f"{folder}/clean.exr"}
    return Shot(**{"name": name, "output": f"{folder}/out/matte.####.exr", **fields, **more})


@pytest.fixture
def make_shot():
    return shot


@pytest.fixture
def awkward():
    return AWKWARD


@pytest.fixture
def make():
    def job(*shots, settings=None, frames=tuple(range(1001, 1011)), **options):
        known = [(item, frames) for item in shots or (shot("sh010"),)]
        return make_job("a night", known, settings or {}, FarmOptions(**options))

    return job
