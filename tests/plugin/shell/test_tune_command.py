"""`platekey tune` from the command line; what it does is tried in tests/core/tune."""

import json

import pytest

from platekey.core import protocol
from platekey.core.errors import OptionError
from platekey.core.worker.dispatch import TASKS
from platekey.plugin.shell.main import build_parser, main
from platekey.plugin.shell.reporters import reporter


def test_every_setting_of_the_node_is_an_option():
    words = ["tune", "a.####.exr", "b.exr", "-o", "c.safetensors", "--keys", "k.####.exr"]
    words += ["--key-mask", "m.####.exr", "--backgrounds", "bg", "--hours", "0.5", "--dry-run"]
    args = build_parser().parse_args([*words, "--resume", "--weights", "w.safetensors"])
    assert (args.plate, args.clean_plate, args.keys) == ("a.####.exr", "b.exr", "k.####.exr")
    assert (args.key_mask, args.backgrounds, args.hours) == ("m.####.exr", "bg", 0.5)
    assert args.dry_run
    assert args.resume
    assert args.weights == "w.safetensors"


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["-o", "c.exr"], 2, "weights are named NAME.safetensors"),
        (["-o", "c.safetensors", "--hours", "-1"], 2, "hours is -1"),
        (["-o", "c.safetensors", "--weights", "gone"], 3, "gone is not there"),
        ([], 2, "-o/--output"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_its_exit_code(more, code, said, capsys):
    assert main(["tune", "a.####.exr", "b.exr", "--device", "cpu", *more]) == code
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line


def test_how_it_goes_is_told_in_words_and_in_json(capsys):
    event = protocol.Trained(20, "step 20: loss 0.1", {"score": 0.9}, {"sheet": "s.png"})
    with reporter(as_json=False) as report:
        report(event)
    assert capsys.readouterr().out == "platekey: step 20: loss 0.1\n"
    with reporter(as_json=True) as report:
        report(event)
    assert json.loads(capsys.readouterr().out)["figures"] == {"score": 0.9}


def test_the_worker_takes_the_task():
    with pytest.raises(OptionError, match="output is missing; a tune needs it"):
        TASKS["tune"]({"plate": "a", "clean_plate": "b"}, lambda event: None, lambda: False)
