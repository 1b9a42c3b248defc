"""The tune node in a strict fake of Nuke: its script, what it asks for, and its way to weights."""

import json
import os
import struct
from pathlib import Path

import nk_grammar
import nk_reader
import nuke
import pytest

from platekey.nodes.tune import TUNE
from platekey.plugin.farm.engines import ENGINES
from platekey.plugin.nuke import create, jobs, tunes
from platekey.plugin.nuke.tune import FARMS, PARAMETERS, tune_script
from platekey.plugin.nuke.tune_order import submit_words, tune_order_of
from platekey.plugin.shell.main import main


@pytest.fixture
def read(existing_read):
    return existing_read


@pytest.fixture
def node(tune_node):
    return tune_node


def status(node):
    return node["status"].value()


def finish():
    nuke.pump(lambda: not tunes._running and nuke._calls.empty(), 60)
    nuke.pump(lambda: nuke._calls.empty())


def write_weights(path, verdict="better"):
    header = json.dumps({"__metadata__": {"recipe": json.dumps({"verdict": verdict})}}).encode()
    Path(path).write_bytes(struct.pack("<Q", len(header)) + header)


def test_it_is_grammatical_and_has_what_is_declared():
    nodes, stack = nk_reader.read(tune_script())
    assert stack == nodes
    nk_grammar.check(nodes[0])
    assert set(PARAMETERS) <= set(nodes[0].user)
    inputs = [child for child in nodes[0].children if child.kind == "Input"]
    found = {child.name: int(child.knobs.get("number", 0)) for child in inputs}
    assert found == {item.name: number for number, item in enumerate(TUNE.inputs)}


def test_it_knows_every_farm():
    assert set(FARMS) == set(ENGINES)


def test_a_tune_runs_beside_nuke_and_its_weights_are_offered(node):
    matte = nuke.nodePaste(create.path_of("PlateKeyMatte"))
    other = nuke.nodePaste(create.path_of("PlateKeyMatte"))
    matte.setInput(0, node.input(0))
    node.press("start")
    assert status(node) == "tuning"
    finish()
    assert status(node) == "tuned: step 3 is better"
    job = jobs.BOARD.jobs()[0]
    assert (job.state, job.message) == ("done", "step 3 is better")
    assert [step for step, _ in job.curves["loss"]] == [1, 2, 3, 4, 5]
    assert job.curves["score"] == []  # the verdict's score is that of another step
    assert job.sheet.endswith("sheet.png")
    assert "Use tuned weights" in status(matte)
    assert "Use tuned weights" not in status(other)
    matte.press("use_tuned")
    assert matte["weights"].value() == node["tuned"].value()
    assert matte["method"].value() == "network"
    assert Path(matte["weights"].value()).is_file()
    other.press("use_tuned")
    assert "No PlateKeyTune of this plate" in nuke.messages[-1]


def test_a_tune_is_stopped_and_resumed_with_its_curve(node):
    node["steps"].setValue(10**6)
    node.press("start")
    job = jobs.BOARD.jobs()[0]
    nuke.pump(lambda: len(job.curves["loss"]) > 3, 60)
    node.press("start")
    assert "is being tuned" in nuke.messages[-1]
    node.press("stop")
    finish()
    assert status(node) == "stopped: Resume goes on"
    assert job.state == "paused"
    reached = job.curves["loss"][-1][0]
    node.press("start")
    assert "press Resume" in status(node)
    node["steps"].setValue(reached + 2)
    job.resume()  # the panel's button
    finish()
    again = jobs.BOARD.jobs()
    assert [item.state for item in again] == ["done"]
    assert again[0].curves["loss"][0][0] == 1
    assert again[0].curves["loss"][-1][0] == reached + 2
    node.press("stop")
    assert "Nothing is being tuned" in nuke.messages[-1]


