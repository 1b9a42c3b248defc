"""A patch discriminator: says of each place in a picture whether it was filmed or composited.

Without padding, so that it sees no border; each answer is about 70 pixels a side, wherever they
lie, so that it cannot go by position. Without normalisation too: it would make a pale fringe as
strong as a picture.

Source: Isola et al. 2017 (docs/references.md#isola2017), as Sengupta et al. 2020 use it
(docs/references.md#sengupta2020), half as wide.
"""

from __future__ import annotations

from torch import Tensor, nn

from platekey.core.network.cues import PICTURE, encoded

FIELD = 70  # pixels a side that one answer sees
_WIDTH = 32
_SLOPE = 0.2
_MIDDLE, _RANGE = 3.0, 3.0  # stops, as the matting network sees pictures


class PatchDiscriminator(nn.Module):
    """Convolutions over an encoded picture; no normalisation, padding or sigmoid."""

    def __init__(self, width: int = _WIDTH) -> None:
        """Takes the channels of the first layer."""
        super().__init__()
        layers: list[nn.Module] = [nn.Conv2d(PICTURE, width, 4, 2), nn.LeakyReLU(_SLOPE)]
        for channels, out, stride in (
            (width, 2 * width, 2),
            (2 * width, 4 * width, 2),
            (4 * width, 4 * width, 1),
        ):
            layers += [nn.Conv2d(channels, out, 4, stride), nn.LeakyReLU(_SLOPE)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(4 * width, 1, 4, 1))

    def forward(self, picture: Tensor, exposure: Tensor) -> Tensor:
        """About 1 where it takes the picture for filmed, about 0 where for composited.

        Args:
            picture: (B, 3, H, W) scene-linear; H and W at least FIELD.
            exposure: (B, 1, 1, 1) what brings it to ordinary brightness.

        Returns:
            (B, 1, h, w), an eighth of the size less what the border costs; not bounded.
        """
        answer: Tensor = self.layers((encoded(picture, exposure) - _MIDDLE) / _RANGE)
        return answer
