"""What a fine-tune job needs to know: the files, the frames and the settings."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from platekey.core.errors import OptionError
from platekey.core.tune.options import TuneOptions

from .arguments import check_named, checked_arguments

_NEEDED = ("plate", "clean_plate", "output")
_ENDING = ".safetensors"


@dataclass(frozen=True)
class TuneRequest:
    """One `platekey tune`, from whatever host.

    Attributes:
        plate: sequence pattern or movie of the shot.
        clean_plate: the same view without the subject; a single frame serves every plate frame.
        output: file of the weights that are written, NAME.safetensors; checkpoints and pictures go
            to the folder NAME.tune beside it.
        frames: frame range that is learned from; "" is every plate frame found.
        keys: sequence of artist-made alphas of some frames, or "".
        key_mask: sequence that is 1 where the key of that frame counts, or "" for everywhere.
        resume: goes on from the last checkpoint.
        overwrite: begins anew although there is a tune of that name.
        dry_run: checks all and measures a step, and trains nothing.
        options: see TuneOptions.
    """

    plate: str
    clean_plate: str
    output: str
    frames: str = ""
    keys: str = ""
    key_mask: str = ""
    resume: bool = False
    overwrite: bool = False
    dry_run: bool = False
    options: TuneOptions = field(default_factory=TuneOptions)

    def __post_init__(self) -> None:
        """Checks what can be checked without looking at files."""
        check_named(self, _NEEDED)
        if Path(self.output).suffix != _ENDING:
            raise OptionError(f"output is {self.output}; weights are named NAME{_ENDING}.")
        if self.resume and self.overwrite:
            raise OptionError("resume goes on and overwrite begins anew; choose one of them.")
        if self.key_mask and not self.keys:
            raise OptionError("key_mask says where keys count, but there are none; name keys.")

    @property
    def folder(self) -> Path:
        """Where checkpoints, log, pictures and report go."""
        return Path(self.output).with_suffix(".tune")

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> TuneRequest:
        """Builds a request from plain JSON values, `options` as TuneOptions.from_json takes them.

        Raises:
            OptionError: an unknown name, a missing one, a wrong type or an option out of range.
        """
        types = {"resume": bool, "overwrite": bool, "dry_run": bool, "options": dict}
        arguments = checked_arguments(cls, values, _NEEDED, "tune", **types)
        arguments["options"] = TuneOptions.from_json(values.get("options", {}))
        return cls(**arguments)

    def to_json(self) -> dict[str, Any]:
        """The plain JSON values that from_json takes."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        return {**values, "options": self.options.to_json()}
