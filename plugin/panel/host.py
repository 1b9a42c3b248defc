"""What the panel asks of the host it is shown in. Python 3.7, standard library."""

from dataclasses import dataclass
from typing import Callable, List, Tuple

from .board import Board


@dataclass(frozen=True)
class Host:
    """A host.

    Attributes:
        board: its jobs.
        facts: what the host knows about itself for the doctor: subject and text.
        worker_python: the interpreter of platekey's environment; raises WorkerNotFound.
        worker_state: a sentence on the running worker; may take a moment, called on a thread.
        release: ends the worker that has no work, for its memory.
        go_to: shows the node of that name.
    """

    board: Board
    facts: Callable[[], List[Tuple[str, str]]]
    worker_python: Callable[[], str]
    worker_state: Callable[[], str]
    release: Callable[[], None]
    go_to: Callable[[str], None]
