"""Colour spaces through OpenColorIO; the only module that knows it.

$OCIO is honoured; without it, the ACES studio config that is built into OpenColorIO serves. A name
that the artist's config lacks is looked up in the built-in one too, so that file tags always work.
"""

from __future__ import annotations

import difflib
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
import PyOpenColorIO as ocio

from platekey.core.errors import ColourSpaceError, OutOfMemory
from platekey.core.frames.frame import Frame, Header, Pixels

BUILT_IN_CONFIG = "ocio://studio-config-latest"
DEFAULT_SPACE = "lin_rec709_scene"
_FAILURES = (ocio.Exception, ocio.ExceptionMissingFile)
# What artists call a space, letters and digits only, to the built-in config's name. A curve alone
# means the gamut that its camera records with by default.
_ALIASES = {
    "arrilogc": "ARRI LogC3 (EI800)",
    "alexalogc": "ARRI LogC3 (EI800)",
    "alexav3logc": "ARRI LogC3 (EI800)",
    "logc": "ARRI LogC3 (EI800)",
    "logc3": "ARRI LogC3 (EI800)",
    "arrilogc3": "ARRI LogC3 (EI800)",
    "logc4": "ARRI LogC4",
    "log3g10": "Log3G10 REDWideGamutRGB",
    "redlog3g10": "Log3G10 REDWideGamutRGB",
    "slog3": "S-Log3 S-Gamut3.Cine",
    "sonyslog3": "S-Log3 S-Gamut3.Cine",
    "vlog": "V-Log V-Gamut",
    "panasonicvlog": "V-Log V-Gamut",
    "canonlog2": "CanonLog2 CinemaGamut D55",
    "canonlog3": "CanonLog3 CinemaGamut D55",
    "clog2": "CanonLog2 CinemaGamut D55",
    "clog3": "CanonLog3 CinemaGamut D55",
    "davinciintermediate": "DaVinci Intermediate WideGamut",
    "linear": DEFAULT_SPACE,
    "linearsrgb": DEFAULT_SPACE,
    "linearrec709": DEFAULT_SPACE,
    "rec709": "Camera Rec.709",
    "srgb": "srgb_rec709_scene",
    "displayp3": "srgb_p3d65_scene",
    "aces": "ACES2065-1",
}


@dataclass(frozen=True)
class _Space:
    """A space of a config."""

    config: Any
    name: str

    @property
    def public(self) -> str:
        """The name that goes into files: the interop id where there is one."""
        found = _look_up(_built_in(), self.name) or self.config.getColorSpace(self.name)
        interop_id = getattr(found, "getInteropID", str)()
        tags = (alias for alias in found.getAliases() if re.fullmatch(r"[a-z0-9_:]+_scene", alias))
        return interop_id or next(tags, self.name)

    @property
    def is_scene_linear(self) -> bool:
        """Whether its values are proportional to light in the scene."""
        space = self.config.getColorSpace(self.name)
        scene = ocio.ReferenceSpaceType.REFERENCE_SPACE_SCENE
        if space.getReferenceSpaceType() != scene or space.isData():
            return False
        if space.getEncoding():
            return bool(space.getEncoding() == "scene-linear")
        return bool(self.config.isColorSpaceLinear(self.name, scene))


def resolve_input_space(option: str, frame: Frame | Header) -> tuple[str, str]:
    """Decides what colour space a picture is in.

    In this order: the option, the file's tag, scene-linear Rec.709.

    Args:
        option: the artist's choice; "" takes the tag.
        frame: the picture, or its header.

    Returns:
        The name of the space, and a warning, "" if there is nothing to say.

    Raises:
        ColourSpaceError: the option names no space.
    """
    if option.strip():
        return _space(option).public, ""
    source = frame.path or "the picture"
    tag = frame.colour_space or ""
    found = _find(tag) if tag else None
    if found is not None:
        return found.public, ""
    if tag:
        problem = f"is tagged {tag!r}, which no colour config knows"
    elif "chromaticities" in frame.attributes:
        problem = "has chromaticities of no known space"
    else:
        problem = "has no colour tag"
    return DEFAULT_SPACE, (
        f"{source} {problem}; it is taken as scene-linear Rec.709, name its space with colorspace "
        "if that is wrong."
    )


