"""Run by Nuke when it starts, in every mode: makes platekey known to its Python, and nothing else.

Only the package's own folder is added, under its name: what else lies in platekey's environment
(numpy, torch) must never come into Nuke.
"""

import os
import sys
import types

if "platekey" not in sys.modules:
    _package = types.ModuleType("platekey")
    _package.__path__ = [os.path.normpath(os.path.join(os.path.dirname(__file__), "../../.."))]
    sys.modules["platekey"] = _package
