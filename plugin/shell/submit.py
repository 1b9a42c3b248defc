"""`platekey submit`: a job for a render farm, from one shot or a list of them."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from platekey.core.errors import Cancelled, EngineFailed, OptionError
from platekey.nodes.declaration import Kind as ParameterKind
from platekey.nodes.declaration import Node
from platekey.plugin.farm.engines import ENGINES, Engine
from platekey.plugin.farm.folder import write_folder
from platekey.plugin.farm.kinds import KINDS, STEPS, Kind
from platekey.plugin.farm.options import FarmOptions
from platekey.plugin.farm.shots import default_name, read_shots
from platekey.plugin.farm.steps import make_job

from .job_options import SEQUENCES
from .node_options import add_inputs, add_parameters, parameter_values
from .stop import stop_on_signal

_EPILOG = """A job is written to a folder of its own first; --dry-run stops there. Started again, it
skips the frames that are whole and of the same settings."""
_DEFAULTS = FarmOptions()


def add_parser(subparsers: Any) -> None:
    """Adds the command; its settings are generated from the nodes."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "submit",
        help="send shots to a render farm",
        description="Writes a job for a render farm and hands it to the farm's own command.",
        epilog=_EPILOG,
        allow_abbrev=False,
    )
    jobs = parser.add_subparsers(dest="job", metavar="WHAT", required=True)
    for kind in KINDS:
        if kind.alone:
            _add_one(jobs, kind)
    _add_list(jobs)


def _add_one(jobs: Any, kind: Kind) -> None:
    parser = jobs.add_parser(
        kind.name,
        help=f"one shot: what platekey {kind.name} does",
        description=kind.node.description,
        epilog=SEQUENCES,
        allow_abbrev=False,
    )
    parser.set_defaults(run=lambda args: _run_one(args, kind))
    add_inputs(parser, kind.node)
    parser.add_argument(
        "-o", "--output", required=True, metavar="OUT", help="sequence or file that is written"
    )
    parser.add_argument(
        "--frames", default="", metavar="RANGE", help="default: every plate frame found"
    )
    _add_farm_options(parser, report="default: no report")
    add_parameters(parser, kind.node, keys=kind.animates)


def _add_list(jobs: Any) -> None:
    names = ",".join(STEPS)
    parser = jobs.add_parser(
        "shot",
        help="the shots of a list, all steps, as one job",
        description="Sends the shots of a CSV or JSON list as one job. Columns: plate, clean_plate "
        "and output; as needed name, frames, hint, garbage, holdout, clean, source, mattes, tune, "
        "keys, key_mask, weights, background, comp.",
        allow_abbrev=False,
    )
    parser.set_defaults(run=_run_list)
    parser.add_argument("list", metavar="LIST", help="CSV or JSON file")
    parser.add_argument(
        "--steps", default=names, metavar="NAMES", help=f"only these of {names} (default: all)"
    )
    _add_farm_options(parser, report="default: report in the job's folder; 'none' for none")
    for kind in KINDS:
        add_parameters(parser, _prefixed(kind), keys=kind.animates)


def _add_farm_options(parser: argparse.ArgumentParser, *, report: str) -> None:
    group = parser.add_argument_group("farm")
    group.add_argument("--to", required=True, choices=tuple(ENGINES), help="the farm's engine")
    group.add_argument("--dry-run", action="store_true", help="write the job, send nothing")
    group.add_argument("--name", default="", help="of the job (default: after output or list)")
    group.add_argument(
        "--folder",
        default="",
        metavar="DIR",
        help="of the job's files, new, where the farm's machines see it (default: "
        "platekey-jobs/NAME-TIME)",
    )
    group.add_argument("--report", default="", metavar="DIR", help=f"folder of a report; {report}")
    group.add_argument("--overwrite", action="store_true", help="make finished frames again")
    for name, kind, text in (
        ("chunk", int, "frames a task, at most; no pixel depends on it"),
        ("minutes", float, "that a frame may take before its task is stopped"),
        ("memory", int, "MiB a task"),
        ("cores", int, "processor cores a task"),
        ("gpus", int, "graphics cards a task of solve and tune; 0 runs on the processor"),
        ("priority", int, "0 to 100"),
    ):
        default = getattr(_DEFAULTS, name)
        group.add_argument(
            f"--{name}", type=kind, default=default, metavar="N", help=f"{text} (default {default})"
        )
    group.add_argument(
        "--queue", default="", help="Slurm's partition, OpenCue's show, Deadline's pool"
    )
    group.add_argument(
        "--platekey", default="", metavar="COMMAND", help="on the farm (default: this very one)"
    )


