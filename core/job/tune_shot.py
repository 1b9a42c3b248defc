"""A fine-tune's shot: checked on a few frames, then prepared frame by frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch

from platekey.core.errors import Cancelled, InputMismatch
from platekey.core.stopping import go_on
from platekey.core.train.parallel import Ranks
from platekey.core.tune.batches import Material
from platekey.core.tune.options import TuneOptions
from platekey.core.tune.selection import HeldOut, Shot
from platekey.core.tune.stored import StoredFrame

from .finite import Warned
from .tune_checks import Agreement, agreement, check_key, check_shot, check_size
from .tune_frames import FrameStore, TuneInputs
from .tune_plan import FramePlan, plan_frames
from .tune_progress import TuneTold
from .tune_request import TuneRequest

_LOOKED_AT = 3  # frames on which a shot is judged before it is prepared
_COMPARED = 2  # keyed frames whose untaught part is compared; each costs a solve
_UNKEYED_MOVES = 8  # frames without keys that are moved, each once


@dataclass(frozen=True)
class Prepared:
    """A shot that is ready to be tuned on.

    Attributes:
        shot: its frames.
        plan: their numbers.
        height: of the frames, in pixels.
        width: likewise.
    """

    shot: Shot
    plan: FramePlan
    height: int
    width: int


def check_inputs(
    inputs: TuneInputs,
    request: TuneRequest,
    device: torch.device,
    told: TuneTold,
    should_stop: Callable[[], bool],
) -> FramePlan:
    """Plans the frames, and looks at a few and at every key before hours are spent.

    Raises:
        UnfitShot: too few frames, no background, plates that do not match, keys that do not.
        InputError: whatever is wrong with a file.
        Cancelled: should_stop said so.
    """
    plan = plan_frames(
        inputs.frames, inputs.key_frames, request.options.most_frames, plate=request.plate
    )
    frames = plan.all
    looked = {frames[i * (len(frames) - 1) // max(1, _LOOKED_AT - 1)] for i in range(_LOOKED_AT)}
    found: list[Agreement] = []
    for frame in sorted(looked | set(inputs.key_frames)):
        go_on(should_stop)
        prepared, header, warnings = inputs.prepare(
            frame, torch.device("cpu"), should_stop, needs_prior=False
        )
        for warned in warnings:
            told.warn(warned, frame)
        height, width = prepared.cues.plate.shape[-2:]
        check_size(height, width, request.plate)
        found.append(agreement(prepared))
        key = inputs.key(frame, header, prepared.factor, whole=True)
        if key is not None:
            check_key(prepared, key, frame)
    check_shot(found, request.plate, request.clean_plate)
    if not request.options.backgrounds:
        told.warn(
            Warned(
                "no folder of backgrounds is named, so the subject is put over drawn patterns; "
                "name one with --backgrounds for a better adversary."
            )
        )
    return plan


def prepare_shot(
    store: FrameStore,
    inputs: TuneInputs,
    plan: FramePlan,
    options: TuneOptions,
    told: TuneTold,
    should_stop: Callable[[], bool],
    ranks: Ranks,
    device: torch.device,
) -> Prepared | None:
    """Prepares all frames of the plan; None if it was stopped. The first process does the work.

    Raises:
        InputError: whatever is wrong with a file.
        InputMismatch: frames differ in size.
    """
    stopped = False
    if ranks.rank == 0:
        try:
            _prepare(store, inputs, plan, options, told, should_stop)
        except Cancelled:
            stopped = True
    if ranks.any(stopped, device):
        return None
    made = _prepare(store, inputs, plan, options, told, should_stop)
    sizes = {(each.height, each.width) for frames in made.values() for each in frames}
    if len(sizes) > 1:
        named = " and ".join(f"{width}x{height}" for height, width in sorted(sizes))
        raise InputMismatch(
            f"the frames of the plate have data windows of {named}; name frames of one size, or "
            "crop them alike."
        )
    height, width = sizes.pop()
    return Prepared(_shot(made, plan, inputs), plan, height, width)


def _prepare(
    store: FrameStore,
    inputs: TuneInputs,
    plan: FramePlan,
    options: TuneOptions,
    told: TuneTold,
    should_stop: Callable[[], bool],
) -> dict[int, list[StoredFrame]]:
    store.open()
    beside = {frame + 1 for frame in plan.held if inputs.has_next(frame)}
    wanted = sorted({*plan.all, *beside})
    step = max(1, len(plan.train) // _UNKEYED_MOVES)
    moved = set(plan.train[::step]) if options.moved and not plan.keyed else set()
    made = {}
    for number, frame in enumerate(wanted):
        go_on(should_stop)
        told.preparing(number, len(wanted), frame)
        made[frame] = store.make(
            frame,
            whole_key=frame in plan.held,
            moves=options.moved if frame in plan.keyed else int(frame in moved),
            should_stop=should_stop,
            warn=lambda warned, frame=frame: told.warn(warned, frame),  # type: ignore[misc]
        )
    return made


def _shot(made: dict[int, list[StoredFrame]], plan: FramePlan, inputs: TuneInputs) -> Shot:
    plain = [made[frame][0] for frame in plan.train]
    place = {frame: index for index, frame in enumerate(plan.train)}
    following = [place.get(frame + 1, -1) for frame in plan.train]
    keyed = [each for frame in plan.keyed for each in made[frame]]
    keyed += [each for frame in plan.train for each in made[frame][1:]]
    held = [
        HeldOut(
            frame,
            made[frame][0],
            made[frame + 1][0] if inputs.has_next(frame) else None,
        )
        for frame in plan.held
    ]
    compared = [made[frame][0] for frame in plan.keyed[:_COMPARED]]
    return Shot(Material(plain, following, keyed), held, compared)
