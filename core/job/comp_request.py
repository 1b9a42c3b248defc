"""What a comp job needs to know: the files, the frames and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from platekey.core.comp.animation import Animation, animation_from_json, animation_to_json
from platekey.core.comp.options import CompOptions

from .arguments import check_named, checked_arguments

_NEEDED = ("foreground", "background", "output")


@dataclass(frozen=True)
class CompRequest:
    """One `platekey comp`, from whatever host.

    Attributes:
        foreground: sequence that `platekey solve` wrote, or any with premultiplied R G B and A.
        background: sequence or picture to put it over; a single frame serves every frame.
        output: pattern or single file of what is written; with `passes` = files, the pass's name
            goes before the frame number.
        frames: frame range such as "1001-1100x2"; "" is every foreground frame found.
        plate: the shot that the foreground was solved from, or "".
        clean_plate: its clean plate, or ""; without one nothing is despilled but by the classics.
        zdepth: distance of the background's pixels, or "".
        holdout: 1 where something of the new scene hides the subject, or "".
        overwrite: makes finished frames again.
        options: see CompOptions.
        animation: keys of options that change, see core/comp/animation.py.
    """

    foreground: str
    background: str
    output: str
    frames: str = ""
    plate: str = ""
    clean_plate: str = ""
    zdepth: str = ""
    holdout: str = ""
    overwrite: bool = False
    options: CompOptions = field(default_factory=CompOptions)
    animation: Animation = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Checks that the files which every comp needs are named."""
        check_named(self, _NEEDED)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CompRequest:
        """Builds a request from plain JSON values, `options` as CompOptions.from_json takes them.

        Raises:
            OptionError: an unknown name, a missing one, a wrong type or an option out of range.
        """
        types = {"overwrite": bool, "options": dict, "animation": dict}
        arguments = checked_arguments(cls, values, _NEEDED, "comp", **types)
        arguments["options"] = CompOptions.from_json(values.get("options", {}))
        arguments["animation"] = animation_from_json(values.get("animation", {}))
        return cls(**arguments)

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        animation = animation_to_json(self.animation)
        return {**values, "options": self.options.to_json(), "animation": animation}
