"""What a fine-tune would do and how long it would take, measured on a few steps."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from platekey.core.frames.sequence import format_frame_range
from platekey.core.network.model import MattingNetwork
from platekey.core.tune.backgrounds import NewBackgrounds
from platekey.core.tune.batches import Material
from platekey.core.tune.options import TuneOptions
from platekey.core.tune.session import TuneSession

from .tune_frames import FrameStore, TuneInputs
from .tune_plan import FramePlan
from .tune_progress import TuneTold
from .tune_request import TuneRequest
from .tune_workload import choose_workload

_STEPS = 3  # the first one is slower, and does not count
_USUAL_HOURS = 8.0


def tell_dry_run(
    request: TuneRequest,
    inputs: TuneInputs,
    plan: FramePlan,
    teacher: MattingNetwork,
    digest: str,
    backgrounds: NewBackgrounds,
    told: TuneTold,
    should_stop: Callable[[], bool],
) -> None:
    """Prepares one frame in a temporary folder, trains a few steps, and tells.

    Raises:
        InputError: whatever is wrong with a file.
        Cancelled: should_stop said so.
    """
    device = next(teacher.parameters()).device
    with tempfile.TemporaryDirectory(prefix="platekey-") as folder:
        elsewhere = replace(request, output=str(Path(folder) / "dry.safetensors"))
        store = FrameStore(inputs, elsewhere, teacher, digest)
        store.open()
        started = time.monotonic()
        frame = (plan.keyed or plan.train or plan.held)[0]
        stored = store.make(
            frame, whole_key=False, moves=0, should_stop=should_stop, warn=told.warn
        )[0]
        preparing = time.monotonic() - started
        size = sum(path.stat().st_size for path in store.folder.glob("*.safetensors"))
        student = MattingNetwork(teacher.options)
        student.load_state_dict(teacher.state_dict())
        options: TuneOptions = replace(request.options, steps=_STEPS, hours=0.0)
        work = choose_workload(request.options, device, stored.height, stored.width)
        session = TuneSession(student, options, device, work=work)
        material = Material([stored], [-1], [stored] if stored.has_key else [])
        seconds: list[float] = []
        for _ in range(_STEPS):
            session.train(material, backgrounds)
            seconds.append(session.seconds - sum(seconds))
        shutil.rmtree(store.folder, ignore_errors=True)
    a_step = max(1e-6, sum(seconds[1:]) / (_STEPS - 1))
    made = len(plan.all) + len(plan.keyed) * request.options.moved
    preparing *= made
    steps, hours = request.options.steps, request.options.hours
    if not steps:
        hours = hours or _USUAL_HOURS
        steps = max(0, round((3600 * hours - preparing) / a_step))
    total = preparing + steps * a_step
    told.say(
        f"a dry run, nothing is trained: {len(plan.train) + len(plan.keyed)} frames to learn from "
        f"({_range(plan.train)}), keys {_range(plan.keyed)}, held out {_range(plan.held)}; "
        f"{steps} steps of {work.frames} frames and {work.frames * work.windows} windows of "
        f"{work.crop} pixels at {a_step:.2f} s, {preparing / 60:.1f} min of preparing, "
        f"{total / 3600:.2f} h in all; {made * size / 2**20:.0f} MiB of disk while it runs",
        {
            "frames": float(len(plan.train)),
            "keys": float(len(plan.keyed)),
            "held_out": float(len(plan.held)),
            "steps": float(steps),
            "seconds_a_step": a_step,
            "seconds_preparing": preparing,
            "seconds": total,
            "mib_of_disk": made * size / 2**20,
            "crop": float(session.work.crop),
            "windows": float(session.work.windows),
        },
    )


def _range(frames: tuple[int, ...]) -> str:
    return format_frame_range(frames) if frames else "none"
