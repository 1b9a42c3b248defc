"""NaN and infinity in an input: refused or repaired, as the options say, and told."""

from __future__ import annotations

from dataclasses import dataclass

from platekey.core.errors import NonFinitePixels
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.options import NonFinite

from .repair import count_nonfinite, fill_nonfinite


@dataclass(frozen=True)
class Warned:
    """A warning; one of a `topic` is told once a job, the others would say the same."""

    message: str
    topic: str = ""


def finite(
    pixels: Pixels, source: Frame, role: str, policy: NonFinite, warnings: list[Warned]
) -> Pixels:
    """The pixels, without NaN and infinity.

    Args:
        pixels: (H, W, C), of `source` or made from it.
        source: names the file.
        role: "plate" or the like, for the message.
        policy: see NonFinite.
        warnings: gets one more if pixels were repaired.

    Raises:
        NonFinitePixels: there are some, and they are to be refused.
    """
    count = count_nonfinite(pixels)
    if not count:
        return pixels
    what = f"{role} {source.path} has {count} pixel{'s' * (count > 1)} of NaN or infinity"
    if policy is NonFinite.REFUSE:
        raise NonFinitePixels(f"{what}; mend the file, or set nonfinite to repair.")
    warnings.append(Warned(f"{what}, filled from the pixels around."))
    return fill_nonfinite(pixels)
