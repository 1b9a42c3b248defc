"""The files of a job's frames: their names, and the signature that a re-run looks for."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from platekey.core.errors import InputError, OptionError, OutputError
from platekey.core.frames.atomic import prepare_folder
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.frames.image_io import is_whole, read_attributes, write_frame
from platekey.core.frames.sequence import output_path
from platekey.core.options import Compression, Depth, Passes

from .windows import pad_to_display

SIGNATURE = "platekey:signature"
# where a picture is computed changes nothing that a re-run should make again
_NOT_SIGNED = ("device", "tile")


class FrameFiles:
    """File names and signatures of a job's frames.

    Args:
        pattern: of the output.
        names: the passes, with `passes` = files one file each.
        settings: plain JSON values of the job's options; device and tile are not signed.
        passes: see Passes.
        depth: number format of the files.
        compression: of the files.
        is_single: the job has one picture, not a sequence.
        overwrite: pictures that are not ours may be replaced.
        default_name: of files in a folder.
    """

    def __init__(
        self,
        pattern: str,
        names: tuple[str, ...],
        settings: Mapping[str, Any],
        *,
        passes: Passes,
        depth: Depth,
        compression: Compression,
        is_single: bool,
        overwrite: bool,
        default_name: str,
    ) -> None:
        self._pattern = pattern
        self._names = names
        self._settings = settings
        self._passes, self._depth, self._compression = passes, depth, compression
        self._is_single = is_single
        self._may_overwrite = overwrite
        self._default_name = default_name
        self.version = _version()

    def paths(self, frame: int) -> dict[str, str]:
        """The files of a frame: by pass, or the only one as "exr"."""
        names = {"exr": ""} if self._passes is Passes.EXR else {n: n for n in self._names}
        return {
            key: output_path(
                self._pattern,
                frame,
                name=self._default_name,
                is_single=self._is_single,
                pass_name=name,
            )
            for key, name in names.items()
        }

    def prepare(self, inputs: Mapping[int, Mapping[str, str]]) -> None:
        """Makes the output's folder and checks, before anything is solved, that it can be used.

        What killed writers left of these outputs is removed.

        Args:
            inputs: of every frame, role to path.

        Raises:
            OutputError: the folder cannot be made or written.
            OptionError: an output is one of the inputs, or a picture that is not ours.
        """
        outputs = {path for frame in inputs for path in self.paths(frame).values()}
        sources = {path for paths in inputs.values() for path in paths.values()}
        clash = set(map(os.path.realpath, outputs)) & set(map(os.path.realpath, sources))
        if clash:
            raise OptionError(f"output {min(clash)} is an input as well; name another output.")
        foreign = next(filter(_is_foreign, sorted(outputs)), "")
        if foreign and not self._may_overwrite:
            raise OptionError(
                f"output {foreign} is there and was not made by platekey; name another output, or "
                "set overwrite."
            )
        names: dict[str, list[str]] = {}
        for folder, name in map(os.path.split, map(os.path.abspath, sorted(outputs))):
            names.setdefault(folder, []).append(name)
        for folder in names:
            try:
                prepare_folder(folder, names[folder])
            except OSError as error:
                raise OutputError(
                    f"{folder} cannot be written to ({error.strerror or error}); check its "
                    "permissions and its disk, or name another output."
                ) from error

    def signature(
        self, inputs: Mapping[str, str], settings: Mapping[str, Any] | None = None
    ) -> str:
        """Names settings, version and input files of a frame: the same again means no new work.

        Files count by name, size and time of change, but not by folder, so that a farm's machine
        with another mount point comes to the same.

        Args:
            inputs: role to path, existing files.
            settings: of this frame, where they change from frame to frame.
        """
        files = {role: _file_identity(path) for role, path in inputs.items()}
        signed = {
            name: value
            for name, value in (settings or self._settings).items()
            if name not in _NOT_SIGNED
        }
        text = json.dumps([self.version, signed, files], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def is_finished(self, frame: int, signature: str) -> bool:
        """Whether all files of a frame are there, whole, and carry this signature."""
        return all(_has(path, signature) for path in self.paths(frame).values())

    def write(self, frame: int, pictures: Mapping[str, Frame]) -> dict[str, str]:
        """Writes a frame's files, each whole or not at all; returns `paths`.

        Raises:
            OutputError: no room, no permission, no folder.
        """
        paths = self.paths(frame)
        for key, picture in pictures.items():
            write_frame(
                picture,
                paths[key],
                depth=self._depth,
                compression=self._compression,
            )
        return paths


def single_layer(header: Frame, pixels: Pixels, *, is_data: bool) -> Frame:
    """One pass as a picture of its own, on the display window.

    Args:
        header: of the picture.
        pixels: (H, W, 1), (H, W, 3) or (H, W, 4).
        is_data: no colours: a host must not convert them.
    """
    channels = {1: ("Y",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}[pixels.shape[-1]]
    picture = header.with_pixels(pixels, channels)
    if is_data:
        picture = replace(picture, colour_space="data")
    return pad_to_display(picture)


def layer(name: str, channels: str = "RGB") -> tuple[str, ...]:
    """Channel names of a layer: fg.R fg.G fg.B."""
    return tuple(f"{name}.{channel}" for channel in channels)


def _has(path: str, signature: str) -> bool:
    try:
        return read_attributes(path).get(SIGNATURE) == signature and is_whole(path)
    except InputError:  # not there, or damaged: it will be made
        return False


def _is_foreign(path: str) -> bool:
    """Whether this is somebody's picture; what cannot be read is nobody's."""
    try:
        return os.path.exists(path) and SIGNATURE not in read_attributes(path)
    except InputError:
        return False


def _file_identity(path: str) -> list[Any]:
    found = os.stat(path)
    return [os.path.basename(path), found.st_size, int(found.st_mtime)]


def _version() -> str:
    try:
        return version("platekey")
    except PackageNotFoundError:  # run from a copy of the folders
        return "unknown"