def test_painted_keys_are_rendered_at_the_key_frames(node, read):
    roto = nuke.createNode("Expression")
    roto.setInput(0, read("keys"))
    node.setInput(2, roto)
    node.press("start")
    assert "Keys has to be rendered, and the key frames are ''" in status(node)
    node["key_frames"].setValue("1001, 1003-1003")
    node.press("start")
    finish()
    assert nuke.executed == [("Write_keys", 1001, 1001), ("Write_keys", 1003, 1003)]
    keys = tune_order_of(node).arguments["keys"]
    assert keys.endswith("/keys.%04d.exr")
    assert Path(keys % 1003).is_file()


def test_the_artists_device_is_that_of_this_machine_alone(node, tmp_path):
    (tmp_path / "preferences.json").write_text('{"device": "cuda:1"}')
    assert tune_order_of(node).arguments["options"]["device"] == "cuda:1"
    node["run_on"].setValue("slurm")
    assert tune_order_of(node).arguments["options"]["device"] == "auto"


def test_what_cannot_be_tuned_is_said_on_the_node(node):
    node.press("resume")
    assert "press Start" in status(node)
    node["output"].setValue("hair.exr")
    node.press("start")
    assert "name them NAME.safetensors" in status(node)
    node["output"].setValue("")
    node["rate"].setValue(5.0)
    node.press("start")
    assert "rate is 5.0" in status(node)
    node["rate"].setValue(3e-4)
    node["last_frame"].setValue(1001)
    node.press("start")
    assert "two or more" in status(node)
    node["last_frame"].setValue(1003)
    node["farm_options"].setValue('"')
    node.press("start")
    assert "are not understood" in status(node)
    node.setInput(1, None)
    node.press("start")
    assert "Clean plate is not connected" in status(node)
    assert node["tile_color"].value() == jobs.RED
    assert jobs.BOARD.jobs() == []


def test_a_worker_that_fails_is_told(node, monkeypatch):
    monkeypatch.setattr(tunes, "worker_command", lambda python: ["/nowhere/python"])
    node.press("start")
    finish()
    assert "cannot be started" in status(node)
    assert jobs.BOARD.jobs()[0].state == "failed"


def test_a_tune_of_yesterday_is_looked_at(node, tmp_path):
    node.press("look")
    assert "not started" in nuke.messages[-1]
    weights = tmp_path / "hair.safetensors"
    (tmp_path / "hair.tune").mkdir()
    (tmp_path / "hair.tune/log.jsonl").write_text('{"step": 2, "kind": "train", "losses": {}}\n')
    node["tuned"].setValue(weights.as_posix())
    node.press("look")
    job = jobs.BOARD.jobs()[0]
    nuke.pump(lambda: job.log())
    job.cancel()
    finish()
    assert status(node) == "not looked at: Show progress"
    write_weights(weights)
    node.press("look")
    finish()
    assert status(node) == "tuned: better"


def test_a_terminal_tunes_straight_through(node):
    nuke.GUI = False
    node.press("start")
    assert status(node) == "tuned: step 3 is better"
    assert os.path.isfile(node["tuned"].value())


def test_what_is_sent_is_what_platekey_submit_takes(node, tmp_path, capsys):
    sample = Path(__file__).parents[3] / "tests/data/sample"
    for number, pattern in enumerate(("plate.%04d.exr", "clean.1001.exr", "gt/alpha.%04d.exr")):
        node.setInput(number, nuke.createNode("Read", file=(sample / pattern).as_posix()))
    (tmp_path / "base.safetensors").write_bytes(b"")
    node["weights"].setValue((tmp_path / "base.safetensors").as_posix())
    node["run_on"].setValue("openjd")
    node["farm_options"].setValue("--dry-run --cores 8")
    node["hours"].setValue(2.5)
    node["match_exposure"].setValue(False)
    order = tune_order_of(node)
    assert main(submit_words(order, "tune PlateKeyTune1", str(tmp_path / "job"))) == 0, (
        capsys.readouterr().err
    )
    template = (tmp_path / "job/template.json").read_text()
    assert "tune" in template
    values = json.loads((tmp_path / "job/openjd-parameters.json").read_text())
    assert order.output in values.values()
