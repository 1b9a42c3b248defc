"""From layers to samples: relights, composites, perturbs and hints, a batch at once, on any device.

A sample is a dict of scene-linear tensors:

| key | shape | what |
|---|---|---|
| `plate`, `clean_plate` | (B, 3, S, S) | what a network sees; unbounded, with noise |
| `previous`, `next` | (B, 3, S, S) | the plates beside it; the plate itself where there are none |
| `has_neighbours` | (B, 1) | 1, or 0 where there are none |
| `hint`, `hint_present` | (B, 1, S, S), (B, 1) | coarse alpha in [0, 1]; 0 where none is given |
| `alpha` | (B, 1, S, S) | the truth, in [0, 1] |
| `foreground` | (B, 3, S, S) | the truth, straight, without noise; meant where alpha > 0 |
| `background` | (B, 3, S, S) | the set as the plate has it, with shadow and bounce, without noise |
| `number`, `capture`, `source`, `hint_kind` | (B,) | where it is from; see make_layers, HintKind |
| `amount_*` | (B,) | what was done to it; see Perturbed.amounts |

plate = foreground · alpha + (1 - alpha) · background, before noise and recording.
"""

from __future__ import annotations

import torch
from torch import Tensor

from platekey.core.filters import enlarge

from .hints import HintKind, make_hints
from .perturb import Moment, perturb
from .sample_options import SampleOptions

_TRACES = ("number", "capture", "source")


def compose(
    layers: dict[str, Tensor],
    options: SampleOptions,
    *,
    device: torch.device | None = None,
) -> dict[str, Tensor]:
    """Makes a batch of samples; the same batch gives the same, on the same kind of device.

    What chance decides for a batch comes from the seed of its first sample, so a sample in a batch
    of its own is not the same as among others.

    Args:
        layers: of make_layers, stacked to a batch.
        options: those the layers were made with.
        device: where to work; None is where the layers are.

    Returns:
        See the module's text, on the device.
    """
    place = layers["alpha"].device if device is None else device
    # drawn where the pictures are: noise for a batch takes the CPU longer than all the rest
    generator = torch.Generator(place).manual_seed(int(layers["seed"].flatten()[0]))
    sent = {name: layer.to(place, non_blocking=True) for name, layer in layers.items()}
    size = sent["alpha"].shape[-1]
    before, now, after = (_moment(sent, index, _straight(sent, index, size)) for index in (0, 1, 2))
    made = perturb(
        now.premultiplied,
        now.alpha,
        now.background,
        options=options.perturb,
        generator=generator,
        neighbours=(before, after),
    )
    hints = make_hints(made.alpha, generator, dict(options.hints))
    # Where colours were not shifted the straight foreground is known better than by division.
    divided = made.premultiplied / made.alpha.clamp_min(1e-6)
    is_shifted = made.amounts["coincidence"].view(-1, 1, 1, 1) > 0
    foreground = torch.where(is_shifted, divided, _straight(sent, 1, size))
    has_neighbours = sent["has_neighbours"]
    previous, following = (
        torch.where(has_neighbours.view(-1, 1, 1, 1) > 0, plate, made.plate)
        for plate in made.neighbours
    )
    kinds = [list(HintKind).index(kind) for kind in hints.kinds]
    return {
        "plate": made.plate,
        "clean_plate": made.clean_plate,
        "previous": previous,
        "next": following,
        "has_neighbours": has_neighbours,
        "hint": hints.alpha,
        "hint_present": hints.is_given.view(-1, 1),
        "alpha": made.alpha,
        "foreground": foreground,
        "background": made.background,
        **{name: sent[name] for name in _TRACES},
        "hint_kind": torch.tensor(kinds, device=made.alpha.device),
        **{f"amount_{name}": amount for name, amount in made.amounts.items()},
    }


def _straight(layers: dict[str, Tensor], index: int, size: int) -> Tensor:
    """The foreground of a moment as it is lit, (B, 3, S, S)."""
    shading = layers["shading"][:, index]
    factor = -(-size // shading.shape[-1])
    return layers["foreground"][:, index] * enlarge(shading, factor, size, size)


def _moment(layers: dict[str, Tensor], index: int, straight: Tensor) -> Moment:
    alpha = layers["alpha"][:, index]
    return Moment(straight * alpha, alpha, layers["background"][:, index])
