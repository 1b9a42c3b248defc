"""Renders the whole training set.

    python -m platekey.core.lightstage.capture.render_set OUT --assets DIR

needs Blender's bpy. Whole captures are skipped, so it can be stopped and started again; several
machines or processes take a part each with --part 1/4, --part 2/4 and so on.
"""

from __future__ import annotations

import argparse
import logging
import sys
import time
from pathlib import Path

from platekey.core.errors import OptionError, PlatekeyError

from .plan import training_set
from .recipe import is_whole
from .render import capture, sweep_leftovers

LOG = logging.getLogger("lightstage")


def read_part(text: str) -> tuple[int, int]:
    """Which part of how many, from "2/4".

    Raises:
        OptionError: it is none.
    """
    number, slash, count = text.partition("/")
    if not (slash and number.isdigit() and count.isdigit() and 1 <= int(number) <= int(count)):
        raise OptionError(f"the part is {text!r}, but it has to be one like 1/4; give that.")
    return int(number), int(count)


def main(argv: list[str] | None = None) -> int:
    """Renders what is missing; see the module's text."""
    parser = argparse.ArgumentParser(description="render the training set's captures")
    parser.add_argument("out", type=Path)
    parser.add_argument("--assets", type=Path, required=True, help="MakeHuman-style assets")
    parser.add_argument("--part", default="1/1", help="which part of how many")
    parser.add_argument("--threads", type=int, default=1, help="of the renderer")
    given = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stderr)
    try:
        number, count = read_part(given.part)
        given.out.mkdir(parents=True, exist_ok=True)
        sweep_leftovers(given.out)
        mine = training_set(given.threads)[number - 1 :: count]
        started, rendered = time.monotonic(), 0
        for done, options in enumerate(mine, start=1):
            if is_whole(given.out, options):
                continue
            begun = time.monotonic()
            capture(given.out, options, given.assets)
            rendered += 1
            now = time.monotonic()
            left = (now - started) / rendered * (len(mine) - done) / 3600.0
            LOG.info(
                "%d of %d  %s  %d px  %.1f s  %.1f hours left at most",
                *(done, len(mine), options.name, options.size, now - begun, left),
            )
        LOG.info("%d captures of this part are there, %d of them new", len(mine), rendered)
    except PlatekeyError as error:
        LOG.error("%s", error)
        return error.exit_code
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
