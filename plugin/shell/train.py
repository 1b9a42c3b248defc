"""`platekey train`: base weights of the matting network."""

from __future__ import annotations

import argparse
import dataclasses
import json
import logging
import os
from pathlib import Path
from typing import Any

from platekey.core.errors import OptionError

from .stop import stop_on_signal

_PLAIN = (  # options of the command that TrainOptions takes as they are
    *(
        "steps",
        "hours",
        "batch",
        "size",
        "seed",
        "rate",
        "warm_up",
        "clip",
        "conditioned",
        "replay",
    ),
    *("validation", "checkpoint_minutes", "validate_minutes"),
)


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "train",
        help="train the matting network",
        description="Trains the matting network on packed captures. Start it with torchrun for "
        "several GPUs. Ctrl+C or SIGTERM writes a checkpoint and ends; --resume goes on.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "pieces",
        metavar="PIECES",
        nargs="*",
        help="folders that lightstage pack wrote (default: all subjects are drawn)",
    )
    parser.add_argument(
        "--backgrounds",
        action="append",
        default=[],
        metavar="DIR",
        help="panoramas, photographs and renders; may be given again (default: drawn patterns)",
    )
    parser.add_argument(
        "--held-back",
        default="",
        metavar="PIECES",
        help="folder of captures to validate on (default: every 16th of those to train on)",
    )
    parser.add_argument("-o", "--output", required=True, metavar="FOLDER")
    parser.add_argument("--stage", choices=("coarse", "refine", "joint"), default="coarse")
    parser.add_argument("--start", default="", metavar="WEIGHTS", help="weights to start from")
    parser.add_argument("--resume", action="store_true", help="go on from the last checkpoint")
    parser.add_argument("--device", default="auto", metavar="auto|cpu|cuda:N")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    numbers: tuple[tuple[str, type, Any, str], ...] = (
        ("steps", int, 0, "after which it ends"),
        ("hours", float, 0.0, "after which it ends, all sessions together"),
        ("batch", int, 8, "samples a step and process"),
        ("size", int, 256, "pixels of a sample"),
        ("seed", int, 0, "of samples and first weights"),
        ("rate", float, 1e-3, "learning rate at its highest"),
        ("warm-up", int, 200, "steps until the learning rate is that high"),
        ("clip", float, 1.0, "length of the gradient above which it is shortened"),
        ("workers", int, -1, "processes that make samples; -1 is 1, or beside a GPU a core each"),
        ("conditioned", float, 0.5, "share of the samples whose clean plate is conditioned"),
        (
            "replay",
            int,
            1,
            "times a sample is seen on average; above 1 samples are kept in files",
        ),
        ("validation", int, 24, "held-back samples to validate on"),
        ("checkpoint-minutes", float, 10.0, "between checkpoints"),
        ("validate-minutes", float, 20.0, "between validations"),
    )
    for name, kind, default, text in numbers:
        parser.add_argument(
            f"--{name}", type=kind, default=default, metavar="N", help=f"{text} (default {default})"
        )
    parser.add_argument("--precision", choices=("bf16", "fp32"), default="bf16")
    parser.add_argument(
        "--loss",
        action="append",
        default=[],
        metavar="TERM=WEIGHT",
        help="weight of a term of the loss, 0 leaves it out; may be given again",
    )
    parser.add_argument(
        "--network",
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="a number or true or false of the network's options, for a new one",
    )


def run(args: argparse.Namespace) -> int:
    """Trains and returns the exit code."""
    import torch

    from platekey.core.errors import Cancelled
    from platekey.core.job.device import choose_device
    from platekey.core.lightstage.training.pack import Pieces
    from platekey.core.network.model import MattingNetwork
    from platekey.core.network.options import NetworkOptions
    from platekey.core.network.weights import load_weights
    from platekey.core.train.loop import Material, run_training
    from platekey.core.train.options import LossOptions, Precision, Stage, TrainOptions
    from platekey.core.train.parallel import joined_ranks

    local = int(os.environ.get("LOCAL_RANK", "0"))
    is_shared = int(os.environ.get("WORLD_SIZE", "1")) > 1
    on_gpu = args.device != "cpu" and torch.cuda.device_count() > 0
    device = choose_device(f"cuda:{local}" if on_gpu and is_shared else args.device)
    if device.type == "cuda":
        torch.cuda.set_device(device)  # the one that NCCL is to use
    workers = args.workers if args.workers >= 0 else _usual_workers(device.type == "cuda")
    losses = LossOptions(**_numbers("--loss", args.loss, LossOptions))
    options = TrainOptions(
        stage=Stage(args.stage),
        precision=Precision(args.precision),
        losses=losses,
        workers=workers,
        **{name: getattr(args, name) for name in _PLAIN},
    )
    torch.manual_seed(options.seed)
    if args.start:
        if args.network:
            raise OptionError("--network is for a new network; the one in --start is made.")
        network = load_weights(Path(args.start))[0]
    else:
        network = MattingNetwork(
            NetworkOptions(**_numbers("--network", args.network, NetworkOptions))
        )
    parent = Path(args.start).name if args.start else ""
    captures, backgrounds = _material(args)
    held_back = Pieces(Path(args.held_back)) if args.held_back else None
    material = Material(captures, backgrounds, parent, held_back)
    logging.info("train %s with %s", material, options)
    with joined_ranks(on_gpu=device.type == "cuda") as ranks, stop_on_signal() as should_stop:
        run_training(
            network,
            material,
            options,
            Path(args.output),
            device=device,
            ranks=ranks,
            resume=args.resume,
            report=_print_json if args.json else _print_words,
            should_stop=should_stop,
        )
        if should_stop():
            raise Cancelled("stopped on request; --resume goes on from the checkpoint.")
    return 0


def _material(args: argparse.Namespace) -> tuple[Any, Any]:
    """Captures and backgrounds."""
    from platekey.core.lightstage.training.backgrounds import find_backgrounds
    from platekey.core.lightstage.training.pack import Pieces
    from platekey.core.train.captures import Joined

    captures = Joined([Pieces(Path(folder)) for folder in args.pieces])
    files = [file for folder in args.backgrounds for file in find_backgrounds(Path(folder))]
    return captures, files


def _numbers(option: str, words: list[str], kind: Any) -> dict[str, Any]:
    """NAME=VALUE, by what the dataclass `kind` has by default.

    Raises:
        OptionError: no such name, or no such value.
    """
    known = {item.name: item.default for item in dataclasses.fields(kind)}
    values = {}
    for word in words:
        name, _, text = word.partition("=")
        try:
            value = json.loads(text)
        except ValueError:
            value = None
        wanted = (int, float) if isinstance(known.get(name), float) else (type(known.get(name)),)
        if name not in known or type(value) not in wanted:
            raise OptionError(
                f"{option} is {word!r}; it must be one of {', '.join(known)}, =, and a value like "
                "its default."
            )
        values[name] = value
    return values


def _usual_workers(beside_gpu: bool) -> int:
    return max(1, (os.cpu_count() or 2) - 1) if beside_gpu else 1


def _print_json(row: dict[str, Any]) -> None:
    print(json.dumps(row), flush=True)


def _print_words(row: dict[str, Any]) -> None:
    numbers = row["losses"] if row["kind"] == "train" else row["scores"]
    words = ", ".join(f"{name} {value:.4g}" for name, value in numbers.items())
    print(f"step {row['step']}, {row['seconds']:.0f} s, {row['kind']}: {words}", flush=True)
