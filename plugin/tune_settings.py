"""What the hosts know alike about a tune's settings. Python 3.7, standard library only."""

import re
from typing import Tuple

# what a tune may go on with in another way: they change nothing that it has learned
ENDS = ("hours", "steps", "patience", "checkpoint_minutes", "device", "crop", "windows")
KEYED = ("keys", "key_mask")  # inputs that are rendered at the key frames alone
_RANGES = re.compile(r"\s*\d+(-\d+)?\s*(,\s*\d+(-\d+)?\s*)*")


def ranges_of(text: str) -> Tuple[Tuple[int, int], ...]:
    """First and last frames, as an artist writes them: 1001,1042-1044; () if it is no such text."""
    if not _RANGES.fullmatch(text):
        return ()
    found = []
    for part in text.split(","):
        first, _, last = part.strip().partition("-")
        found.append((int(first), int(last or first)))
    return tuple(found)
