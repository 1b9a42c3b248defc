"""`platekey export`: weights as TorchScript, for Nuke's CatFileCreator."""

from __future__ import annotations

import argparse
import json
import logging
from pathlib import Path
from typing import Any

from platekey.core.errors import OptionError

# Names that Nuke's CatFileCreator takes; it has none for a clean plate.
CHANNELS_IN = "rgba.red,rgba.green,rgba.blue,forward.u,forward.v,backward.u"  # plate, clean plate
HINT_IN = "rgba.alpha"
CHANNELS_OUT = "rgba.red,rgba.green,rgba.blue,rgba.alpha"


def add_parser(subparsers: Any) -> None:
    """Adds the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "export",
        help="write the network as TorchScript, for Nuke's CatFileCreator",
        description="Writes the network as TorchScript, for Nuke's CatFileCreator and Inference. "
        "Plate and clean plate go in as one picture; conditioning, hints from other frames and "
        "the passes of platekey solve are not part of it.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=run)
    parser.add_argument("weights", metavar="WEIGHTS", help="what platekey train wrote")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="NAME.pt")
    parser.add_argument("--overwrite", action="store_true", help="replace a file that is there")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")


def run(args: argparse.Namespace) -> int:
    """Exports and returns the exit code."""
    from platekey.core.network.export import KNOBS, export_network  # torch takes seconds to import
    from platekey.core.network.weights import load_weights

    output = Path(args.output)
    if output.suffix != ".pt":
        raise OptionError(f"output is {output}; TorchScript is written, so it must end in .pt.")
    if output.exists() and not args.overwrite:
        raise OptionError(f"output {output} is there; name another one, or set --overwrite.")
    network, _ = load_weights(Path(args.weights))
    logging.info("export %s to %s", args.weights, output)
    export_network(network, output)
    channels = f"{CHANNELS_IN},{HINT_IN}"
    if args.json:
        told = {"output": str(output), "channelsIn": channels, "channelsOut": CHANNELS_OUT}
        print(json.dumps({**told, "knobs": KNOBS}))
        return 0
    print(f"{output} is written; in CatFileCreator set")
    print(f"  channelsIn   {channels}  (plate, clean plate, hint)")
    print(f"  channelsOut  {CHANNELS_OUT}")
    for name, (default, text) in KNOBS.items():
        print(f"  user knob    {name} (default {default}): {text}")
    return 0
