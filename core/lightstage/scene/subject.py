"""What every kind of subject hands to the capture."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Subject:
    """Something to capture.

    Attributes:
        root: the empty that carries it.
        centre: where the camera looks, in metres.
        height: what the frame shows of the scene at the centre, in metres.
        facts: what chance decided, for the sidecar; JSON values.
    """

    root: Any
    centre: tuple[float, float, float]
    height: float
    facts: dict[str, Any] = field(default_factory=dict)
