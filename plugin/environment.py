"""Where platekey's environment lies, seen from the platekey that a host has read. Python 3.7."""

import os

_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
_PLACES = (
    ("../../../..", "bin/python"),  # lib/python3.x/site-packages/platekey
    ("../../..", "Scripts/python.exe"),
    (".venv", "bin/python"),
    (".venv", "Scripts/python.exe"),
)


def python_around() -> str:
    """The interpreter of the environment that platekey is installed in or has beside it, or ""."""
    for above, program in _PLACES:
        found = os.path.normpath(os.path.join(_PACKAGE, above, program))
        if os.path.isfile(found):
            return found
    return ""
