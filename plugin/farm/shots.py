"""Shots, and the lists of them that people keep: CSV or JSON."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from platekey.core.errors import MissingFrame, OptionError, UnreadableFile

_NEEDED = ("plate", "clean_plate", "output")
_YES, _NO = ("1", "yes", "true", "on", "x"), ("", "0", "no", "false", "off")
_NAME = re.compile(r"\w[\w.-]*")  # it becomes the name of folders, files and steps
_LONGEST = 16 << 20  # characters of a list
_MOST = 60  # characters of a name: farms cut or refuse longer ones


@dataclass(frozen=True)
class Shot:
    """One shot of a job; paths are absolute, or relative to the list.

    Attributes:
        name: letters, digits and . _ - only.
        plate: sequence, file or movie.
        clean_plate: the same; with `clean` it is what that step writes.
        output: of the mattes.
        frames: range; "" is every plate frame found.
        hint: rough alphas, or "".
        garbage: a matte, or "".
        holdout: a matte, or "".
        source: clean footage for the step clean, or "".
        mattes: where the subject is, for the step clean, or "".
        background: of the composite, or "" for none.
        comp: output of the composite.
        keys: finished alphas of some frames for the fine-tune, or "".
        key_mask: where the keys count, or "".
        weights: for this shot; with `tune` they are what that step writes.
        tune: fine-tune the network to the shot first.
        clean: make the clean plate first.
    """

    plate: str
    clean_plate: str
    output: str
    name: str = ""
    frames: str = ""
    hint: str = ""
    garbage: str = ""
    holdout: str = ""
    source: str = ""
    mattes: str = ""
    background: str = ""
    comp: str = ""
    keys: str = ""
    key_mask: str = ""
    weights: str = ""
    tune: bool = False
    clean: bool = False

    def __post_init__(self) -> None:
        """Checks the name."""
        if not _NAME.fullmatch(self.name) or len(self.name) > _MOST:
            raise OptionError(
                f"the shot's name is {self.name!r}; it must be letters, digits, . _ or -, "
                f"{_MOST} at most, for farms and folders are named after it."
            )
        if bool(self.background) != bool(self.comp):
            raise OptionError(
                f"shot {self.name} has only one of background and comp; a composite needs both."
            )
        if self.tune and not self.weights:
            raise OptionError(
                f"shot {self.name} is to be tuned, but has no weights; name the .safetensors file "
                "that the fine-tune is to write."
            )


_COLUMNS = tuple(item.name for item in fields(Shot))
_PATHS = tuple(n for n in _COLUMNS if n not in ("name", "frames", "tune", "clean"))
_SWITCHES = ("tune", "clean")


def read_shots(path: Path) -> tuple[Shot, ...]:
    """Reads a list of shots: CSV with a head line, or JSON, a list of objects.

    The columns are the fields of Shot; plate, clean_plate and output are needed. Paths are relative
    to the list's folder. A shot without a name gets that of its output's folder or file.

    Raises:
        MissingFrame: there is no such file.
        UnreadableFile: it is neither CSV nor JSON.
        OptionError: a column is unknown or missing, a value wrong, a name not unique.
    """
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:  # a spreadsheet's mark is none
            text = file.read(_LONGEST + 1)  # of a device it would have no end
    except FileNotFoundError as error:
        raise MissingFrame(f"the shot list {path} does not exist; check the path.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(f"the shot list {path} cannot be read ({error}).") from error
    if len(text) > _LONGEST:
        raise UnreadableFile(f"the shot list {path} is above {_LONGEST} characters; split it.")
    rows = _json_rows(text, path) if path.suffix.lower() == ".json" else _csv_rows(text, path)
    if not rows:
        raise OptionError(f"the shot list {path} has no shots; give one a line.")
    folder = path.resolve().parent
    shots = tuple(_shot(row, folder, where) for where, row in rows)
    for what in ("name", "output"):
        values = [getattr(shot, what) for shot in shots]
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise OptionError(f"the shot list has the {what} {twice} twice; each needs its own.")
    return shots


def _csv_rows(text: str, path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        reader = csv.DictReader(text.splitlines(), strict=True, skipinitialspace=True)
        rows = []
        for row in reader:
            where = f"line {reader.line_num} of {path.name}"
            if None in row or None in row.values():
                raise OptionError(f"{where} has not as many columns as the head line; mend it.")
            rows.append((where, {key.strip(): value.strip() for key, value in row.items()}))
    except csv.Error as error:
        raise UnreadableFile(f"the shot list {path} is no CSV ({error}).") from error
    return rows


def _json_rows(text: str, path: Path) -> list[tuple[str, dict[str, Any]]]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise UnreadableFile(f"the shot list {path} is no JSON ({error}).") from error
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise UnreadableFile(f"the shot list {path} must be a JSON list of objects, one a shot.")
    return [(f"shot {i} of {path.name}", value) for i, value in enumerate(values, start=1)]


def _shot(row: Mapping[str, Any], folder: Path, where: str) -> Shot:
    unknown = sorted(set(row) - set(_COLUMNS))
    if unknown:
        raise OptionError(
            f"{where} has the column {', '.join(unknown)}; known are {', '.join(_COLUMNS)}."
        )
    values: dict[str, Any] = dict(row)
    for name in _SWITCHES:
        values[name] = _switch(values.get(name, False), name, where)
    for name, value in values.items():
        if name not in _SWITCHES and not isinstance(value, str):
            raise OptionError(f"{where} has {name} {value!r}; it must be text.")
    missing = [name for name in _NEEDED if not values.get(name)]
    if missing:
        raise OptionError(f"{where} has no {', '.join(missing)}; every shot needs it.")
    for name in _PATHS:
        if values.get(name):
            values[name] = str(folder / values[name])
    values["name"] = values.get("name") or default_name(values["output"])
    return Shot(**values)


def _switch(value: Any, name: str, where: str) -> bool:
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if word not in _YES + _NO:
        raise OptionError(f"{where} has {name} {value!r}; it must be yes or no.")
    return word in _YES


def default_name(output: str) -> str:
    """A name for what has none, from its output: /shots/sh010/matte.####.exr becomes matte."""
    stem = re.sub(r"[.]?(#|@|%\d*d|\$F).*|\.\w+$", "", Path(output).name)
    return re.sub(r"[^\w.-]+", "_", stem).strip("._-")[:_MOST] or "shot"
