"""The numbers that make a network of the architecture."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from typing import Any

from platekey.core.errors import OptionError

ARCHITECTURE = "platekey-matting-2"  # another name whenever old weights no longer fit the code
ENCODING = "asinh-stops-toe-0.02-median-0.18-1"  # of what the network sees; see cues.py


@dataclass(frozen=True)
class NetworkOptions:
    """Widths are channels.

    Attributes:
        stem: at half of the coarse size.
        quarter: at a quarter of the coarse size.
        eighth: at an eighth.
        sixteenth: at a sixteenth, where the whole subject is in sight.
        depth: blocks at a sixteenth.
        decoder: on the way back, at an eighth, a quarter, a half and all of the coarse size.
        hidden: what the coarse stage tells the refine stage beside its matte.
        refine_half: of the refine stage at half of the full size.
        refine_full: of the refine stage at full size.
        refine_blocks: residual blocks at half size.
        switches_context: a selector weighs the cues at each pixel; else they are merely mixed.
        solves_linear: alpha is solved from the compositing equation where the network trusts it.
    """

    stem: int = 16
    quarter: int = 24
    eighth: int = 40
    sixteenth: int = 128
    depth: int = 5
    decoder: tuple[int, int, int, int] = (64, 48, 32, 16)
    hidden: int = 16
    refine_half: int = 32
    refine_full: int = 16
    refine_blocks: int = 2
    switches_context: bool = True
    solves_linear: bool = True

    def __post_init__(self) -> None:
        """Checks the ranges."""
        for item in fields(self):
            value = getattr(self, item.name)
            widths = value if isinstance(value, tuple) else (value,)
            if any(not isinstance(width, int) or not 0 <= width <= 512 for width in widths) or (
                len(widths) != (4 if item.name == "decoder" else 1)
            ):
                raise OptionError(f"{item.name} is {value!r}; it must be of numbers up to 512.")
            if not isinstance(item.default, bool) and min(widths) < 1:
                raise OptionError(f"{item.name} is {value!r}; it must be 1 or more.")
        if max(self.depth, self.refine_blocks) > 32:
            raise OptionError("depth and refine_blocks must be at most 32.")

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> NetworkOptions:
        """The options that to_json made values of.

        Raises:
            OptionError: unknown names, or values out of range.
        """
        known = {item.name: item.default for item in fields(cls)}
        for name, value in values.items():
            default = known.get(name)
            if type(value) is not (list if isinstance(default, tuple) else type(default)) and (
                type(value) is not type(default)
            ):
                raise OptionError(f"{name} {value!r} is no option of the network.")
        made: dict[str, Any] = {
            n: tuple(v) if isinstance(v, list) else v for n, v in values.items()
        }
        return cls(**made)
