"""A little of the reliability campaign; docs/reliability.md has the figures of all of it."""

import json
import subprocess
import sys
from pathlib import Path

CAMPAIGN = Path(__file__).parent / "reliability/run.py"


def test_damage_is_refused_and_two_solves_in_one_folder_lose_nothing(tmp_path):
    out = tmp_path / "found.json"
    words = [sys.executable, CAMPAIGN, "--quick", "--only", "fuzz", "lines", "together"]
    command = [*map(str, words), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = {each["what"]: each for each in json.loads(out.read_text())}
    assert not [fault for each in found.values() for fault in each["faults"]], done.stderr
    assert done.returncode == 0
    tried = {what: each["tried"] for what, each in found.items()}
    assert tried == {
        "fuzzing: request, seed 11": 100,
        "fuzzing: shots, seed 11": 100,
        "fuzzing: message, seed 11": 100,
        "damaged lines to one worker": 100,
        "two solves into one folder at once": 2,
    }
