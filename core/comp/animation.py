"""Settings that change over the frames of a job: keys, with straight lines between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from itertools import pairwise
from typing import Any

from platekey.core.errors import OptionError

from .options import CompOptions

Animation = Mapping[str, Mapping[int, float]]  # option to frame to value

_FLOATS = {item.name for item in fields(CompOptions) if isinstance(item.default, float)}


def animation_from_json(values: Any) -> dict[str, dict[int, float]]:
    """Reads {"wrap": {"1001": 0.2, "1010": 0.8}}; frames are strings, as JSON has them.

    Raises:
        OptionError: no such object, an option that cannot be animated, or a value out of range.
    """
    if not isinstance(values, dict):
        raise OptionError(f"animation is {values!r}; it must be an object of option to keys.")
    animation: dict[str, dict[int, float]] = {}
    for name, keys in values.items():
        if name not in _FLOATS:
            known = ", ".join(sorted(_FLOATS))
            raise OptionError(f"{name} cannot be animated; those that can are {known}.")
        if not isinstance(keys, dict) or not keys:
            raise OptionError(f'the keys of {name} are {keys!r}; write {{"1001": 0.2}}.')
        animation[name] = {_frame(name, key): _value(name, keys[key]) for key in keys}
    return animation


def animation_to_json(animation: Animation) -> dict[str, dict[str, float]]:
    """The plain JSON values that animation_from_json takes."""
    return {name: {str(f): v for f, v in keys.items()} for name, keys in animation.items()}


def options_at(options: CompOptions, animation: Animation, frame: int) -> CompOptions:
    """The options of one frame: linear between keys, held before the first and after the last."""
    if not animation:
        return options
    values = {name: _at(keys, frame) for name, keys in animation.items()}
    return CompOptions.from_json({**options.to_json(), **values})


def _at(keys: Mapping[int, float], frame: int) -> float:
    ordered = sorted(keys)
    for before, after in pairwise(ordered):
        if before <= frame < after:
            part = (frame - before) / (after - before)
            return keys[before] + part * (keys[after] - keys[before])
    return keys[ordered[0]] if frame < ordered[0] else keys[ordered[-1]]


def _frame(name: str, key: Any) -> int:
    try:
        return int(key)
    except (TypeError, ValueError) as error:
        raise OptionError(
            f"a key of {name} is at {key!r}; it must be at a frame number."
        ) from error


def _value(name: str, value: Any) -> float:
    return float(CompOptions.from_json({name: value}).to_json()[name])
