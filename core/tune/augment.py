"""What is done to a frame before the student sees it, so that the teacher's answer is hard to find.

The teacher saw the frame as it is. Light and colour of plate and clean plate change alike, grain is
added, the prior and the neighbours go missing; all of a frame's windows change as the frame does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from platekey.core.network.coarse import no_prior
from platekey.core.network.cues import Cues, encoded, noise_variance
from platekey.core.train.adversarial import Anchor

from .stored import SmallView, View

_EXPOSURE, _COLOUR = 0.5, 0.08  # stops, standard deviations: of all channels, and of each
_GRAIN = 1.0  # times the noise's variance that is added at most
_GRAINY, _WITHOUT_PRIOR, _WITHOUT_MOTION, _HINTED = 0.5, 0.03, 0.15, 0.15  # shares of the frames
_HINT_BLUR = 8  # cells over which a drawn hint is averaged


@dataclass(frozen=True)
class Change:
    """What is done to one frame.

    Attributes:
        gains: (1, 3, 1, 1) that plate and clean plate are multiplied with.
        grain: variance that is added, in parts of the noise's.
        seed: of the grain.
        has_prior: the prior stays.
        has_motion: the neighbours stay.
        has_hint: a rough hint is made of the target.
        mirrored: left becomes right.
    """

    gains: Tensor
    grain: float
    seed: int
    has_prior: bool
    has_motion: bool
    has_hint: bool
    mirrored: bool


def draw_change(random: np.random.Generator, *, may_mirror: bool) -> Change:
    """Draws one."""
    stops = random.normal(0, _COLOUR, 3) + random.normal(0, _EXPOSURE)
    gains = torch.from_numpy((2.0**stops).astype(np.float32)).view(1, 3, 1, 1)
    chances = random.random(5)
    return Change(
        gains,
        float(random.uniform(0, _GRAIN)) if chances[0] < _GRAINY else 0.0,
        int(random.integers(2**31)),
        bool(chances[1] >= _WITHOUT_PRIOR),
        bool(chances[2] >= _WITHOUT_MOTION),
        bool(chances[3] < _HINTED),
        bool(may_mirror and chances[4] < 0.5),
    )


def change_small(small: SmallView, change: Change) -> SmallView:
    """The whole frame at the coarse size, changed."""
    cues = small.view.cues
    changed = _lit(cues, change, salt=0)
    prior = _prior(small.view, changed, change)
    one = torch.ones_like(changed.has_neighbours)
    if not change.has_motion:
        changed = changed._replace(
            previous=changed.plate, following=changed.plate, has_neighbours=0 * one
        )
    if change.has_hint:
        target = torch.lerp(small.view.anchor.alpha, small.view.key, small.view.taught)
        changed = changed._replace(hint=_rough(target), hint_present=one)
    view = View(changed, prior, small.view.anchor, small.view.key, small.view.taught)
    if not change.mirrored:
        return SmallView(view, small.interest)
    return SmallView(mirrored_view(view), small.interest.flip(-1))


def change_window(view: View, change: Change, *, salt: int) -> View:
    """A window at full size, changed as its frame is; `salt` tells windows' grain apart."""
    anchor = Anchor(view.anchor.alpha, view.anchor.foreground * change.gains, view.anchor.trust)
    cues = _lit(view.cues, change, salt=1 + salt)
    changed = View(cues, _prior(view, cues, change), anchor, view.key, view.taught)
    return mirrored_view(changed) if change.mirrored else changed


def mirrored_view(view: View) -> View:
    """Left is right."""
    cues = Cues(*(each.flip(-1) for each in view.cues))
    anchor = Anchor(*(getattr(view.anchor, n).flip(-1) for n in ("alpha", "foreground", "trust")))
    return View(cues, view.prior.flip(-1), anchor, view.key.flip(-1), view.taught.flip(-1))


def _prior(view: View, changed: Cues, change: Change) -> Tensor:
    """The prior of what was changed; it names colours that keep their distance from the plate."""
    plate = encoded(changed.plate, changed.exposure)
    if not change.has_prior:
        return no_prior(plate)
    prior, seen = view.prior, encoded(view.cues.plate, view.cues.exposure)
    return torch.cat([prior[:, :1], plate + prior[:, 1:4] - seen, prior[:, 4:]], 1)


def _lit(cues: Cues, change: Change, *, salt: int) -> Cues:
    """Light and grain. The exposure is the frame's own, less what all channels have in common."""
    gains = change.gains
    common = gains.log2().mean().exp2()
    plate = cues.plate * gains
    lit = cues._replace(
        plate=plate,
        clean_plate=cues.clean_plate * gains,
        noise_gain=cues.noise_gain * gains,
        noise_read=cues.noise_read * gains**2,
        exposure=cues.exposure / common,
        previous=cues.previous * gains,
        following=cues.following * gains,
    )
    if not change.grain:
        return lit
    generator = torch.Generator().manual_seed((change.seed + salt) % 2**31)
    noise = torch.randn(plate.shape, generator=generator).to(plate)
    variance = noise_variance(lit) * change.grain
    return lit._replace(
        plate=plate + noise * variance.sqrt(),
        noise_gain=lit.noise_gain * (1 + change.grain),
        noise_read=lit.noise_read * (1 + change.grain),
    )


def _rough(alpha: Tensor) -> Tensor:
    """A hint as a quick roto gives it."""
    height, width = alpha.shape[-2:]
    small = torch.nn.functional.avg_pool2d(alpha, _HINT_BLUR, ceil_mode=True)
    rough = (small > 0.4).to(alpha.dtype)
    return torch.nn.functional.interpolate(
        rough, (height, width), mode="bilinear", align_corners=False
    )
