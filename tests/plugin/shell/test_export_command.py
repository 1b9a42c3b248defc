import json

import pytest
import torch

from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.network.weights import Lineage, save_weights
from platekey.plugin.shell.main import main


@pytest.fixture
def weights(tmp_path):
    path = tmp_path / "w.safetensors"
    options = NetworkOptions(sixteenth=16, depth=1, decoder=(8, 8, 8, 8), hidden=4)
    save_weights(path, MattingNetwork(options), Lineage())
    return str(path)


@pytest.mark.filterwarnings("ignore:.torch.jit.load:DeprecationWarning")
def test_weights_become_torchscript_and_what_nuke_needs_is_told(weights, tmp_path, capsys):
    output = str(tmp_path / "network.pt")
    assert main(["export", weights, "-o", output, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["output"] == output
    assert len(told["channelsIn"].split(",")) == 7
    module = torch.jit.load(output)
    assert {name: getattr(module, name) for name in told["knobs"]} == {
        name: default for name, (default, _) in told["knobs"].items()
    }
    with torch.no_grad():
        assert module(torch.rand(1, 7, 9, 5)).shape == (1, 4, 9, 5)
    assert main(["export", weights, "-o", output]) == 2
    assert "set --overwrite" in capsys.readouterr().err
    assert main(["export", weights, "-o", output, "--overwrite"]) == 0
    assert "user knob    use_hint (default 0)" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["gone.safetensors", "-o", "n.pt"], 3, "gone.safetensors is not there"),
        (["gone.safetensors", "-o", "n.cat"], 2, "must end in .pt"),
        (["gone.safetensors"], 2, "--output"),
    ],
)
def test_what_cannot_be_exported_is_said(words, code, said, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["export", *words]) == code
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
