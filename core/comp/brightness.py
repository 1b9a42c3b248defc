"""How bright a colour looks."""

from __future__ import annotations

from torch import Tensor

_WEIGHTS = (0.2126, 0.7152, 0.0722)  # Rec.709; near enough in the wider spaces of the same greys


def luminance(picture: Tensor) -> Tensor:
    """(1, 3, H, W) scene-linear to (1, 1, H, W)."""
    weights = picture.new_tensor(_WEIGHTS).view(1, 3, 1, 1)
    return (picture * weights).sum(1, keepdim=True)
