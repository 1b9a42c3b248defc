"""A newcomer's machine: install, doctor, solve, uninstall in a folder with nothing in it.

    python tests/bench/fresh_root.py [--one-command] [--keep FOLDER]

Everything that a program could write to (home, temporary folder, the checkout) lies in a new
folder whose name has a space and an accent; pip's cache is off, and of the environment only pip's
and the proxies' settings are handed on. What lies there is listed before and after. With
--one-command it is README's first command instead, from the copied checkout to the first matte.
Standard library.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = Path("tests", "data", "sample")
HANDED_ON = ("PIP_", "SSL_", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "OMP_")


class FreshRoot:
    """A folder with a home, a temporary folder and a copy of the checkout.

    Args:
        folder: new.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.clone = folder / "platekey"
        self.out = folder.with_name(folder.name + " out")  # what is solved is no leftover
        self.environ = {
            **{k: v for k, v in os.environ.items() if k.upper().startswith(HANDED_ON)},
            "HOME": str(folder / "home"),
            "TMPDIR": str(folder / "tmp"),
            "PATH": os.pathsep.join((str(Path(sys.executable).parent), "/usr/bin", "/bin")),
            "LANG": "C.UTF-8",
            "PIP_NO_CACHE_DIR": "1",
        }
        for name in ("home", "tmp"):
            (folder / name).mkdir(parents=True)

    def copy_checkout(self) -> None:
        """Copies what git would commit."""
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        names = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, names.stdout.split("\0")):
            if (ROOT / name).is_file():
                (self.clone / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(ROOT / name, self.clone / name)

    def run(self, *words: str | Path) -> float:
        """Runs a command; returns its seconds.

        Raises:
            SystemExit: it failed.
        """
        command = [str(word) for word in words]
        print(f"$ {' '.join(command)}", flush=True)
        start = time.monotonic()
        code = subprocess.run(command, cwd=self.folder, env=self.environ, check=False).returncode
        if code:
            raise SystemExit(f"it ended with exit code {code}")
        return time.monotonic() - start

    def listing(self) -> set[str]:
        """Every folder and file with its content's hash."""
        return set(_lines(self.folder))


def _lines(folder: Path) -> Iterator[str]:
    for parent, folders, files in os.walk(folder):
        for name in folders:
            yield str(Path(parent, name).relative_to(folder)) + os.sep
        for name in files:
            path = Path(parent, name)
            content = os.readlink(path).encode() if path.is_symlink() else path.read_bytes()
            yield f"{path.relative_to(folder)} {hashlib.sha256(content).hexdigest()[:12]}"


def whole_life(fresh: FreshRoot, more: Sequence[str] = ()) -> bool:
    """Installs, has the doctor look, solves the sample, uninstalls; returns whether nothing stays.

    Args:
        fresh: with a copy of the checkout.
        more: words for the installer.
    """
    installer = (sys.executable, fresh.clone / "install" / "install.py")
    home = fresh.folder / "home"
    platekey = home / ".local" / "share" / "platekey" / "bin" / "platekey"
    (home / ".nuke").mkdir()
    (home / ".nuke" / "init.py").write_text("import nuke  # the user's own")
    before = fresh.listing()
    print(f"before: {len(before)} files and folders", flush=True)
    took = {"install": fresh.run(*installer, "install", "--nuke-init", *more)}
    between = fresh.listing()
    size = sum(p.lstat().st_size for p in home.rglob("*") if p.is_file() and not p.is_symlink())
    print(f"installed: {len(between - before)} new, {size >> 20} MiB", flush=True)
    took["doctor"] = fresh.run(platekey, "doctor")
    shot = fresh.clone / SAMPLE
    plate, clean = shot / "plate.####.exr", shot / "clean.1001.exr"
    took["solve 3 frames"] = fresh.run(
        platekey, "solve", plate, clean, "-o", fresh.out / "matte.####.exr"
    )
    took["uninstall"] = fresh.run(*installer, "uninstall")
    after = fresh.listing()
    print(f"after: {len(after)} files and folders", flush=True)
    for line in sorted(before ^ after):
        print(f"{'left' if line in after else 'gone'}: {line}")
    for step, seconds in took.items():
        print(f"{step:<16} {seconds:7.1f} s")
    return before == after


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n\n")[0])
    parser.add_argument("--one-command", action="store_true", help="install/develop.py sample")
    parser.add_argument("--keep", metavar="FOLDER", help="a new folder that stays")
    args, more = parser.parse_known_args()
    folder = Path(args.keep or tempfile.mkdtemp(prefix="platekey-")).resolve()
    try:
        fresh = FreshRoot(folder / "fresh root é")
        start = time.monotonic()
        fresh.copy_checkout()
        if args.one_command:
            fresh.run(sys.executable, fresh.clone / "install" / "develop.py", "sample")
            print(f"checkout to first matte: {(time.monotonic() - start) / 60:.1f} min")
            return 0
        is_clean = whole_life(fresh, more)
        print("nothing is left" if is_clean else "something is left, or gone")
        return 0 if is_clean else 1
    finally:
        if not args.keep:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main())
