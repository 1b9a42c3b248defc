import json

import pytest

from platekey.core.network.weights import load_weights
from platekey.plugin.shell.main import main

SMALL = ["--network", "sixteenth=16", "--network", "depth=1", "--device", "cpu"]
SHORT = ["--batch", "2", "--size", "32", "--workers", "0", "--validation", "1", "--steps", "1"]


def test_train_writes_weights_and_another_stage_starts_from_them(tmp_path, capsys):
    first, second = tmp_path / "first", tmp_path / "second"
    assert main(["train", "-o", str(first), "--json", *SMALL, *SHORT, "--loss", "composite=0"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["kind"] for row in rows] == ["train", "validate"]
    assert "composite" not in rows[0]["losses"]
    weights = first / "weights.safetensors"
    assert load_weights(weights)[0].options.sixteenth == 16
    start = ["--start", str(weights), "--stage", "refine", "--device", "cpu"]
    assert main(["train", "-o", str(second), *start, *SHORT]) == 0
    assert load_weights(second / "weights.safetensors")[1].parent == "weights.safetensors"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ([], 2, "--steps"),
        (["--steps", "1", "--loss", "beauty=1"], 2, "beauty=1"),
        (["--steps", "1", "--network", "stem=wide"], 2, "stem=wide"),
        (["--steps", "1", "--start", "nothing.safetensors"], 3, "nothing.safetensors"),
        (["--steps", "1", "--backgrounds", "nowhere"], 3, "nowhere"),
    ],
)
def test_what_cannot_be_trained_is_said(tmp_path, capsys, arguments, code, said):
    assert main(["train", "-o", str(tmp_path / "out"), "--device", "cpu", *arguments]) == code
    assert said in capsys.readouterr().err