def _run_one(args: argparse.Namespace, kind: Kind) -> int:
    from .submit_shots import planned_shot  # the core, which takes a while to import

    shot, frames, inputs = planned_shot(kind, args)
    settings = {kind.name: _absolute(kind.node, parameter_values(args, kind.node))}
    name = args.name or f"{kind.name} {shot.name}"
    report = str(Path(args.report).absolute()) if args.report else ""
    job = make_job(name, [(shot, frames)], settings, _farm_options(args, report), (kind.name,))
    return _submit(args, replace(job, inputs=inputs), _folder(args, shot.name))


def _run_list(args: argparse.Namespace) -> int:
    from .submit_shots import planned_shots, wanted_steps

    path = Path(args.list)
    steps = wanted_steps(args.steps)
    shots, inputs = planned_shots(read_shots(path), steps)
    folder = _folder(args, default_name(path.name))
    report = str(Path(args.report).absolute() if args.report else folder / "report")
    options = _farm_options(args, "" if args.report == "none" else report)
    settings = {kind.name: _unprefixed(args, kind) for kind in KINDS}
    job = make_job(args.name or path.stem, shots, settings, options, steps)
    return _submit(args, replace(job, inputs=inputs), folder)


def _farm_options(args: argparse.Namespace, report: str) -> FarmOptions:
    engine = ENGINES[args.to]
    program = args.platekey or ("platekey" if engine.is_elsewhere else _this_command())
    names = ("chunk", "minutes", "memory", "cores", "gpus", "priority", "overwrite")
    given = {name: getattr(args, name) for name in names}
    return FarmOptions(program=program, report=report, **given)


def _this_command() -> str:
    """The platekey command of this environment."""
    return _beside_python("platekey") or "platekey"


def _beside_python(name: str) -> str:
    """The path of a command of this environment, which need not be on PATH; "" for none."""
    path = Path(sys.executable).with_name(f"{name}.exe" if sys.platform == "win32" else name)
    return str(path) if path.exists() else ""


def _folder(args: argparse.Namespace, name: str) -> Path:
    if args.folder:
        return Path(args.folder).absolute()
    return Path("platekey-jobs", f"{name}-{time.strftime('%Y%m%d-%H%M%S')}").absolute()


def _submit(args: argparse.Namespace, job: Any, folder: Path) -> int:
    engine = ENGINES[args.to]
    if not args.queue.isprintable():
        raise OptionError(f"queue is {args.queue!r}; it must be one line.")
    write_folder(folder, engine.files(job, folder, args.queue))
    name, *words = engine.command(folder, job)
    command = [shutil.which(name) or _beside_python(name) or name, *words]
    print(f"{len(job.steps)} steps are written to {folder}", flush=True)
    if args.dry_run:
        print(f"nothing is sent; send it with: {shlex.join(command)}", flush=True)
        return 0
    _send(engine, command, folder)
    return 0


def _send(engine: Engine, command: list[str], folder: Path) -> None:
    """Runs the engine's own command in the foreground.

    Raises:
        EngineFailed: it is missing, or it failed.
        Cancelled: we were told to stop, and it was told so too.
    """
    again = f"the job is in {folder}; send it with: {shlex.join(command)}"
    with stop_on_signal() as should_stop:
        try:
            # a session of its own: a Ctrl+C would reach it twice, on which some engines hang
            process = subprocess.Popen(command, start_new_session=True)
        except OSError as error:
            raise EngineFailed(
                f"{command[0]} cannot be started ({error.strerror}); {engine.remedy}; {again}."
            ) from error
        while process.poll() is None:
            time.sleep(0.1)
            if should_stop():
                process.terminate()
                process.wait()
                raise Cancelled(f"stopped on request; what is written is whole; {again}.")
    if process.returncode:
        raise EngineFailed(
            f"{Path(command[0]).name} ended with exit code {process.returncode}, see above; "
            f"{again}."
        )


def _prefixed(kind: Kind) -> Node:
    """The node with settings that are named after its step, for two nodes share some names."""
    parameters = tuple(
        replace(p, name=f"{kind.name}_{p.name}", group=f"{kind.name}: {p.group}")
        for p in kind.node.parameters
    )
    return replace(kind.node, parameters=parameters)


def _unprefixed(args: argparse.Namespace, kind: Kind) -> Mapping[str, Any]:
    names = [parameter.name for parameter in kind.node.parameters]
    return _absolute(kind.node, {name: getattr(args, f"{kind.name}_{name}") for name in names})


def _absolute(node: Node, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings with whole paths, for a farm's machine starts elsewhere."""
    paths = {
        parameter.name for parameter in node.parameters if parameter.kind is ParameterKind.PATH
    }
    return {n: os.path.abspath(v) if n in paths and v else v for n, v in settings.items()}
