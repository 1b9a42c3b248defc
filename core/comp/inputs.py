"""What a composite is made from."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from .checks import check_matte, check_picture


@dataclass(frozen=True)
class CompInputs:
    """Everything that a composite is made from, scene-linear in one space, all of one size.

    Attributes:
        foreground: (1, 3, H, W) straight.
        alpha: (1, 1, H, W) in [0, 1].
        background: (1, 3, H, W), the new one, premultiplied if it has an alpha.
        background_alpha: (1, 1, H, W); None is opaque.
        plate: (1, 3, H, W), for additive keyer and grain, and for a shadow that no solve wrote.
        clean_plate: (1, 3, H, W), for despill and what the plate is for.
        shadow: (1, 3, H, W), the solve's: plate over clean plate, 1 = untouched.
        confidence: (1, 1, H, W) in [0, 1], the solve's.
        zdepth: (1, 1, H, W), distance of the new background.
        holdout: (1, 1, H, W) in [0, 1], 1 where the new scene hides the subject.
        frame: number, which grain depends on.
    """

    foreground: Tensor
    alpha: Tensor
    background: Tensor
    background_alpha: Tensor | None = None
    plate: Tensor | None = None
    clean_plate: Tensor | None = None
    shadow: Tensor | None = None
    confidence: Tensor | None = None
    zdepth: Tensor | None = None
    holdout: Tensor | None = None
    frame: int = 1

    def __post_init__(self) -> None:
        """Checks shapes, and that foreground and background can be filtered."""
        check_picture("foreground", self.foreground)
        for name in ("background", "plate", "clean_plate", "shadow"):
            picture = getattr(self, name)
            if picture is not None:
                check_picture(name, picture)
                check_matte(f"a channel of {name}", picture[:, :1], self.foreground)
        for name in ("alpha", "background_alpha", "confidence", "zdepth", "holdout"):
            matte = getattr(self, name)
            if matte is not None:
                check_matte(name, matte, self.foreground)
