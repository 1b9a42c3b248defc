"""What a solve job needs to know: the files, the frames and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from platekey.core.options import MatteOptions

from .arguments import check_named, checked_arguments

_NEEDED = ("plate", "clean_plate", "output")


@dataclass(frozen=True)
class SolveRequest:
    """One `platekey solve`, from whatever host.

    Attributes:
        plate: sequence pattern, single file or movie of the shot.
        clean_plate: the same view without the subject; a single frame serves every plate frame.
        output: pattern or single file of what is written; with `passes` = files, the pass's name
            goes before the frame number.
        frames: frame range such as "1001-1100x2"; "" is every plate frame found.
        hint: sequence of rough alphas to follow, or "".
        garbage: sequence that is 1 where there is surely no subject, or "".
        holdout: sequence that is 1 where there is surely subject, or "".
        overwrite: makes finished frames again.
        options: see MatteOptions.
    """

    plate: str
    clean_plate: str
    output: str
    frames: str = ""
    hint: str = ""
    garbage: str = ""
    holdout: str = ""
    overwrite: bool = False
    options: MatteOptions = field(default_factory=MatteOptions)

    def __post_init__(self) -> None:
        """Checks that the files which every solve needs are named."""
        check_named(self, _NEEDED)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> SolveRequest:
        """Builds a request from plain JSON values, `options` as MatteOptions.from_json takes them.

        Raises:
            OptionError: an unknown name, a missing one, a wrong type or an option out of range.
        """
        arguments = checked_arguments(cls, values, _NEEDED, "solve", overwrite=bool, options=dict)
        arguments["options"] = MatteOptions.from_json(values.get("options", {}))
        return cls(**arguments)

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**values, "options": self.options.to_json()}
