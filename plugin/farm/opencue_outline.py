"""Submits outline.json to OpenCue: python3 opencue_outline.py outline.json [--xml FILE].

For a Python that has pyoutline and pycue; it needs nothing of platekey. With --xml the job's
specification is written and nothing is sent.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import outline
from outline.cuerun import OutlineLauncher
from outline.modules.shell import Shell


def make_outline(values: dict[str, Any]) -> outline.Outline:
    """The outline of the job that outline.json describes."""
    job = outline.Outline(values["name"], shot=values["shot"], show=values["show"])
    made: dict[str, Shell] = {}
    for item in values["layers"]:
        arguments = {"gpus": item["gpus"]} if item["gpus"] else {}
        layer = Shell(
            item["name"],
            command=item["command"],
            range=item["range"],
            chunk=item["chunk"],
            type="Render",
            service="shell",
            memory=item["memory"],
            cores=item["cores"],
            timeout=item["minutes"],
            **arguments,
        )
        job.add_layer(layer)
        for name in item["needs"]:
            layer.depend_all(made[name])  # depend_on would be frame by frame
        made[item["name"]] = layer
    return job


def main() -> None:
    """Submits, or writes the specification."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("outline", help="outline.json of the job")
    parser.add_argument("--xml", metavar="FILE", help="write the specification, send nothing")
    args = parser.parse_args()
    with open(args.outline, encoding="utf-8") as stream:
        values = json.load(stream)
    launcher = OutlineLauncher(make_outline(values))
    launcher.set_flag("priority", values["priority"])
    if args.xml:
        with open(args.xml, "w", encoding="utf-8") as stream:
            stream.write(launcher.serialize(use_pycuerun=False))
        return
    for job in launcher.launch(use_pycuerun=False):
        print(job.name())


if __name__ == "__main__":
    main()
