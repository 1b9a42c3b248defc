"""What concerns the farm and no pixel."""

from __future__ import annotations

from dataclasses import dataclass

from platekey.core.errors import OptionError


@dataclass(frozen=True)
class FarmOptions:
    """Options of a job.

    Attributes:
        program: the platekey command on the farm's machines.
        chunk: frames a task, at most.
        minutes: a frame at most, before its task is told to end.
        memory: MiB a task.
        cores: a task.
        gpus: a task of solve and tune; 0 for none.
        priority: 0 to 100.
        report: folder of the report; "" for none.
        overwrite: makes finished frames again.
    """

    program: str = "platekey"
    chunk: int = 20
    minutes: float = 10.0
    memory: int = 8192
    cores: int = 4
    gpus: int = 0
    priority: int = 50
    report: str = ""
    overwrite: bool = False

    def __post_init__(self) -> None:
        """Checks the ranges."""
        for name, low, high in (
            ("chunk", 1, 100000),
            ("minutes", 0.1, 10000),
            ("memory", 64, 1 << 24),
            ("cores", 1, 1024),
            ("gpus", 0, 64),
            ("priority", 0, 100),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise OptionError(f"{name} is {value}; it must be {low} to {high}.")
