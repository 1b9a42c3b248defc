"""Installs platekey for one user or for all: `python3 install/install.py install`.

Only this file is read by whatever Python starts it, so it keeps to what Python 3.6 understands
and refuses an old one with a sentence. The rest of the folder is imported after that.
"""

import argparse
import os
import sys
import types
from pathlib import Path
from typing import Any, List, Optional  # noqa: UP035  3.6, see above

ROOT = Path(__file__).resolve().parents[1]
OLDEST = (3, 11)  # of the versions in constraints.txt
DESCRIPTION = """Installs platekey into a folder of its own, with an environment of its own.
Nothing is installed into a host's Python, and no file of yours is edited unless you agree.

  install    into a new folder
  upgrade    builds this clone's platekey beside the old one, checks it, then switches
  repair     compares every file with its hash, and restores
  uninstall  removes what was written, and nothing else
  wheels     gathers in FOLDER all that --wheels needs on a machine without a network
"""


def main(argv: Optional[List[str]] = None) -> int:  # noqa: UP006,UP045
    """Runs one verb and returns the exit code."""
    args = _parser().parse_args(argv)
    if sys.version_info < OLDEST:
        running = ".".join(str(part) for part in sys.version_info[:3])
        return _refuse(
            f"this is Python {running}, platekey's environment needs 3.11 or later; start it with "
            f"one, for example python3.11 install/install.py {args.verb}.",
            3,
        )
    if "platekey" not in sys.modules:  # a bare clone: nothing is installed yet
        package = types.ModuleType("platekey")
        package.__path__ = [str(ROOT)]
        sys.modules["platekey"] = package
    from platekey.install import verbs
    from platekey.install.environment import SetupError

    try:
        return verbs.run(args, ROOT)
    except SetupError as error:
        return _refuse(str(error), error.exit_code)
    except KeyboardInterrupt:
        return _refuse("stopped; call it again to go on.", 5)


def _parser() -> Any:
    parser = argparse.ArgumentParser(
        prog="install.py",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = ("install", "upgrade", "repair", "uninstall", "wheels")
    parser.add_argument("verb", choices=verbs)
    parser.add_argument("folder", nargs="?", metavar="FOLDER", help="for wheels alone")
    parser.add_argument("--to", metavar="FOLDER", help="the installation; else the usual place")
    parser.add_argument("--central", action="store_true", help="for everybody: /opt/platekey")
    parser.add_argument(
        "--torch",
        choices=("cpu", "cuda", "index"),
        default="",
        help="index: that of pip's own settings (default: cuda where there is an NVIDIA driver)",
    )
    parser.add_argument("--wheels", metavar="FOLDER", help="installs from these, without a network")
    parser.add_argument(
        "--host",
        action="append",
        choices=("nuke", "blender", "none"),
        default=[],
        help="may be given again (default: both)",
    )
    parser.add_argument(
        "--nuke-init", action="store_true", help="adds lines to your ~/.nuke/init.py, unasked"
    )
    parser.add_argument(
        "--blender", metavar="PROGRAM", help="has this Blender install the extension, unasked"
    )
    return parser


def _refuse(message: str, exit_code: int) -> int:
    sys.stdout.flush()
    sys.stderr.write(f"install.py: error: {message}\n")
    return exit_code


if __name__ == "__main__":
    sys.dont_write_bytecode = True  # the clone may be everybody's
    if os.name == "posix" and os.environ.get("PYTHONPATH") and not sys.flags.isolated:
        # a host's modules could stand before those of this Python: begin again without them
        os.execv(sys.executable, [sys.executable, "-I", __file__, *sys.argv[1:]])
    sys.exit(main())