def output_space(space: str) -> str:
    """The space that a solve of pictures in `space` works in and writes: scene-linear.

    A scene-linear space is kept, so that outputs drop into the comp beside their plate; anything
    else becomes scene-linear Rec.709, or the artist's config's scene_linear if that cannot be.

    Raises:
        ColourSpaceError: no such space.
    """
    source = _space(space)
    if source.is_scene_linear:
        return source.public
    default = _space(DEFAULT_SPACE)
    try:
        _processor(_key(), source.public, default.public)
    except ColourSpaceError:
        return _space(ocio.ROLE_SCENE_LINEAR).public
    return default.public


def to_working(pixels: Pixels, space: str) -> Pixels:
    """Converts (H, W, 3) from `space` to output_space(space), unclamped; see convert."""
    return convert(pixels, space, output_space(space))


def from_working(pixels: Pixels, space: str) -> Pixels:
    """Converts (H, W, 3) from output_space(space) back to `space`, unclamped; see convert."""
    return convert(pixels, output_space(space), space)


def convert(pixels: Pixels, source: str, target: str) -> Pixels:
    """Converts colours; nothing is clamped, and a NaN stays in its pixel.

    Args:
        pixels: (H, W, 3) float32 in `source`.
        source: name of a space.
        target: name of a space.

    Returns:
        A new (H, W, 3) float32 in `target`; `pixels` itself where nothing changes.

    Raises:
        ColourSpaceError: no such space, or no way from one to the other.
    """
    if _space(source).public == _space(target).public:
        return pixels
    converted = np.array(pixels, np.float32, order="C")
    _processor(_key(), source, target).applyRGB(converted)
    return converted


def config_name() -> str:
    """Where colours come from, for reports: the config's name and file."""
    config = _config(_key())
    return f"{config.getName() or 'unnamed'} ({_key() or BUILT_IN_CONFIG})"


def _key() -> str:
    return os.environ.get("OCIO", "").strip()


@lru_cache(maxsize=4)
def _config(path: str) -> Any:
    try:
        return ocio.Config.CreateFromFile(path or BUILT_IN_CONFIG)
    except _FAILURES as error:
        if "bad_alloc" in str(error):  # OpenColorIO has no class of its own for it
            raise OutOfMemory(
                "there is too little memory to load the colour config; free some, or use a larger "
                "machine."
            ) from error
        raise ColourSpaceError(
            f"the environment's OCIO is {path}, which cannot be loaded ({_line(error)}); "
            "correct or unset it."
        ) from error


def _built_in() -> Any:
    return _config("")


def _space(name: str) -> _Space:
    found = _find(name)
    if found is not None:
        return found
    config = _config(_key())
    known: dict[str, str] = {}
    for space in config.getColorSpaces():
        known.update(dict.fromkeys([space.getName(), *space.getAliases()], space.getName()))
    by_plain = {_plain(each): official for each, official in known.items()}
    near = difflib.get_close_matches(_plain(name), by_plain, n=5, cutoff=0.5)
    names = list(dict.fromkeys(by_plain[each] for each in near))[:3]
    hint = f"close to it are {', '.join(names)}" if names else "see your config for its names"
    raise ColourSpaceError(f"colour space {name!r} is not in the config {config_name()}; {hint}.")


def _find(name: str) -> _Space | None:
    for config in (_config(_key()), _built_in()):
        found = _look_up(config, name) or _look_up(config, _ALIASES.get(_plain(name), ""))
        if found is not None:
            return _Space(config, found.getName())
    return None


def _look_up(config: Any, name: str) -> Any:
    """The space with this name, alias, role or interop id, however it is spelt."""
    if not name:
        return None
    exact = config.getColorSpace(name)
    if exact is not None:
        return exact
    plain = _plain(name)
    for space in config.getColorSpaces():
        interop_id = getattr(space, "getInteropID", str)()
        if plain in map(_plain, (space.getName(), interop_id, *space.getAliases())):
            return space
    return None


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


@lru_cache(maxsize=16)
def _processor(key: str, source: str, target: str) -> Any:
    """OpenColorIO's converter; `key` is that of the config, for the cache."""
    start, end = _space(source), _space(target)
    try:
        if start.config is end.config:
            processor = start.config.getProcessor(start.name, end.name)
        else:
            processor = ocio.Config.GetProcessorFromConfigs(
                start.config, start.name, end.config, end.name
            )
        # lossless: the default approximates logarithms by a few parts in 10000
        return processor.getOptimizedCPUProcessor(ocio.OptimizationFlags.OPTIMIZATION_LOSSLESS)
    except _FAILURES as error:
        raise ColourSpaceError(
            f"{start.name} cannot be converted to {end.name} with the config "
            f"{key or BUILT_IN_CONFIG} ({_line(error)}); choose another colour space or config."
        ) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200].rstrip(". ")
