"""Runs tunes: in a worker of their own beside Nuke, or on a farm, and follows them to their end.

A tune here has a worker of its own, for the resident one has to solve meanwhile. A tune on a farm
is seen by what it writes beside its weights. Python 3.7, standard library and nuke.
"""

import os
import time
from typing import Any, Dict, Tuple

import nuke

from platekey.core import protocol
from platekey.core.errors import PlatekeyError
from platekey.plugin.client import WorkerClient, worker_command
from platekey.plugin.panel.board import DONE, FAILED, PAUSED, Job
from platekey.plugin.tune_folder import TuneFolder

from . import farm_job, jobs, resident
from .following import follow
from .main_thread import on_main_thread
from .order import joined, plain_file
from .tune_order import TuneOrder, submit_words, tune_order_of

PATIENCE = 600.0  # seconds between a stop and the end of a worker: it writes a checkpoint first
LOOKS = 2.0  # seconds between two looks at what a farm has written
_running: Dict[str, Job] = {}


def start(node: Any, resume: bool) -> None:
    """Renders what has to be rendered, and starts the tune; on the main thread.

    What goes wrong is shown on the node.
    """
    name = node.fullName()
    if name in _running:
        nuke.message(f"{name} is being tuned; stop that first, or wait.")
        return
    try:
        order = tune_order_of(node)
        refusal = _refusal(order, resume)
        if not refusal:
            _render(node, order, resume)
    except (PlatekeyError, RuntimeError) as error:  # Nuke raises RuntimeError for renders
        refusal = str(error)
    if refusal:
        jobs.show(node, refusal, jobs.RED)
        return
    work = _run_on_farm if order.farm else _run_here
    node["tuned"].setValue(order.output)
    node["farm_job"].setValue("")
    jobs.show(node, f"tuning on {order.farm}" if order.farm else "tuning", jobs.GREEN)
    jobs.start(work, _job(name), order, resume)


def look(node: Any) -> None:
    """Follows a tune that was started elsewhere or before, by what it writes."""
    name = node.fullName()
    weights = node["tuned"].value()
    if name in _running or not weights:
        said = "is on the panel already" if name in _running else "was not started yet"
        nuke.message(f"The tune of {name} {said}.")
        return
    jobs.show(node, "looking at the tune", jobs.GREEN)
    jobs.start(_watch, _job(name), TuneFolder(weights), str(node["farm_job"].value()))


def stop(name: str) -> bool:
    """Ends the tune of that node after its step, see _watch for a farm; False if there is none."""
    job = _running.get(name)
    if job is not None:
        job.pause()
    return job is not None


def finished_weights(matte: Any) -> str:
    """The weights of a tune node of the same plate that has ended, or ""."""
    for node in jobs.ours("tune"):
        weights = str(node["tuned"].value())
        if weights and _is_same(node.input(0), matte.input(0)):
            folder = TuneFolder(weights)
            if folder.is_finished():
                return weights
    return ""


def _job(name: str) -> Job:
    _running[name] = jobs.BOARD.add(Job(name, "tune", lambda: _again(name)))
    return _running[name]


def _again(name: str) -> None:
    node = nuke.toNode(name)
    if node is not None:
        start(node, resume=True)


def _refusal(order: TuneOrder, resume: bool) -> str:
    """Why it is not started, or ""."""
    has_checkpoint = TuneFolder(order.output).has_checkpoint()
    if has_checkpoint and not resume:
        return (
            "there is a tune of this plate with these settings; press Resume to go on with it, or "
            "name other weights to write."
        )
    if resume and not has_checkpoint and not order.farm:
        return "there is no checkpoint to go on from; press Start."
    return ""


def _render(node: Any, order: TuneOrder, resume: bool) -> None:
    if resume and os.path.isdir(order.folder):  # rendered before; anew, it would be another tune
        return
    for name, ranges in order.rendered:
        for first, last in ranges:
            jobs.render(node, order.folder, [name], first, last)


def _run_here(job: Job, order: TuneOrder, resume: bool) -> None:
    status, colour = "", jobs.GREEN
    try:
        if resume:
            _catch_up(job, TuneFolder(order.output))
        with WorkerClient(worker_command(resident.worker_python())) as client:
            end = follow(
                client,
                "tune",
                dict(order.arguments, resume=resume),
                job,
                lambda: client.shutdown(2.0),
                has_bar=False,
                patience=PATIENCE,
            )
        status, colour = _verdict(end, order, job)
    except (PlatekeyError, OSError) as error:
        status, colour = str(error), jobs.RED
        job.end(FAILED, status)
    finally:
        _running.pop(job.title, None)
    on_main_thread(_finish, job.title, status, colour, order.output if job.state == DONE else "")


