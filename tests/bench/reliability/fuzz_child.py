"""Runs targets in processes of their own, with little memory and a watch on files.

A crash or a hang ends such a process by a signal; `fuzz.py` then knows by the file `at` which input
it was. They are forked, so that the imports are paid once; nothing else happens before the fork.
"""

import json
import logging
import os
import random
import resource
import signal
import sys
import traceback
import warnings
from collections import Counter
from pathlib import Path

import fuzz_targets

from platekey.core.errors import PlatekeyError

MEMORY = 2 << 30  # bytes of address space that inputs may take, beside what the libraries have
SECONDS = 60  # an input; the machine may be busy
_CHANGES = ("os.mkdir", "os.remove", "os.rename", "os.rmdir", "os.symlink", "os.link", "os.chmod")
_FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "socket.bind",
              "socket.connect", "pickle.find_class", "ctypes.dlopen")  # fmt: skip


def main():
    """Reads `target seed first last folder` a line; answers with lines, the last with the code."""
    for line in sys.stdin:
        words = line.rstrip("\n").split("\t")
        child = os.fork()
        if not child:
            try:
                run(*words)
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(70)
        print(json.dumps({"code": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}), flush=True)


def run(name, seed, first, last, folder):
    """Damages and judges inputs; ends the process."""
    folder = Path(folder)
    inside, own = folder / "inside", folder / "prepared"
    for each in (inside, own):
        each.mkdir(parents=True, exist_ok=True)
    os.environ.update(TMPDIR=str(inside), HOME=str(inside))
    getattr(fuzz_targets, f"prepare_{name}", lambda folder: None)(own)
    target, escaped = getattr(fuzz_targets, name), []
    os.chdir(inside)
    warnings.simplefilter("ignore")
    logging.disable()
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    limit = pages * os.sysconf("SC_PAGE_SIZE") + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    at = os.open(folder / "at", os.O_WRONLY | os.O_CREAT)
    sys.addaudithook(watch(inside, escaped))
    counts = Counter()
    for number in range(int(first), int(last)):
        os.pwrite(at, f"{number:12d}".encode(), 0)
        signal.alarm(SECONDS)
        outcome = attempt(target, random.Random(f"{name}-{seed}-{number}"), inside)
        signal.alarm(0)
        if escaped:
            outcome = f"fault: {escaped[0]}"
            escaped.clear()
        if outcome.startswith("fault"):
            print(json.dumps({"input": number, "fault": outcome[7:]}), flush=True)
            outcome = "fault"
        counts[outcome] += 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"counts": counts, "peak_mib": peak}), flush=True)
    os._exit(0)  # nothing is cleaned up that damaged input may have left in a library


def attempt(target, dice, folder):
    """What became of an input."""
    try:
        target(dice, folder)
    except PlatekeyError as error:
        text = str(error)
        if type(error) is PlatekeyError:
            return f"fault: called a defect of ours: {text[:200]}"
        if not text or "\n" in text or "Traceback" in text:
            return f"fault: no sentence: {text[:200]!r}"
        return "refused"
    except ValueError as error:
        # the fuzzer's own parsing of text that is no JSON, which the protocol refuses as such
        if isinstance(error, json.JSONDecodeError) and target.__name__ == "request":
            return "refused"
        return f"fault: {type(error).__name__}: {str(error)[:200]}"
    except RecursionError as error:
        return "refused" if target.__name__ == "request" else f"fault: {error!r}"
    except Exception as error:
        return f"fault: {type(error).__name__}: {str(error)[:200]}"
    return "read"


def watch(inside, escaped):
    """An audit hook that notes whatever is written outside of a folder, and what is started."""
    allowed = f"{inside}{os.sep}"

    def hook(event, arguments):
        if event in _FORBIDDEN:
            escaped.append(f"{event} {arguments!r:.120}")
        elif event in _CHANGES or (event == "open" and writes(arguments)):
            path = arguments[0]
            if isinstance(path, (str, bytes)):
                path = os.path.realpath(os.fsdecode(path)) if b"\0" not in os.fsencode(path) else ""
                if path and not f"{path}{os.sep}".startswith(allowed) and path != os.devnull:
                    escaped.append(f"{event} outside of its folder: {path:.120}")

    return hook


def writes(arguments):
    _, mode, flags = arguments
    if isinstance(mode, str):
        return any(letter in mode for letter in "wax+")
    return isinstance(flags, int) and flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)


if __name__ == "__main__":
    main()
