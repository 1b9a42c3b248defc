"""kill -9 at random moments of solve, clean and tune; then the same job once more, to its end."""

import json
import random
import time
from pathlib import Path

import torch
from finding import Finding
from tiny import TinyShot

from platekey.core.frames.image_io import is_whole, read_frame
from platekey.core.network.model import MattingNetwork
from platekey.core.network.options import NetworkOptions
from platekey.core.network.weights import Lineage, load_weights, read_tensors, save_weights
from platekey.core.train.checkpoint import whole_checkpoints
from platekey.core.tune.stored import StoredFrame

COUNTS = {"solve": 100, "clean": 60, "tune": 40}
TUNE_STEPS = 6
NETWORK = NetworkOptions(
    stem=8,
    quarter=8,
    eighth=8,
    sixteenth=16,
    depth=1,
    decoder=(8, 8, 8, 8),
    hidden=4,
    refine_half=8,
    refine_full=8,
    refine_blocks=1,
)


def measure(folder, launcher, *, seconds, seed, counts=None):
    """Kills each job so many times, or for its share of `seconds`."""
    small = TinyShot(folder / "small")
    large = TinyShot(folder / "large", width=112, height=96, count=3)  # a tune needs a window
    weights = folder / "start.safetensors"
    make_weights(weights)
    orders = {
        "solve": small.solve,
        "clean": small.clean,
        "tune": lambda out, **more: large.tune(out, weights, TUNE_STEPS, **more),
    }
    counts = counts or COUNTS
    found = []
    for name, order in orders.items():
        share = seconds * {"solve": 0.25, "clean": 0.2, "tune": 0.55}[name]
        found.append(_kill(name, order, launcher, folder / name, counts[name], share, seed))
    return found


def make_weights(path):
    torch.manual_seed(0)
    save_weights(path, MattingNetwork(NETWORK), Lineage({"from": "nothing"}))


def _kill(name, order, launcher, folder, count, seconds, seed):
    finding = Finding(f"kill -9 of {name}, seed {seed}")
    launcher.run(order(str(folder / "warm")))  # the disk's cache is cold the first time
    whole = launcher.run(order(str(folder / "whole")))
    if whole.code:
        finding.faults.append(f"the uninterrupted {name} ended with {whole.code}")
        return finding
    reference = _result(folder / "whole")
    dice, until = random.Random(f"{name}-{seed}"), time.monotonic() + seconds
    left, usual = 0, whole.seconds
    for number in range(3 * count):
        if finding.tried == count or time.monotonic() > until:
            break
        out = folder / f"{number:03d}"
        outcome = launcher.run(order(str(out)), kill_after=dice.uniform(0, usual))
        if outcome.code == -9:
            finding.tried += 1
        else:  # it was faster today
            usual = outcome.seconds
        finding.faults += [f"kill {number}: {fault}" for fault in _half_written(out, reference)]
        left += sum(1 for _ in out.rglob(".*.tmp"))
        again = {"resume": True} if name == "tune" else {}
        outcome = launcher.run(order(str(out), **again))
        if outcome.code:
            said = "; ".join(outcome.sentences())
            finding.faults.append(f"after kill {number} the re-run ended {outcome.code}: {said}")
        elif not _same(_result(out), reference):
            finding.faults.append(f"after kill {number} the re-run's result is another")
    finding.figures = (
        f"at random moments of its {usual:.1f} s; {left} hidden temporary files left, nothing "
        "half-written under a final name, every re-run equal to an uninterrupted run"
    )
    return finding


def _result(folder):
    """What a job wrote under final names: bytes of pictures, tensors of weights."""
    found = {}
    for path in sorted(folder.glob("*.exr")):
        found[path.name] = path.read_bytes()
    for path in sorted(folder.glob("*.safetensors")):
        found[path.name] = load_weights(path)[0].state_dict()
    return found


def _same(one, other):
    if one.keys() != other.keys():
        return False
    for name, value in one.items():
        if isinstance(value, bytes):
            if value != other[name]:
                return False
        elif not all(torch.equal(tensor, other[name][key]) for key, tensor in value.items()):
            return False
    return True


def _half_written(folder, reference):
    """What is under a final name and not whole, in sentences."""
    faults = []
    for path in sorted(Path(folder).rglob("*")):
        if path.is_dir() or path.name.endswith(".tmp"):
            continue
        if path.suffix == ".exr":
            read_frame(str(path))
            if not is_whole(str(path)) or path.read_bytes() != reference.get(path.name):
                faults.append(f"{path.name} is half-written")
        elif path.name == "tuned.safetensors":
            load_weights(path)
        elif path.suffix == ".safetensors":
            if path.parent.name == "frames":
                StoredFrame(path).small()
            else:
                read_tensors(path, largest=1 << 30)
        elif path.suffix == ".jsonl":
            for line in path.read_text().splitlines()[:-1]:
                json.loads(line)
    for path in whole_checkpoints(Path(folder) / "tuned.tune"):
        json.loads((path / "state.json").read_text())
    return faults
