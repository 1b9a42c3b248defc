"""A tune's job on a farm: sent by `platekey submit`, and ended by the farm's own command.

Slurm's is the only one that is called: it takes the numbers that the submission printed, and the
tune gets the time to write its checkpoint. Other farms' jobs are ended in their own monitor.
Python 3.7, standard library.
"""

import queue
import re
import threading
from typing import Callable, List, Tuple

from platekey.core.errors import PlatekeyError
from platekey.plugin.line_process import LineProcess

_ENDED_BY = {"slurm": "scancel"}
_NUMBER = re.compile(r"[0-9]+")  # alone on its line, as submit.sh prints them
_SENT = re.compile("(?:{})(?: [0-9]+)+".format("|".join(_ENDED_BY)))
_PATIENCE = 30.0  # seconds that the farm has to answer


def run(
    command: List[str], note: Callable[[str], None], stop: threading.Event
) -> Tuple[int, str, List[str]]:
    """Runs a command until it ends, or `stop` is set; returns exit code, last words and lines.

    Raises:
        WorkerNotFound: it cannot be started.
    """
    ended: queue.SimpleQueue[Tuple[int, str]] = queue.SimpleQueue()
    lines: List[str] = []

    def heard(line: str) -> None:
        lines.append(line)
        note(line)

    process = LineProcess(command, on_line=heard, on_end=lambda *end: ended.put(end), log=note)
    while True:
        try:
            code, last = ended.get(timeout=0.2)
            return code, last, lines
        except queue.Empty:
            if stop.is_set():
                process.stop(5.0)


def sent_as(engine: str, lines: List[str]) -> str:
    """What `end` takes: "slurm 17 18", from a submission's lines; "" where it has no command."""
    numbers = [line for line in lines if _NUMBER.fullmatch(line)]
    return " ".join([engine, *numbers]) if engine in _ENDED_BY and numbers else ""


def end(sent: str, note: Callable[[str], None]) -> str:
    """Has the farm end a job; returns why it did not, or "".

    Args:
        sent: see sent_as; from a script, so nothing else gets into the command.
        note: takes what the farm says.
    """
    if not _SENT.fullmatch(sent):
        return f"{sent!r} is no job's number"
    engine, *numbers = sent.split()
    late = threading.Event()
    timer = threading.Timer(_PATIENCE, late.set)
    timer.start()
    try:
        code, last, _ = run([_ENDED_BY[engine], *numbers], note, late)
    except PlatekeyError as error:
        return str(error)
    finally:
        timer.cancel()
    return last if code else ""
