"""What a solve writes: passes, header, file names, and the signature that a re-run looks for."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import numpy as np

from platekey.core.errors import InputError, OptionError, OutputError
from platekey.core.frames.atomic import prepare_folder
from platekey.core.frames.frame import Frame, Pixels
from platekey.core.frames.image_io import is_whole, read_attributes, write_frame
from platekey.core.frames.sequence import output_path
from platekey.core.options import Depth, Passes

from .one_frame import Solved
from .request import SolveRequest
from .tally import plain
from .windows import pad_to_display

SIGNATURE = "platekey:signature"
_FILES = ("rgba", "fg", "alpha", "shadow", "confidence")  # with passes = files, one a pass
_DATA = ("alpha", "shadow", "confidence")  # no colours: a host must not convert them
# where a picture is computed changes nothing that a re-run should make again
_NOT_SIGNED = ("device", "tile")


class ShotOutputs:
    """File names, headers and signatures of a request's frames.

    Args:
        request: see SolveRequest.
        is_single: the plate is one picture, not a sequence.
    """

    def __init__(self, request: SolveRequest, *, is_single: bool) -> None:
        self._pattern = request.output
        self._options = request.options
        self._is_single = is_single
        self._may_overwrite = request.overwrite
        self._version = _version()

    def paths(self, frame: int) -> dict[str, str]:
        """The files of a frame: by pass, or the only one as "exr"."""
        names = {"exr": ""} if self._options.passes is Passes.EXR else {n: n for n in _FILES}
        return {
            key: output_path(self._pattern, frame, is_single=self._is_single, pass_name=name)
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

    def signature(self, inputs: Mapping[str, str]) -> str:
        """Names settings, version and input files of a frame: the same again means no new work.

        Files count by name, size and time of change, but not by folder, so that a farm's machine
        with another mount point comes to the same.

        Args:
            inputs: role to path, existing files.
        """
        files = {role: _file_identity(path) for role, path in inputs.items()}
        settings = self._options.to_json()
        signed = {name: value for name, value in settings.items() if name not in _NOT_SIGNED}
        text = json.dumps([self._version, signed, files], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def is_finished(self, frame: int, signature: str) -> bool:
        """Whether all files of a frame are there, whole, and carry this signature."""
        return all(_has(path, signature) for path in self.paths(frame).values())

    def pictures(self, plate: Frame, solved: Solved, signature: str) -> dict[str, Frame]:
        """The pictures to write, by the keys of `paths`.

        Alpha is rounded to the output's precision first, so that the files agree with themselves:
        where the alpha that is written is 1, the foreground is the plate.
        """
        alpha = np.clip(solved.alpha, 0, 1)
        if self._options.depth is Depth.HALF:
            alpha = alpha.astype(np.float16).astype(np.float32)
        straight = np.where(alpha == 1, plate.pixels, solved.foreground)
        pictures = {
            "premultiplied": straight * alpha,
            "fg": straight,
            "alpha": alpha,
            "shadow": solved.shadow,
            "confidence": np.clip(solved.confidence, 0, 1),
        }
        attributes = {
            **plate.attributes,
            "platekey:version": self._version,
            "platekey:method": self._options.method.value,
            "platekey:settings": json.dumps(self._options.to_json(), sort_keys=True),
            SIGNATURE: signature,
        }
        for step, report in solved.report.items():
            attributes[f"platekey:{step}"] = json.dumps(plain(report), sort_keys=True)
        header = replace(plate, attributes=attributes)
        if self._options.passes is Passes.FILES:
            pictures["rgba"] = np.concatenate([pictures["premultiplied"], alpha], axis=-1)
            return {name: _single_layer(header, name, pictures[name]) for name in _FILES}
        order = ("premultiplied", "alpha", "fg", "shadow", "confidence")
        layers = [pictures[name] for name in order]
        channels = ("R", "G", "B", "A", *_layer("fg"), *_layer("shadow"), "confidence.Y")
        return {"exr": header.with_pixels(np.concatenate(layers, axis=-1), channels)}

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
                depth=self._options.depth,
                compression=self._options.compression,
            )
        return paths


def _single_layer(header: Frame, name: str, pixels: Pixels) -> Frame:
    channels = {1: ("Y",), 3: ("R", "G", "B"), 4: ("R", "G", "B", "A")}[pixels.shape[-1]]
    picture = header.with_pixels(pixels, channels)
    if name in _DATA:
        picture = replace(picture, colour_space="data")
    return pad_to_display(picture)


def _layer(name: str) -> tuple[str, ...]:
    return tuple(f"{name}.{channel}" for channel in "RGB")


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
