"""Submits a folder of job and plugin info files: python3 deadline_submit.py FOLDER.

Calls deadlinecommand once a step, in the order of order.txt, and tells each the ids of the steps
that it needs. It needs nothing of platekey; not run with a real Deadline yet.
"""

from __future__ import annotations

import argparse
import pathlib
import re
import subprocess
import sys
import tempfile


def main() -> None:
    """Submits every step and prints its id."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--deadlinecommand", default="deadlinecommand")
    args = parser.parse_args()
    ids: dict[str, str] = {}
    for line in (args.folder / "order.txt").read_text(encoding="utf-8").splitlines():
        name, *needs = line.split()
        info = (args.folder / (name + "_info.job")).read_text(encoding="utf-8")
        if needs:
            info += "JobDependencies=" + ",".join(ids[need] for need in needs) + "\n"
        ids[name] = submit(args.deadlinecommand, info, args.folder / (name + "_plugin.job"))
        print(name, ids[name], flush=True)


def submit(deadlinecommand: str, info: str, plugin: pathlib.Path) -> str:
    """Submits one step; returns its id."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder, "info.job")
        path.write_text(info, encoding="utf-8")
        done = subprocess.run(
            [deadlinecommand, str(path), str(plugin)],
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    found = re.search(r"^JobID=(\S+)", done.stdout, re.MULTILINE)
    if done.returncode or found is None:
        sys.exit(f"deadlinecommand refused {plugin.name}: {done.stdout.strip()}")
    return found.group(1)


if __name__ == "__main__":
    main()
