"""A fine-tune while it runs: student, average, adversary and their optimisers, and one step."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

from platekey.core.errors import Diverged
from platekey.core.network.model import MattingNetwork
from platekey.core.train.adversarial import AdversarialOptions, Adversary
from platekey.core.train.parallel import Ranks
from platekey.core.train.schedule import falling, follow, part_done

from .backgrounds import NewBackgrounds
from .batches import Material, draw_batch
from .options import TermWeights, TuneOptions, Workload
from .terms import Answer, adversarial_term, adversary_loss, composites, teach

_LOWEST = 0.02  # of the learning rate, at the end
_WARM = 20  # steps until the learning rate is at its highest
_FIRST_SAY, _FULL_SAY = 0.05, 0.25  # parts of the tune between which the adversary gets its say
_TURN_OF_BACKGROUNDS = 7  # tells the random numbers of backgrounds from those of windows


@dataclass
class TuneSession:
    """See the module.

    Attributes:
        student: trained; its normalisation keeps the statistics of the base training, so that it
            starts as the teacher, whatever the size of a batch.
        options: see TuneOptions.
        device: where all of it is.
        ranks: the processes that tune together.
        work: what a step takes.
        weights: see TermWeights.
        optimiser: of the student.
        adversary: see Adversary.
        average: the exponential moving average of the student's state.
        step: steps that are done.
        seconds: of all sessions.
        images: windows and frames that were looked at.
    """

    student: MattingNetwork
    options: TuneOptions
    device: torch.device
    ranks: Ranks = field(default_factory=Ranks)
    work: Workload = field(default_factory=Workload)
    weights: TermWeights = field(default_factory=TermWeights)
    optimiser: torch.optim.Adam = field(init=False)
    adversary: Adversary = field(init=False)
    average: dict[str, Tensor] = field(init=False)
    step: int = 0
    seconds: float = 0.0
    images: int = 0

    def __post_init__(self) -> None:
        """Makes what the student needs."""
        self.student.to(self.device).eval().requires_grad_(True)
        self.optimiser = torch.optim.Adam(self.student.parameters(), lr=self.options.rate)
        self.adversary = Adversary(AdversarialOptions(), self.device, seed=self.options.seed)
        self.average = {n: t.detach().clone() for n, t in self.student.state_dict().items()}

    def progress(self) -> float:
        """The part of the tune that is done, 0 to 1, by steps or by time."""
        options = self.options
        return part_done(self.step, self.seconds, steps=options.steps, hours=options.hours)

    def rate(self) -> float:
        """The learning rate of the next step: up in a line, down as a cosine."""
        warm = min(1.0, (self.step + 1) / _WARM)
        fallen = falling(self.progress())
        return self.options.rate * warm * (_LOWEST + (1 - _LOWEST) * fallen)

    def train(self, material: Material, backgrounds: NewBackgrounds) -> dict[str, float]:
        """One step; returns the loss's terms.

        Raises:
            Diverged: the loss is NaN or infinite; the weights are as before the step.
            InputError: a frame or a background cannot be read.
        """
        started = time.monotonic()
        for group in self.optimiser.param_groups:
            group["lr"] = self.rate()
        batch = draw_batch(
            material,
            self.work,
            seed=self.options.seed,
            step=self.step,
            rank=self.ranks.rank,
        ).to(self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda"):
            terms, answers = teach(
                self.student,
                batch,
                self.options,
                self.weights,
                anchor_share=1 - (1 - self.weights.anchor_end) * self.progress(),
            )
            made: list[Tensor] = []
            filmed: list[Tensor] = []
            if self.options.adversarial and not batch.is_keyed:
                made, filmed = composites(answers, self._backgrounds(backgrounds, answers))
                say = self.options.adversarial * self._say()
                if say:
                    terms |= adversarial_term(self.adversary, made, say)[0]
            total = torch.stack(list(terms.values())).sum()
        found = {name: float(term.detach()) for name, term in terms.items()}
        found["total"] = float(total.detach())
        if self.ranks.any(not math.isfinite(found["total"]), self.device):
            raise Diverged(f"the loss is no number at step {self.step}; lower the rate and resume.")
        self._descend(total, list(self.student.parameters()), self.optimiser)
        turn = self.step // 2 if material.keyed and material.plain else self.step
        if made and self.adversary.learns_at(turn):
            loss = adversary_loss(self.adversary, made, filmed)
            found["adversary"] = float(loss.detach())
            self._descend(loss, list(self.adversary.network.parameters()), self.adversary.optimiser)
        follow(self.average, self.student, self.weights.average, self.step)
        self.step += 1
        self.images += (len(batch.places) + len(batch.frames)) * self.ranks.count
        self._pass(time.monotonic() - started)
        return found

    def spend(self, seconds: float) -> None:
        """Counts time that one process spent while the others waited; all of them call it."""
        self._pass(seconds * self.ranks.count)

    def agree(self, number: int) -> int:
        """A number of the first process, in all of them."""
        mine = float(number) if self.ranks.rank == 0 else 0.0
        told = torch.tensor([mine * self.ranks.count], dtype=torch.float64, device=self.device)
        self.ranks.average([told])
        return round(float(told))

    def averaged(self) -> MattingNetwork:
        """A network of the averaged weights, in evaluation mode: what is scored and handed over."""
        return network_of_state(self.student, self.average, self.device)

    def _backgrounds(self, backgrounds: NewBackgrounds, answers: list[Answer]) -> list[Tensor]:
        """New backgrounds with the plate's grain; the same ones for the same step."""
        random = np.random.default_rng(
            [self.options.seed, self.step, self.ranks.rank, _TURN_OF_BACKGROUNDS]
        )
        drawn = []
        for answer in answers:
            picture = backgrounds.draw(random, self.work.crop)
            cues = answer.place.view.cues
            gain = (cues.noise_gain * cues.exposure).cpu() / 2
            read = (cues.noise_read * cues.exposure**2).cpu() / 2
            grain = torch.from_numpy(random.standard_normal(picture.shape).astype(np.float32))
            drawn.append(picture + grain * (gain * picture.clamp_min(0) + read).sqrt())
        return drawn

    def _say(self) -> float:
        """The adversary's say: none while it knows nothing yet, then more and more."""
        return min(1.0, max(0.0, (self.progress() - _FIRST_SAY) / (_FULL_SAY - _FIRST_SAY)))

    def _descend(
        self, loss: Tensor, parameters: list[torch.nn.Parameter], optimiser: torch.optim.Optimizer
    ) -> None:
        optimiser.zero_grad(set_to_none=True)
        torch.autograd.backward(loss, inputs=parameters)
        gradients = [each.grad for each in parameters if each.grad is not None]
        self.ranks.average(gradients)
        torch.nn.utils.clip_grad_norm_(parameters, self.weights.clip)
        optimiser.step()

    def _pass(self, seconds: float) -> None:
        """Counts the time; the learning rate hangs on it, so that it is the same everywhere."""
        passed = torch.tensor([seconds], dtype=torch.float64, device=self.device)
        self.ranks.average([passed])
        self.seconds += float(passed)


def network_of_state(
    like: MattingNetwork, state: dict[str, Tensor], device: torch.device
) -> MattingNetwork:
    """A network of some weights, in evaluation mode, that is not trained."""
    network = MattingNetwork(like.options).to(device)
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)
