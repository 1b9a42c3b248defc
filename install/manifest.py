"""What the installer knows of an installation: a JSON file in its folder."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .environment import SetupError
from .layout import Layout

_FORMAT = 1


@dataclass
class Manifest:
    """An installation, and all that was written outside of its folder.

    Attributes:
        version: of the platekey that is current.
        torch: "cpu", "cuda" or "index", as it was asked for.
        hosts: "nuke", "blender".
        central: whether it is for everybody.
        current: the name of the version that is used, "" for none yet.
        previous: the one before, kept for what still runs in it.
        building: a version that is not whole; it is finished or removed by whoever comes next.
        made: folders outside, and the installation's own, that were missing before.
        nuke_init: the block in a user's init.py, see nuke.Block.
        blenders: the programs that the extension was installed with.
    """

    version: str = ""
    torch: str = "cpu"
    hosts: list[str] = field(default_factory=list)
    central: bool = False
    current: str = ""
    previous: str = ""
    building: str = ""
    made: list[str] = field(default_factory=list)
    nuke_init: dict[str, Any] = field(default_factory=dict)
    blenders: list[str] = field(default_factory=list)

    def write(self, layout: Layout) -> None:
        """Writes it, whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        write_whole(layout.manifest, json.dumps({"format": _FORMAT, **asdict(self)}, indent=1))

    def names(self) -> list[str]:
        """The versions that there are, the current one last."""
        return [name for name in (self.building, self.previous, self.current) if name]


def read(layout: Layout) -> Manifest:
    """The manifest of an installation.

    Raises:
        SetupError: there is none, or it is damaged or of another format.
    """
    try:
        values = json.loads(layout.manifest.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SetupError(
            f"{layout.root} holds no platekey; name its folder with --to, or install it first.", 3
        ) from None
    except (OSError, ValueError) as error:
        raise SetupError(
            f"{layout.manifest} cannot be read ({error}); restore it from a backup.", 3
        ) from error
    defaults = Manifest()
    kinds = {item.name: type(getattr(defaults, item.name)) for item in fields(Manifest)}
    if not isinstance(values, dict) or values.pop("format", 0) != _FORMAT:
        raise SetupError(
            f"{layout.manifest} is of another format than {_FORMAT}; use the installer of the "
            "platekey that wrote it.",
            3,
        )
    if any(not isinstance(values.get(name), kind) for name, kind in kinds.items()):
        raise SetupError(f"{layout.manifest} is damaged; restore it from a backup.", 3)
    found = Manifest(**{name: values[name] for name in kinds})
    if any(Path(name).name != name for name in found.names()):  # it decides what is removed
        raise SetupError(f"{layout.manifest} names a version outside; restore it from a backup.", 3)
    return found


def write_whole(path: Path, text: str) -> None:
    """Writes a text file under another name, then renames it.

    Raises:
        OSError: it cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with open(temporary, "w", encoding="utf-8", newline="\n") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
