"""Which weights are handed over: the best of the tune on frames that it never saw, or the start."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from platekey.core.network.model import MattingNetwork
from platekey.core.solver.solution import Solution
from platekey.core.stopping import never

from .batches import Material
from .motion import enlarged
from .prepared import solve_prepared
from .scores import Scored, compared, edge_band, frame_scores, is_better, mean_scores
from .stored import StoredFrame


@dataclass(frozen=True)
class HeldOut:
    """A frame that is never trained on.

    Attributes:
        number: of the frame.
        frame: it.
        following: the next one of the shot, for the comparison along the motion; or None.
    """

    number: int
    frame: StoredFrame
    following: StoredFrame | None = None


@dataclass(frozen=True)
class Shot:
    """The frames of a tune.

    Attributes:
        material: trained on.
        held: never trained on.
        keyed: frames whose keys are taught in part; the rest of the key is compared.
    """

    material: Material
    held: Sequence[HeldOut]
    keyed: Sequence[StoredFrame] = ()


@dataclass
class Selection:
    """The scores of a tune, and the best of it.

    Attributes:
        start: scores of the starting weights.
        best_total: 1 while nothing is better than the start.
        best_step: 0 for the start.
        best_scores: of the best.
        waited: validations since the best one.
        history: step and total of each validation.
    """

    start: dict[str, float] = field(default_factory=dict)
    best_total: float = 1.0
    best_step: int = 0
    best_scores: dict[str, float] = field(default_factory=dict)
    waited: int = 0
    history: list[tuple[int, float]] = field(default_factory=list)

    def begin(self, scores: dict[str, float]) -> None:
        """Takes the scores of the starting weights."""
        self.start, self.best_scores = dict(scores), dict(scores)
        self.history = [(0, 1.0)]

    def consider(self, step: int, scores: dict[str, float]) -> tuple[Scored, bool]:
        """Takes the scores of a step; returns them beside the start's, and whether they win."""
        scored = compared(scores, self.start)
        wins = is_better(scored.total, self.best_total)
        if wins:
            self.best_total, self.best_step = scored.total, step
            self.best_scores, self.waited = dict(scores), 0
        else:
            self.waited += 1
        self.history.append((step, scored.total))
        return scored, wins

    def is_better(self) -> bool:
        """Whether anything is better than the start."""
        return self.best_step > 0

    def verdict(self) -> str:
        """One sentence for the artist."""
        if not self.is_better():
            return (
                "nothing was better than the starting weights on the held-out frames, so they are "
                "returned as they were"
            )
        parts = [
            f"{name} {_percent(self.best_scores[name], value)}"
            for name, value in self.start.items()
            if name in self.best_scores and value > 0
        ]
        return (
            f"step {self.best_step} is better than the starting weights on the held-out frames: "
            f"{', '.join(parts)}"
        )

    def to_json(self) -> dict[str, Any]:
        """Plain values; what is infinite, because a gate was shut, is None."""
        values = dict(vars(self))
        values["history"] = [
            [step, total if math.isfinite(total) else None] for step, total in self.history
        ]
        return values

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Selection:
        """The selection that to_json made values of; of others it raises whatever comes."""
        history = [
            (int(step), math.inf if total is None else float(total))
            for step, total in values["history"]
        ]
        start, best = (
            {str(name): float(score) for name, score in values[key].items()}
            for key in ("start", "best_scores")
        )
        total, step, waited = values["best_total"], values["best_step"], values["waited"]
        return cls(start, float(total), int(step), best, int(waited), history)


def score_network(
    network: MattingNetwork,
    held: Sequence[HeldOut],
    device: torch.device,
    *,
    keyed: Sequence[StoredFrame] = (),
    should_stop: Callable[[], bool] = never,
) -> tuple[dict[str, float], list[Solution]]:
    """Solves the held-out frames as `platekey solve` does, and scores them.

    Args:
        network: in evaluation mode, on `device`.
        held: frames; their keys count whole.
        device: where it is solved.
        keyed: frames with keys that are taught in part; the rest of the key is compared.
        should_stop: polled within each frame.

    Returns:
        The mean scores, and the solutions of `held`, on the CPU.

    Raises:
        Cancelled: should_stop said so.
    """
    rows: list[dict[str, float]] = []
    solutions = []
    with torch.no_grad():
        for each in held:
            solution, row = _scored(network, each.frame, each.following, device, should_stop)
            rows.append(row)
            solutions.append(solution)
        for stored in keyed:
            _, row = _scored(network, stored, None, device, should_stop)
            rows.append({name: value for name, value in row.items() if name == "keys"})
    return mean_scores(rows), solutions


def _scored(
    network: MattingNetwork,
    stored: StoredFrame,
    following: StoredFrame | None,
    device: torch.device,
    should_stop: Callable[[], bool],
) -> tuple[Solution, dict[str, float]]:
    frame, motion = stored.whole()
    frame = frame.to(device)
    solution = solve_prepared(network, frame, should_stop=should_stop)
    after = None
    if following is not None and motion is not None:
        motion = enlarged(motion, stored.motion_factor)
        height, width = solution.alpha.shape[-2:]
        motion = type(motion)(*(each[..., :height, :width].to(device) for each in motion))
        after = solve_prepared(network, following.whole()[0].to(device), should_stop=should_stop)
    band = None
    if frame.anchor is not None:
        band = edge_band(frame.anchor.alpha, frame.anchor.trust, frame.factor)
    row = frame_scores(
        frame.cues, solution, following=after, motion=motion, key=frame.key, band=band
    )
    return _on_cpu(solution), row


def _on_cpu(solution: Solution) -> Solution:
    planes: list[Tensor] = [
        each.cpu()
        for each in (solution.alpha, solution.foreground, solution.shadow, solution.confidence)
    ]
    return Solution(planes[0], planes[1], planes[2], planes[3], solution.report)


def _percent(now: float, start: float) -> str:
    change = 100 * (now / start - 1)
    return f"{change:+.0f} %"
