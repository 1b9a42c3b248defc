"""The checks that every request of a job has in common."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from platekey.core.errors import OptionError
from platekey.core.options import check_text


def check_named(request: Any, needed: tuple[str, ...]) -> None:
    """Raises OptionError if a file that the request needs is not named."""
    for name in needed:
        if not getattr(request, name):
            raise OptionError(f"{name} is empty; give a file or a sequence pattern.")


def checked_arguments(
    request: Any, values: dict[str, Any], needed: tuple[str, ...], task: str, **types: type
) -> dict[str, Any]:
    """A copy of plain JSON values that have a request's names and types.

    Args:
        request: its dataclass; every field is a str but for those in `types`.
        values: by the names of its fields.
        needed: names that have to be there.
        task: what it asks for, for messages.
        types: of the fields that are no str.

    Raises:
        OptionError: an unknown name, a missing one or a wrong type.
    """
    known: dict[str, type] = {item.name: str for item in fields(request)}
    known.update(types)
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise OptionError(
            f"unknown argument {', '.join(unknown)}; known are {', '.join(sorted(known))}."
        )
    missing = [name for name in needed if name not in values]
    if missing:
        raise OptionError(f"{', '.join(missing)} is missing; a {task} needs it.")
    for name, value in values.items():
        if not isinstance(value, known[name]):
            expected = known[name].__name__
            raise OptionError(f"{name} is {value!r}; it must be of type {expected}.")
        if isinstance(value, str):
            check_text(name, value)
    return dict(values)
