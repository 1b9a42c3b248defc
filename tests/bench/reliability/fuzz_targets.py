"""What is fuzzed: each target damages something valid and hands it to the code that reads it.

A target is called as `target(random, folder)`, returns when the input was read right, and raises
PlatekeyError where it was refused; whatever else happens is a fault. `prepare_*` runs once, before.
"""

import csv
import io
import json
import string
import struct
from contextlib import redirect_stdout
from pathlib import Path

import numpy as np
import OpenImageIO as oiio
import torch
from fuzz_captures import ball
from kills import NETWORK, make_weights
from mutate import changed, damaged, json_text
from tiny import TinyShot

from platekey.core import protocol
from platekey.core.frames.frame import Frame, Window
from platekey.core.frames.image_io import is_whole, read_frame, read_header, write_frame
from platekey.core.frames.sequence import parse_frame_range
from platekey.core.job.clean_request import CleanRequest
from platekey.core.job.comp_request import CompRequest
from platekey.core.job.request import SolveRequest
from platekey.core.job.tune_request import TuneRequest
from platekey.core.lightstage.training.pack import Pieces, write_pieces
from platekey.core.network.model import MattingNetwork
from platekey.core.network.weights import digest_of, load_weights
from platekey.core.options import Compression, Depth
from platekey.core.tune.checkpoint import Saved, has_ended, load_tune, save_tune
from platekey.core.tune.options import TuneOptions
from platekey.core.tune.selection import Selection
from platekey.core.tune.session import TuneSession
from platekey.core.worker.dispatch import TASKS
from platekey.plugin.farm.shots import read_shots
from platekey.plugin.shell.main import build_parser
from platekey.plugin.tune_folder import TuneFolder

COLLECTION = Path(__file__).parents[3] / "../shared/data/exr"
REQUESTS = {"solve": SolveRequest, "clean": CleanRequest, "comp": CompRequest, "tune": TuneRequest}
_prepared = {}  # what a target's preparation made, by the target's name


def prepare_exr(folder):
    """Tiny EXRs of every kind, and the collection's small ones where it is."""
    random = np.random.default_rng(1)
    window = Window(-3, 2, 40, 24)
    pixels = random.normal(0.3, 0.2, (24, 40, 5)).astype(np.float32)
    names = ("R", "G", "B", "A", "confidence.Y")
    frame = Frame(pixels, names, window, window, attributes={"camera": "A", "iso": 800})
    for compression in Compression:
        for depth in Depth:
            path = str(folder / f"{compression.value}-{depth.value}.exr")
            write_frame(frame, path, depth=depth, compression=compression)
    spec = oiio.ImageSpec(40, 24, 3, "half")
    spec.tile_width = spec.tile_height = 16
    target = oiio.ImageOutput.create("openexr")
    target.open(str(folder / "tiled.exr"), spec)
    target.write_image(np.ascontiguousarray(pixels[..., :3]))
    target.close()
    found = [path.read_bytes() for path in sorted(folder.glob("*.exr"))]
    own = len(found)
    if COLLECTION.exists():
        paths = sorted(path for path in COLLECTION.rglob("*.exr") if path.stat().st_size < 200_000)
        found += [path.read_bytes() for path in paths]
    _prepared["exr"] = found[:own], found[own:] or found[:own]


def exr(random, folder):
    data = random.choice(_prepared["exr"][random.random() < 0.3])
    path = folder / "picture.exr"
    path.write_bytes(damaged(data, random))
    is_whole(str(path))
    read_header(str(path))
    frame = read_frame(str(path))
    if frame.pixels.dtype != np.float32 or frame.pixels.shape[2] != len(frame.channels):
        raise AssertionError("the picture does not fit its header")


def prepare_weights(folder):
    make_weights(folder / "valid.safetensors")
    _prepared["weights"] = (folder / "valid.safetensors").read_bytes()


def weights(random, folder):
    path = folder / "weights.safetensors"
    path.write_bytes(_damaged_tensors(_prepared["weights"], random))
    digest_of(path)
    network, _ = load_weights(path)
    for name, tensor in network.state_dict().items():
        if not torch.isfinite(tensor).all():
            raise AssertionError(f"{name} is not finite")


