import json
import os
import socket
import subprocess
import sys

import pytest
import torch

from platekey.core.errors import Diverged, OptionError, OutputError, WeightsError
from platekey.core.network.weights import load_weights
from platekey.core.train import loop
from platekey.core.train.loop import run_training
from platekey.core.train.options import Stage
from platekey.core.train.pictures import read_log
from platekey.core.train.session import Session


@pytest.fixture(autouse=True)
def every_step_is_logged(monkeypatch):
    monkeypatch.setattr(loop, "_LOG_STEPS", 1)


def losses_of(folder):
    rows = read_log(folder / loop.LOG)
    return {row["step"]: row["losses"]["total"] for row in rows if row["kind"] == "train"}


def after(steps):
    """A should_stop that says so after some steps."""
    polled = iter(range(10**6))
    return lambda: next(polled) >= steps - 1


def test_a_resumed_training_is_the_uninterrupted_one(make_tiny, make_options, drawn, tmp_path):
    options = make_options(validation=0)
    run_training(make_tiny(), drawn, options, tmp_path / "whole")
    run_training(make_tiny(), drawn, options, tmp_path / "parts", should_stop=after(2))
    assert list(losses_of(tmp_path / "parts")) == [1, 2]
    run_training(make_tiny(seed=9), drawn, options, tmp_path / "parts", resume=True)
    assert losses_of(tmp_path / "parts") == losses_of(tmp_path / "whole")
    ours, theirs = (load_weights(tmp_path / f / loop.WEIGHTS)[0] for f in ("parts", "whole"))
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        assert torch.equal(one, other)


def test_everything_is_written(make_tiny, make_options, drawn, tmp_path):
    told = []
    options = make_options(steps=2, stage=Stage.JOINT, conditioned=1.0)
    scores = run_training(make_tiny(), drawn, options, tmp_path, report=told.append)
    for name in (loop.WEIGHTS, loop.LOG, loop.CURVES, loop.SHEET):
        assert (tmp_path / name).stat().st_size > 0
    assert [row["kind"] for row in told] == ["train", "train", "validate"]
    assert scores["mad"] > 0
    assert scores["difference_mad"] > 0
    network, lineage = load_weights(tmp_path / loop.WEIGHTS)
    assert lineage.scores == scores
    assert lineage.recipe["steps_done"] == 2
    assert not network.training
    parts = list(tmp_path.glob("checkpoint-*/*"))
    assert {part.suffix for part in parts} == {".safetensors", ".json"}


def test_a_folder_with_a_training_is_not_overwritten(make_tiny, make_options, drawn, tmp_path):
    options = make_options(steps=1, validation=0)
    run_training(make_tiny(), drawn, options, tmp_path)
    with pytest.raises(OutputError, match="resume"):
        run_training(make_tiny(), drawn, options, tmp_path)
    with pytest.raises(OptionError, match="batch 2"):
        run_training(make_tiny(), drawn, make_options(batch=1), tmp_path, resume=True)
    state = next(tmp_path.glob("checkpoint-*/state.json"))
    state.write_text("{")
    with pytest.raises(WeightsError, match="damaged"):
        run_training(make_tiny(), drawn, options, tmp_path, resume=True)


def test_a_training_that_collapses_ends(make_tiny, make_options, drawn, tmp_path, monkeypatch):
    losses = iter([1.0, 0.5, 3.9, 4.1, 1.0])

    def learns(session, batch):
        session.step += 1
        return {"total": next(losses)}

    monkeypatch.setattr(Session, "train", learns)
    with pytest.raises(Diverged, match="from 0.5 to 4.1 by step 4; .* lower --rate"):
        run_training(make_tiny(), drawn, make_options(steps=9, validation=0), tmp_path)
    assert not (tmp_path / loop.WEIGHTS).exists()


TWO = """
import sys
from pathlib import Path
import torch
torch.set_num_threads(1)
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.network.weights import Lineage, save_weights
from platekey.core.train.loop import Material, run_training
from platekey.core.train.options import Precision, TrainOptions
from platekey.core.train.parallel import joined_ranks

torch.manual_seed(0)
network = MattingNetwork(NetworkOptions(8, 8, 8, 16, 1, (8, 8, 8, 8), 4, 8, 8, 1))
options = TrainOptions(
    steps=2, batch=2, size=32, workers=0, validation=1, conditioned=0, precision=Precision.FP32
)
with joined_ranks(on_gpu=False) as ranks:
    folder = Path(sys.argv[1])
    run_training(network, Material([]), options, folder / "run", ranks=ranks)
    save_weights(folder / f"rank{ranks.rank}.safetensors", network, Lineage())
"""


def test_two_processes_train_one_network(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    usual = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "WORLD_SIZE": "2"}
    running = [
        subprocess.Popen(
            [sys.executable, "-c", TWO, str(tmp_path)],
            env={**usual, "RANK": rank, "LOCAL_RANK": rank},
            stderr=subprocess.PIPE,
            text=True,
        )
        for rank in ("0", "1")
    ]
    for each in running:
        _, said = each.communicate()
        assert each.returncode == 0, said
    first, second = (load_weights(tmp_path / f"rank{rank}.safetensors")[0] for rank in (0, 1))
    for name, each in first.state_dict().items():
        assert torch.equal(each, second.state_dict()[name]), name
    rows = [json.loads(line) for line in (tmp_path / "run/log.jsonl").read_text().splitlines()]
    assert [row["kind"] for row in rows] == ["train", "validate"]


FULL = """
import sys
from pathlib import Path
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.train import loop
from platekey.core.train.options import TrainOptions

network = MattingNetwork(NetworkOptions(8, 8, 8, 16, 1, (8, 8, 8, 8), 4, 8, 8, 1))
options = TrainOptions(steps=9, batch=2, size=32, workers=1, validation=0, conditioned=0)
loop._LOG_STEPS = 1


def block_log(row):
    (Path(sys.argv[1]) / loop.LOG).unlink()
    (Path(sys.argv[1]) / loop.LOG).mkdir()  # nothing can be appended to it


loop.run_training(network, loop.Material([]), options, Path(sys.argv[1]), report=block_log)
"""


def test_a_training_that_fails_takes_its_workers_with_it(tmp_path):
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path / "run")],
        capture_output=True,
        text=True,
        timeout=120,  # it used to wait for its workers for ever
    )
    assert ended.returncode == 1
    assert "OutputError" in ended.stderr
