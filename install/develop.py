"""Sets platekey up in a fresh clone: `python3 install/develop.py sample`, or `test`.

Only this file is read by whatever Python starts it, so it keeps to what Python 3.6 understands
and refuses an old one with a sentence. The rest of the folder is imported after that.
"""

import argparse
import os
import shutil
import sys
import types
from pathlib import Path
from typing import List, Optional  # noqa: UP035  3.6, see above

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 10)
PYTHON_OF_BLENDER = (3, 11)  # of the bpy in constraints-blender.txt
DESCRIPTION = """Builds the environment .venv in this clone if it is not current, then:

  sample  mattes the sample shot into out/sample and makes a before/after picture
  test    runs every check and test
  build   does nothing more
"""


def main(argv: Optional[List[str]] = None) -> int:  # noqa: UP006,UP045
    """Runs one task and returns the exit code."""
    parser = argparse.ArgumentParser(
        description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("task", choices=("sample", "test", "build"))
    task = parser.parse_args(argv).task
    if sys.version_info < OLDEST:
        running = ".".join(str(part) for part in sys.version_info[:3])
        return _refuse(
            f"this is Python {running}, platekey needs 3.10 or later; start it with one, "
            f"for example python3.11 install/develop.py {task}."
        )
    if "platekey" not in sys.modules:  # a bare clone: nothing is installed yet
        package = types.ModuleType("platekey")
        package.__path__ = [str(ROOT)]
        sys.modules["platekey"] = package
    from platekey.install import checks, sample, slurm
    from platekey.install.environment import (
        BLENDER,
        FARM,
        OLDER_BLENDERS,
        SetupError,
        build_environment,
    )

    try:
        extras = ("worker", "test") if task == "test" else ("worker",)
        python = build_environment(ROOT, extras)
        if task == "sample":
            sample.run(ROOT, python)
        elif task == "test":
            slurm.ensure_slurm()
            checks.run(ROOT, python)
            if shutil.which("cc"):
                engines = build_environment(ROOT, ("farm-test",), FARM)
                checks.run(ROOT, engines, checks.IN_ENGINES)
            else:
                print("skipped what runs in farm engines: OpenCue's rqd needs a C compiler, cc")
            if sys.version_info[:2] == PYTHON_OF_BLENDER:
                for kind in (BLENDER, *OLDER_BLENDERS):
                    renders = build_environment(ROOT, ("lightstage", "lightstage-test"), kind)
                    is_newest = kind is BLENDER
                    these = checks.IN_BLENDER if is_newest else checks.IN_OLDER_BLENDER
                    checks.run(ROOT, renders, these)
            else:
                print("skipped what runs in Blender: bpy is made for Python 3.11 alone")
    except SetupError as error:
        return _refuse(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _refuse("stopped; start it again to go on.", 5)
    return 0


def _refuse(message: str, exit_code: int = 1) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"develop.py: error: {message}\n")
    return exit_code


if __name__ == "__main__":
    if os.name == "posix" and os.environ.get("PYTHONPATH") and not sys.flags.isolated:
        # a host's modules could stand before those of this Python: begin again without them
        os.execv(sys.executable, [sys.executable, "-I", __file__, *sys.argv[1:]])
    sys.exit(main())
