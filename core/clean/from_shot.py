"""A clean plate of the shot itself: the camera rests, the subject moves, the background stays."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from platekey.core.errors import CannotBuild
from platekey.core.filters import dilate, enlarge, reduce
from platekey.core.options import MatteOptions
from platekey.core.plate.conditioning import condition_clean_plate
from platekey.core.solver.solve import solve_frame
from platekey.core.stopping import go_on

from .build import CleanPlate, Gathered, finish, gather, merge_frames
from .footage import Footage, working_factor
from .holes import fill_holes
from .options import CleanOptions
from .over_time import Centre, Stack
from .recurring import find_recurring

_STACKED = 27  # frames that the statistics over time are made of
_WORKING_PIXELS = 350_000  # and on pictures of this size
_SOLVED = 7  # of them that are solved in a round
_SOLVE_PIXELS = 130_000  # on pictures of this size
_SUBJECT = 0.02  # alpha; more is subject
_SHADE = 0.05  # stops; more is the subject's shadow or bounce
_MARGIN = 2  # pixels at solving size around both
_LEAST_KEPT = 2.0  # frames that must be left to a pixel for a solve to take others from it
_MOST_UNSEEN = 0.5  # share of the frame


def estimate_from_shot(
    footage: Footage, options: CleanOptions, *, has_mattes: bool, device: torch.device
) -> CleanPlate:
    """Finds at every pixel the value that comes back, with the subject kept out.

    Without mattes, solving and cleaning alternate: the first estimate keys some frames, what is
    subject or its shadow there no longer counts, and the estimate is made again.

    Args:
        footage: the shot; where its mattes say subject, its frames are not visible.
        options: align, match_exposure and rounds are looked at.
        has_mattes: whether mattes were given.
        device: what the rounds are solved on.

    Raises:
        CannotBuild: too few frames, a moving camera, or a subject that hides half of the frame
            all the time.
        Cancelled: the footage's should_stop said so.
    """
    if len(footage.frames) < 3:
        raise CannotBuild(
            f"the shot's frames to look at are {len(footage.frames)}, and at least 3 are needed to "
            "tell what moves; name frames without the subject (clean_frames or source) instead."
        )
    gathered = gather(
        footage,
        align=options.align,
        expose=options.match_exposure,
        most=_STACKED,
        pixels=_WORKING_PIXELS,
    )
    stack = gathered.stack
    centre = find_recurring(stack, footage.should_stop)
    _check_seen(centre)
    for number in range(0 if has_mattes else options.rounds):
        footage.tell(f"solving and cleaning, round {number + 1}", 0.45)
        visible = _without_subject(stack, centre, footage, device)
        centre = find_recurring(replace(stack, visible=visible), footage.should_stop)
    _check_seen(centre)
    merged = merge_frames(footage, gathered, centre)
    clean = finish(gathered, centre, merged, "shot")
    return _with_movement(clean, gathered, centre)


def _without_subject(
    stack: Stack, centre: Centre, footage: Footage, device: torch.device
) -> Tensor:
    """Visibility of the stack without what a solve against the centre finds to be subject."""
    height, width = centre.value.shape[-2:]
    factor = working_factor(height, width, _SOLVE_PIXELS)
    known = (reduce((centre.seen > 0).to(centre.value), factor) > 0.999).to(centre.value)
    clean = reduce(fill_holes(centre.value, (centre.seen > 0).to(centre.value)), factor).to(device)
    options = MatteOptions(shadow_removal=1.0)
    visible = stack.visible.clone()
    step = max(1, len(visible) // _SOLVED)
    for index in range(0, len(visible), step):
        go_on(footage.should_stop)
        plate = reduce(stack.pixels[index : index + 1], factor).to(device)
        conditioned = condition_clean_plate(
            plate, clean, valid=known.to(device), align=False, match_exposure=False
        )
        solved = solve_frame(plate, conditioned, options, should_stop=footage.should_stop)
        shade = torch.log2(solved.shadow.clamp_min(1e-4)).abs().amax(1, keepdim=True) > _SHADE
        subject = ((solved.alpha > _SUBJECT) | shade).float().cpu()
        hidden = enlarge(dilate(subject, _MARGIN), factor, height, width)
        visible[index : index + 1] *= (hidden < 0.01).to(visible)
    enough = visible.sum(0, keepdim=True) >= _LEAST_KEPT
    return torch.where(enough, visible, stack.visible)


def _check_seen(centre: Centre) -> None:
    unseen = float((centre.seen == 0).float().mean())
    if unseen > _MOST_UNSEEN:
        raise CannotBuild(
            f"{100 * unseen:.0f} % of the frame show nothing that comes back: the subject hides "
            "it all the time, or everything moves; name frames without the subject (clean_frames "
            "or source), or give mattes."
        )


def _with_movement(clean: CleanPlate, gathered: Gathered, centre: Centre) -> CleanPlate:
    """Adds to the report how much of the frame changed at all, and says if nothing did."""
    count = gathered.stack.visible.sum(0, keepdim=True)
    changed = float((centre.seen < 0.8 * count).float().mean())
    told = clean.told
    if changed < 0.005:
        told += (
            "hardly anything moves in these frames, so a subject that rests would be taken for "
            "background; look at the result, give mattes, or name frames without the subject.",
        )
    return replace(clean, report={**clean.report, "share_that_changed": changed}, told=told)