def _damaged_tensors(data, random):
    """Bytes of safetensors with damage to bytes, a header that lies, or numbers that are none."""
    (length,) = struct.unpack("<Q", data[:8])
    header, body = json.loads(data[8 : 8 + length]), data[8 + length :]
    kind = random.randrange(5)
    if kind == 0:
        return damaged(data, random)
    if kind == 1:
        return (
            struct.pack("<Q", random.choice((0, 1, length - 1, length + 1, 2**63, 2**64 - 1)))
            + data[8:]
        )
    if kind == 2:
        at = 4 * random.randrange(len(body) // 4)
        body = (
            body[:at]
            + struct.pack("<f", random.choice((float("nan"), float("inf"), 1e38)))
            + body[at + 4 :]
        )
    elif kind == 3:
        name = random.choice(sorted(header))
        header[name] = changed(header[name], random)
    else:
        inner = header["__metadata__"]
        name = random.choice(sorted(inner))
        try:
            inner[name] = json_text(changed(json.loads(inner[name]), random), random)
        except ValueError:
            inner[name] = "another"
    text = json.dumps(header).encode("utf-8", "surrogateescape")
    return struct.pack("<Q", len(text)) + text + body


def prepare_checkpoint(folder):
    session = _session()
    saved = Saved({"base": "0"}, Selection().to_json(), {}, ())
    path = save_tune(folder / "valid.tune", session, saved)
    files = {part.name: part.read_bytes() for part in path.iterdir()}
    _prepared["checkpoint"] = session, path.name, files


def _session():
    options = TuneOptions(steps=4, device="cpu")
    torch.manual_seed(0)
    return TuneSession(MattingNetwork(NETWORK), options, torch.device("cpu"))


def checkpoint(random, folder):
    session, name, files = _prepared["checkpoint"]
    path = folder / "tuned.tune" / name
    path.mkdir(parents=True, exist_ok=True)
    chosen = random.choice(("state.json", random.choice(sorted(files))))
    for part, data in files.items():
        if part == chosen:
            if part == "state.json":
                text = json_text(changed(json.loads(data), random), random)
                data = text.encode("utf-8", "surrogatepass")
            else:
                data = _damaged_tensors(data, random)
        (path / part).write_bytes(data)
    settings = {"base": "0"}
    has_ended(path.parent, settings, 4, 0.0)
    saved = load_tune(path.parent, session, settings)
    if saved is None:
        raise AssertionError("the checkpoint was passed over")
    Selection.from_json(saved.selection)
    for optimiser in (session.optimiser, session.adversary.optimiser):
        for parameter, state in optimiser.state.items():
            for moment in ("exp_avg", "exp_avg_sq"):
                if state[moment].shape != parameter.shape:
                    raise AssertionError("a moment does not fit its parameter")
        optimiser.state.clear()


def prepare_request(folder):
    shot = TinyShot(folder / "shot", count=1, width=32, height=24)
    matte = {"foreground": f"{folder}/none.exr", "background": shot.clean_plate, "output": "c.exr"}
    _prepared["request"] = [
        shot.solve("out", frames="1001"),
        shot.clean("out", frames="1001"),
        shot.tune("out", "start.safetensors", 2),
        {"task": "comp", "arguments": {**matte, "animation": {"wrap": {"1001": 0.5}}}},
    ]
    _prepared["job"] = folder / "shot"


def _full(order):
    """The arguments with every option, so that each is changed now and then."""
    return REQUESTS[order["task"]].from_json(order["arguments"]).to_json()


def request(random, folder):
    order = random.choice(_prepared["request"])
    values = json.loads(json_text(changed(_full(order), random), random))
    if isinstance(values, dict):
        made = REQUESTS[order["task"]].from_json(values)
        protocol.encode(protocol.Request(1, order["task"], made.to_json()))


prepare_job = prepare_request


def job(random, folder):
    """A whole solve of a frame; what it writes stays in the folder."""
    order = _prepared["request"][0]
    values = changed(_full(order), random)
    if not isinstance(values, dict):
        return  # the protocol refuses it
    output = values.get("output")
    if isinstance(output, str):  # a request may name any output: here it is one in the folder
        values["output"] = f"{folder}/{output.replace('..', '__').lstrip('/')}"
    if isinstance(values.get("options"), dict):
        values["options"]["device"] = "cpu"
    TASKS["solve"](values, protocol.encode, lambda: False)


def message(random, folder):
    order = random.choice(_prepared["request"])
    line = {"type": "request", "id": 1, "task": order["task"], "arguments": order["arguments"]}
    line = random.choice((line, {"type": "cancel", "id": 3}, {"type": "hello", "version": 1}))
    protocol.decode(json_text(changed(line, random), random))


prepare_message = prepare_request


def shots(random, folder):
    plain = {"plate": "p.####.exr", "clean_plate": "c.exr"}
    rows = [{"name": f"sh0{n}", **plain, "output": f"o{n}.exr"} for n in range(3)]
    if random.random() < 0.5:
        path, text = folder / "list.json", json_text(changed(rows, random), random)
    else:
        stream = io.StringIO()
        writer = csv.DictWriter(stream, rows[0])
        writer.writeheader()
        writer.writerows(rows)
        data = damaged(stream.getvalue().encode(), random)
        path, text = folder / "list.csv", data.decode("latin-1")
    path.write_bytes(text.encode("utf-8", "surrogatepass"))
    for shot in read_shots(path):
        if Path(shot.name).name != shot.name or shot.name in (".", ".."):
            raise AssertionError(f"the name {shot.name!r} leaves its folder")


def report(random, folder):
    step = folder / "report" / "sh01" / "solve"
    step.mkdir(parents=True, exist_ok=True)
    lines = [protocol.FrameDone(1001, {"exr": "a.exr"}), protocol.FrameFailed(1002, "X", "no.")]
    text = "\n".join(protocol.encode(line) for line in [*lines, protocol.Result(4)])
    (step / "1-host-2.jsonl").write_bytes(damaged(text.encode(), random))
    found = {"frames": [{"frame": 1, "flags": ["x"]}], "missing": [3], "sheet": "sheet.png"}
    text = json_text(changed(found, random), random)
    (step.parent / "findings.json").write_bytes(text.encode("utf-8", "surrogatepass"))
    listed = json_text(changed([{"name": "sh01", "frames": "1001-1003"}], random), random)
    (folder / "shots.json").write_bytes(listed.encode("utf-8", "surrogatepass"))
    words = ["report", str(step.parents[1]), "--shots", str(folder / "shots.json")]
    args = build_parser().parse_args(words)
    with redirect_stdout(io.StringIO()):
        args.run(args)


def frames(random, folder):
    length = random.choice((3, 8, 30, 3000))
    frames = parse_frame_range("".join(random.choices(string.digits + "--,, x:#@y", k=length)))
    if not frames or len(set(frames)) != len(frames):
        raise AssertionError("a range of no frames, or of some twice")


def tune_folder(random, folder):
    """The host's side reads a tune's log and header as they grow: it must never raise."""
    tuned = folder / "tuned.tune"
    tuned.mkdir(exist_ok=True)
    row = {"kind": "train", "step": 3, "seconds": 1.5, "losses": {"total": 0.1}, "score": 0.9}
    text = "\n".join(json_text(changed(row, random), random) for _ in range(3))
    (tuned / "log.jsonl").write_bytes(text.encode("utf-8", "surrogatepass") + b"\n")
    seen = TuneFolder(str(folder / "tuned.safetensors"))
    for event in seen.news():
        seen.progress(event.figures)
        protocol.encode(event)
    (folder / "tuned.safetensors").write_bytes(_damaged_tensors(_prepared["weights"], random))
    seen.verdict()


prepare_tune_folder = prepare_weights


def prepare_captures(folder):
    (piece,) = write_pieces([ball("ball"), ball("another")], folder)
    _prepared["captures"] = piece.read_bytes()


def captures(random, folder):
    (folder / "captures_000.zip").write_bytes(damaged(_prepared["captures"], random))
    pieces = Pieces(folder)
    try:
        for index in range(len(pieces)):
            pieces.load(index)
    finally:
        pieces.close()
