"""Where a shot's weights come from, for their header."""

from __future__ import annotations

import math
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from platekey.core.frames.sequence import format_frame_range
from platekey.core.network.weights import Lineage
from platekey.core.tune.loop import TuneLoop

from .tune_frames import TuneInputs
from .tune_request import TuneRequest
from .tune_shot import Prepared
from .tune_start import Start


def lineage_of(
    request: TuneRequest,
    loop: TuneLoop,
    inputs: TuneInputs,
    prepared: Prepared,
    start: Start,
) -> Lineage:
    """The lineage of the weights that a tune hands over.

    Args:
        request: of the tune.
        loop: at its end.
        inputs: the sequences.
        prepared: which frames were used.
        start: the weights that it started from.
    """
    selection, plan, session = loop.selection, prepared.plan, loop.session
    recipe: dict[str, Any] = {
        "kind": "tune",
        "version": _version(),
        "is_start": not selection.is_better(),
        "verdict": selection.verdict(),
        "base": start.name,
        "base_sha256": start.digest,
        "base_parent": start.parent,
        "plate": request.plate,
        "clean_plate": request.clean_plate,
        "keys": request.keys,
        "key_mask": request.key_mask,
        "sha256": inputs.digests(plan.all),
        "frames": format_frame_range(plan.all),
        "frames_held_out": format_frame_range(plan.held),
        "frames_with_keys": format_frame_range(inputs.key_frames) if inputs.key_frames else "",
        "backgrounds": loop.backgrounds.count,
        "settings": request.options.to_json(),
        "work": session.work.to_json(),
        "steps_done": session.step,
        "seconds": round(session.seconds, 1),
        "best_step": selection.best_step,
    }
    scores = {"score": selection.best_total}
    scores.update({f"before_{name}": value for name, value in selection.start.items()})
    scores.update({f"after_{name}": value for name, value in selection.best_scores.items()})
    finite = {name: value for name, value in scores.items() if math.isfinite(value)}
    return Lineage(recipe, finite, start.name)


def _version() -> str:
    try:
        return version("platekey")
    except PackageNotFoundError:  # run from a copy of the folders
        return "unknown"
