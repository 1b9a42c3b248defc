"""What a training consists of while it runs: network, average, optimiser, and one step of it."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from platekey.core.errors import Diverged
from platekey.core.network.model import MattingNetwork

from .data import batch_cues, batch_prior, batch_truth
from .options import Precision, Stage, TrainOptions
from .parallel import Ranks
from .schedule import falling, follow, part_done
from .step import FACTORS, batch_losses

_LOWEST = 0.01  # of the learning rate, at the end


@dataclass
class Session:
    """A network in training.

    Attributes:
        network: trained.
        options: see TrainOptions.
        device: where all of it is.
        ranks: see Ranks.
        optimiser: AdamW on what the stage trains.
        average: the exponential moving average of the network's state.
        step: steps that are done.
        seconds: of all sessions.
    """

    network: MattingNetwork
    options: TrainOptions
    device: torch.device
    ranks: Ranks
    optimiser: torch.optim.AdamW = field(init=False)
    average: dict[str, Tensor] = field(init=False)
    step: int = 0
    seconds: float = 0.0
    _clock: float = field(init=False, default_factory=time.monotonic)

    def __post_init__(self) -> None:
        """Freezes what the stage does not train."""
        self.network.to(self.device).train()
        frozen = {Stage.COARSE: "refine", Stage.REFINE: "coarse"}.get(self.options.stage, "")
        for name, parameter in self.network.named_parameters():
            parameter.requires_grad_(not (frozen and name.startswith(frozen)))
        if frozen:
            self.network.get_submodule(frozen).eval()  # its statistics stay too
        trained = [each for each in self.network.parameters() if each.requires_grad]
        groups: list[dict[str, Any]] = [
            {"params": [p for p in trained if p.ndim > 1]},
            {"params": [p for p in trained if p.ndim <= 1], "weight_decay": 0.0},
        ]
        self.optimiser = torch.optim.AdamW(
            groups, lr=self.options.rate, weight_decay=self.options.weight_decay
        )
        self.average = {n: t.detach().clone() for n, t in self.network.state_dict().items()}

    def progress(self) -> float:
        """The part of the training that is done, 0 to 1, by steps or by time."""
        options = self.options
        return part_done(self.step, self.seconds, steps=options.steps, hours=options.hours)

    def rate(self) -> float:
        """The learning rate of the next step: up in a line, down as a cosine."""
        warm = min(1.0, (self.step + 1) / max(1, self.options.warm_up))
        fallen = falling(self.progress())
        return self.options.rate * warm * (_LOWEST + (1 - _LOWEST) * fallen)

    def train(self, batch: dict[str, Tensor]) -> dict[str, float]:
        """One step; returns the loss's terms.

        Raises:
            Diverged: the loss is NaN or infinite; the weights are as before the step.
        """
        sent = {name: each.to(self.device, non_blocking=True) for name, each in batch.items()}
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        is_short = self.options.precision is Precision.BF16
        with torch.autocast(self.device.type, torch.bfloat16, enabled=is_short):
            terms = batch_losses(
                self.network,
                batch_cues(sent),
                batch_truth(sent),
                batch_prior(sent),
                FACTORS[self.step % len(FACTORS)],
                stage=self.options.stage,
                options=self.options.losses,
            )
        found = {name: float(term.detach()) for name, term in terms.items()}
        if self.ranks.any(not math.isfinite(found["total"]), self.device):
            raise Diverged(f"the loss is no number at step {self.step}; lower --rate and resume.")
        self.optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(terms["total"])
        trained = [each for each in self.network.parameters() if each.grad is not None]
        self.ranks.average([each.grad for each in trained if each.grad is not None])
        torch.nn.utils.clip_grad_norm_(trained, self.options.clip)
        self.optimiser.step()
        self.ranks.average(self.network.buffers())
        follow(self.average, self.network, self.options.average, self.step)
        self.step += 1
        now = time.monotonic()
        passed = self.seconds + now - self._clock
        seconds = torch.tensor([passed], dtype=torch.float64, device=self.device)
        self.ranks.average([seconds])  # for the learning rate must be the same everywhere
        self.seconds, self._clock = float(seconds), now
        return found

    def averaged(self) -> MattingNetwork:
        """A network of the averaged weights, in evaluation mode: what is validated and shipped."""
        network = MattingNetwork(self.network.options).to(self.device)
        network.load_state_dict(self.average)
        return network.eval()

    def settings(self) -> dict[str, Any]:
        """What must stay the same when the training goes on."""
        free = ("steps", "hours", "workers", "checkpoint_minutes", "validate_minutes", "validation")
        chosen = {n: v for n, v in self.options.to_json().items() if n not in free}
        return {**chosen, "network": self.network.options.to_json(), "ranks": self.ranks.count}
