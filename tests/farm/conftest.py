"""Three small shots, the frames of a run without any farm, and the command."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from platekey.plugin.shell.main import main

sys.path.append(str(Path(__file__).parent))  # the modules beside this one are found by name

from farm_shots import AWKWARD, Shots  # noqa: E402

PLATEKEY = Path(sys.executable).with_name("platekey")


@pytest.fixture(scope="session")
def shots(tmp_path_factory):
    made = Shots(tmp_path_factory.mktemp("farm"))
    for name, count in (("sh010", 6), (AWKWARD, 3), ("sh030", 3)):
        made.make(name, count)
    return made


@pytest.fixture(scope="session")
def local(shots):
    """What the shots come to without a farm: each in one go, in this process."""
    for row in shots.rows("local"):
        frames = ["--frames", row["frames"]] if row["frames"] else []
        words = [row["plate"], row["clean_plate"], *frames, "-o"]
        network = []
        if row["tune"]:
            assert main(["tune", *words, row["weights"], *shots.tune_words()]) == 0
            network = ["--method", "network", "--weights", row["weights"]]
        assert main(["solve", *words, row["output"], *network]) == 0
        if row["comp"]:
            words = [row["output"], row["background"], "-o", row["comp"]]
            words += ["--plate", row["plate"], "--clean-plate", row["clean_plate"]]
            assert main(["comp", *words]) == 0
    return shots.outputs("local")


@pytest.fixture(scope="session", autouse=True)
def surroundings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PLATEKEY_LOG_DIR", str(tmp_path_factory.mktemp("logs")))
        patch.setenv("OMP_NUM_THREADS", "1")  # tiny frames gain nothing from more
        yield


@pytest.fixture
def platekey():
    """Runs the command in a process of its own; returns it when it has ended."""

    def run(*words, **options):
        return subprocess.run(
            [str(PLATEKEY), *map(str, words)],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            **options,
        )

    return run


@pytest.fixture
def report_of():
    """The shots of a report by their names."""

    def read(folder):
        shots = json.loads((folder / "report.json").read_text())["shots"]
        return {shot["name"]: shot for shot in shots}

    return read
