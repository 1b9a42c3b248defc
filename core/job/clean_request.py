"""What a job that builds a clean plate needs to know: the files, the frames and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

from platekey.core.clean.options import CleanOptions

from .arguments import check_named, checked_arguments

_NEEDED = ("plate", "output")


@dataclass(frozen=True)
class CleanRequest:
    """One `platekey clean`, from whatever host.

    Attributes:
        plate: sequence pattern, single file or movie of the shot.
        output: file or pattern of what is written: one picture with a camera at rest, else one a
            plate frame.
        frames: of the plate, such as "1001-1100x2"; "" is every plate frame found. With a moving
            camera a clean plate is made for each.
        source: other footage of the same place without the subject, or "".
        clean_frames: frames without the subject: of `source`, or of the plate itself; "" is every
            frame of `source`.
        mattes: sequence that is 1 where the subject is, by the plate's frame numbers, or "".
        overwrite: makes finished pictures again.
        options: see CleanOptions.
    """

    plate: str
    output: str
    frames: str = ""
    source: str = ""
    clean_frames: str = ""
    mattes: str = ""
    overwrite: bool = False
    options: CleanOptions = field(default_factory=CleanOptions)

    def __post_init__(self) -> None:
        """Checks that the files which every such job needs are named."""
        check_named(self, _NEEDED)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> CleanRequest:
        """Builds a request from plain JSON values, `options` as CleanOptions.from_json takes them.

        Raises:
            OptionError: an unknown name, a missing one, a wrong type or an option out of range.
        """
        arguments = checked_arguments(cls, values, _NEEDED, "clean", overwrite=bool, options=dict)
        arguments["options"] = CleanOptions.from_json(values.get("options", {}))
        return cls(**arguments)

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**values, "options": self.options.to_json()}