def _verdict(end: Any, order: TuneOrder, job: Job) -> Tuple[str, int]:
    if isinstance(end, protocol.Error):
        return f"{end.message}\nlog: {end.log}", jobs.RED
    if end.exit_code == jobs.CANCELLED:
        return "stopped: Resume goes on", jobs.AMBER
    job.message = TuneFolder(order.output).verdict() or job.message
    return f"tuned: {job.message}", jobs.GREEN


def _run_on_farm(job: Job, order: TuneOrder, resume: bool) -> None:
    folder = TuneFolder(order.output)
    before = folder.state_of_weights()
    stamp = time.strftime("%Y%m%d-%H%M%S")
    place = joined(os.path.dirname(order.folder), f"farm/{job.title}-{stamp}")
    try:
        command = [resident.worker_python(), "-I", "-m", "platekey.plugin.shell"]
        words = submit_words(order, f"tune {job.title}", place)
        code, last, lines = farm_job.run(command + words, job.note, job.stop)
    except (PlatekeyError, OSError) as error:
        code, last, lines = 1, str(error), []
    if code:
        job.end(FAILED, last)
        _running.pop(job.title, None)
        on_main_thread(_finish, job.title, last, jobs.RED, "")
        return
    job.message = f"sent to {order.farm}; waiting for its first lines"
    sent = farm_job.sent_as(order.farm, lines)
    on_main_thread(_keep, job.title, sent)
    if nuke.GUI:  # a terminal session ends, and the farm goes on
        _watch(job, folder, sent, before)
    else:
        _running.pop(job.title, None)


def _watch(job: Job, folder: TuneFolder, sent: str, before: Any = None) -> None:
    """Follows a tune by its folder, until its weights are there, or it is to stop.

    A job that can be ended from here is ended then; another goes on, and is no longer looked at.
    """
    status, colour, weights = "", jobs.GREEN, ""
    while not status:
        _catch_up(job, folder)
        if folder.is_finished() and folder.state_of_weights() != before:
            job.end(DONE, folder.verdict() or "done")
            status, weights = f"tuned: {job.message}", folder.weights
        elif job.stop.wait(LOOKS):
            status, colour = _stopped(job, sent)
    _running.pop(job.title, None)
    on_main_thread(_finish, job.title, status, colour, weights)


def _stopped(job: Job, sent: str) -> Tuple[str, int]:
    """Ends a farm's job if that can be done from here; returns what the node says then."""
    if not sent:
        job.end(PAUSED, "no longer looked at; the tune itself goes on where it runs")
        return "not looked at: Show progress", jobs.GREEN
    failure = farm_job.end(sent, job.note)
    if failure:
        job.end(FAILED, f"the farm did not end {sent}: {failure}")
        return f"{job.message}\nend it in the farm's own monitor", jobs.RED
    job.end(PAUSED, f"ended on the farm ({sent})")
    return "stopped on the farm: Resume goes on", jobs.AMBER


def _catch_up(job: Job, folder: TuneFolder) -> None:
    for event in folder.news():
        job.tell(event)
        job.done = max(job.done, folder.progress(event.figures))


def _keep(name: str, sent: str) -> None:
    """Lets the node know its job on the farm, also when the script is opened again."""
    node = nuke.toNode(name)
    if node is not None:
        node["farm_job"].setValue(sent)


def _finish(name: str, status: str, colour: int, weights: str) -> None:
    """Shows how it ended, and offers the weights to the mattes of the same plate."""
    node = nuke.toNode(name)
    if node is None:
        return
    jobs.show(node, status, colour)
    if not weights:
        return
    for matte in jobs.ours("matte"):
        if _is_same(node.input(0), matte.input(0)):
            matte["tuned"].setValue(weights)
            said = f"{matte['status'].value()}\ntuned weights are ready: Use tuned weights"
            jobs.show(matte, said, matte["tile_color"].value())


def _is_same(one: Any, other: Any) -> bool:
    """Whether two inputs show the same plate."""
    if one is None or other is None:
        return False
    files = (plain_file(one), plain_file(other))
    return one.fullName() == other.fullName() or (bool(files[0]) and files[0] == files[1])
