"""What an artist sets once for this machine, and not in each node. Python 3.7, standard library."""

import json
import os
from dataclasses import asdict, dataclass, fields

from platekey.core.errors import OptionError

FILE = "PLATEKEY_PREFERENCES"  # the environment variable that names another file


@dataclass(frozen=True)
class Preferences:
    """Settings that change no pixel.

    Attributes:
        worker_python: interpreter of platekey's environment; "" for the one that is found.
        cache_folder: of results; "" for PLATEKEY_CACHE, else beside the script.
        cache_gib: size of the results of one cache folder, above which the oldest are removed; 0
            for no limit.
        device: where it is solved and tuned if a node says auto.
        tile: largest side of tiles if a node leaves it to platekey; 0 by the memory that is free.
        idle_minutes: after which a worker without work is ended, for its memory; 0 for never.
    """

    worker_python: str = ""
    cache_folder: str = ""
    cache_gib: float = 0.0
    device: str = "auto"
    tile: int = 0
    idle_minutes: float = 0.0


def path() -> str:
    """The file that they are kept in."""
    usual = os.path.join(os.path.expanduser("~"), ".platekey", "preferences.json")
    return os.environ.get(FILE, "") or usual


def load() -> Preferences:
    """Reads them; what is missing, unknown or of another type has its default.

    A file that somebody broke must not keep a host from starting.
    """
    try:
        with open(path(), encoding="utf-8") as file:
            values = json.load(file)
    except (OSError, ValueError):  # none yet, or half of one
        return Preferences()
    if not isinstance(values, dict):
        return Preferences()
    kept = {}
    for item in fields(Preferences):
        value = values.get(item.name)
        kinds = (int, float) if isinstance(item.default, float) else (type(item.default),)
        if isinstance(value, kinds) and not isinstance(value, bool):
            kept[item.name] = value
    return Preferences(**kept)  # type: ignore[arg-type]


def save(preferences: Preferences) -> None:
    """Writes them, whole or not at all.

    Raises:
        OptionError: the file cannot be written.
    """
    target = path()
    temporary = f"{target}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(os.path.abspath(target)), exist_ok=True)
        with open(temporary, "w", encoding="utf-8") as file:
            json.dump(asdict(preferences), file, indent=1)
        os.replace(temporary, target)
    except OSError as error:
        raise OptionError(
            f"{target} cannot be written ({error.strerror}); name another in {FILE}."
        ) from error
