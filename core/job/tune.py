"""`platekey tune`, for every host: a shot from its files to weights of its own."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from platekey.core import protocol
from platekey.core.errors import OptionError, OutputError
from platekey.core.frames.atomic import prepare_folder
from platekey.core.network.model import MattingNetwork
from platekey.core.network.weights import save_weights
from platekey.core.train.checkpoint import whole_checkpoints
from platekey.core.train.parallel import Ranks
from platekey.core.tune.backgrounds import NewBackgrounds
from platekey.core.tune.checkpoint import has_ended, load_tune
from platekey.core.tune.loop import CURVES, LOG, SHEET, STRIPS, TuneLoop
from platekey.core.tune.options import TuneOptions
from platekey.core.tune.report import write_report
from platekey.core.tune.selection import Selection
from platekey.core.tune.session import TuneSession

from .device import choose_device
from .tally import Emit
from .tune_dry_run import tell_dry_run
from .tune_frames import FRAMES, FrameStore, TuneInputs
from .tune_lineage import lineage_of
from .tune_plan import FramePlan
from .tune_progress import TuneTold
from .tune_request import TuneRequest
from .tune_shot import Prepared, check_inputs, prepare_shot
from .tune_start import NEW, Start, start_of
from .tune_workload import choose_workload

REPORT = "report.html"
_CANCELLED = 5
_FREE = ("steps", "hours", "checkpoint_minutes", "patience", "device", "crop", "windows")


def run_tune(
    request: TuneRequest,
    emit: Emit,
    should_stop: Callable[[], bool],
    *,
    ranks: Ranks | None = None,
) -> protocol.Result:
    """Tunes weights to a shot and writes the best of them, or the start's if none is better.

    Args:
        request: see TuneRequest.
        emit: takes Progress, Warning and Trained.
        should_stop: polled at every step and within every solve; a checkpoint is written, and the
            best weights so far.
        ranks: the processes that tune together.

    Returns:
        The result; exit code 5 if it was stopped.

    Raises:
        PlatekeyError: it cannot be done, or not go on; the last checkpoint holds.
    """
    started = time.monotonic()
    together = ranks or Ranks()
    options = request.options
    device = choose_device(options.device)
    start = start_of(options.weights, options.seed)
    digest, teacher = start.digest, start.network.to(device)
    backgrounds = NewBackgrounds(options.backgrounds)
    inputs = TuneInputs(request)
    told = TuneTold(emit if together.rank == 0 else _silent, request)
    if start.name == NEW:
        told.say("starts from a new network, which says what the difference method says.", {})
    plan = check_inputs(inputs, request, device, told, should_stop)
    if request.dry_run:
        tell_dry_run(request, inputs, plan, teacher, digest, backgrounds, told, should_stop)
        return protocol.Result(0, seconds=time.monotonic() - started)
    _make_ready(request, together)
    end, settings = effective(options), _settings(options, plan, digest, together)
    is_there = request.resume and Path(request.output).is_file()
    if is_there and has_ended(request.folder, settings, end.steps, end.hours):
        told.say(f"{request.output} is finished; give more hours or steps to go on.", {})
        return protocol.Result(0, seconds=time.monotonic() - started)
    store = FrameStore(inputs, request, teacher, digest)
    prepared = prepare_shot(store, inputs, plan, options, told, should_stop, together, device)
    if prepared is None:
        return protocol.Result(_CANCELLED, seconds=time.monotonic() - started)
    loop = _loop(request, prepared, teacher, settings, backgrounds, together, told, device)
    loop.session.spend(time.monotonic() - started if not together.rank else 0.0)
    finished = loop.run(should_stop)
    if together.rank == 0:
        _hand_over(request, loop, inputs, prepared, start, told)
        if finished:
            loop.end()
            shutil.rmtree(request.folder / FRAMES, ignore_errors=True)  # large, and made again
    return protocol.Result(0 if finished else _CANCELLED, seconds=time.monotonic() - started)


def _make_ready(request: TuneRequest, ranks: Ranks) -> None:
    """Makes the folder, or refuses one that holds another tune."""
    if ranks.rank:
        return
    folder, output = request.folder, Path(request.output)
    has_tune = bool(whole_checkpoints(folder))
    if not request.resume and not request.overwrite:
        if has_tune:
            raise OptionError(
                f"{folder} holds a tune; resume it with --resume, or set overwrite to begin anew."
            )
        if output.exists():
            raise OptionError(f"output {output} is there; name another, or set overwrite.")
    try:
        if request.overwrite:
            for path in folder.glob("checkpoint-*"):
                shutil.rmtree(path)
            shutil.rmtree(folder / STRIPS, ignore_errors=True)
            (folder / LOG).unlink(missing_ok=True)
        prepare_folder(str(folder), [LOG, SHEET, CURVES, REPORT])
        prepare_folder(str(output.absolute().parent), [output.name])
    except OSError as error:
        raise OutputError(
            f"{folder} cannot be written to ({error.strerror or error}); check its permissions "
            "and its disk, or name another output."
        ) from error


def _loop(
    request: TuneRequest,
    prepared: Prepared,
    teacher: MattingNetwork,
    settings: dict[str, Any],
    backgrounds: NewBackgrounds,
    ranks: Ranks,
    told: TuneTold,
    device: torch.device,
) -> TuneLoop:
    options = effective(request.options)
    student = MattingNetwork(teacher.options)
    student.load_state_dict(teacher.state_dict())
    work = choose_workload(options, device, prepared.height, prepared.width)
    session = TuneSession(student, options, device, ranks, work)
    loop = TuneLoop(
        session, teacher, prepared.shot, backgrounds, request.folder, settings, told.row
    )
    if request.resume:
        saved = load_tune(request.folder, session, settings)
        if saved is not None:
            loop.selection = Selection.from_json(saved.selection)
            loop.best = saved.best
    return loop


def _settings(options: TuneOptions, plan: FramePlan, digest: str, ranks: Ranks) -> dict[str, Any]:
    """What must stay when a tune goes on."""
    return {
        "base": digest,
        "frames": list(plan.all),
        "held": list(plan.held),
        "ranks": ranks.count,
        **{n: v for n, v in options.to_json().items() if n not in _FREE and n != "weights"},
    }


def effective(options: TuneOptions) -> TuneOptions:
    """The options with the usual end, where none is named."""
    usual = 8.0  # hours: a night
    return options if options.hours or options.steps else replace(options, hours=usual)


def _hand_over(
    request: TuneRequest,
    loop: TuneLoop,
    inputs: TuneInputs,
    prepared: Prepared,
    start: Start,
    told: TuneTold,
) -> None:
    """Writes weights and report."""
    lineage = lineage_of(request, loop, inputs, prepared, start)
    save_weights(Path(request.output), loop.result(), lineage)
    folder = request.folder
    write_report(
        folder / REPORT,
        title=f"Fine-tune of {inputs.shot.plate.name}: {Path(request.output).name}",
        selection=loop.selection,
        recipe=lineage.recipe,
        pictures={"Held-out frames": folder / SHEET, "Curves": folder / CURVES},
    )
    told.verdict(loop, folder / REPORT)


def _silent(event: Any) -> None:
    """For the processes that do not report."""
