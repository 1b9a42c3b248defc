"""One made-up frame through the whole of `platekey solve`, compared with the truth and with ours.

`python -m platekey.plugin.shell.self_check` writes the stored result anew.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .diagnosis import Finding, Verdict
from .self_check_result import MEANS

_HEIGHT, _WIDTH = 72, 96
_ALPHA_ERROR = 0.02  # mean; a soft disc over a flat enough wall is easy
_BLOCK = 12  # pixels; of each block the means of R, G, B and A are stored
_STORED_ERROR = 0.005  # largest; half floats and another device's rounding stay far below
_COMPOSITE_ERROR = 0.004  # mean, of values around 0.3; half keeps 0.0002 of that
_STORED = (
    '"""What the made-up frame of self_check.py came to: mean R, G, B, A of its blocks, in rows."""'
)


def self_check(device: str) -> Iterator[Finding]:
    """Solves a disc with a soft edge in front of a gradient, on files in a temporary folder."""
    plate, clean_plate, alpha = _made_up_frame()
    result, events, matte = _solve(plate, clean_plate, device)
    if matte is None:
        reasons = [event.message for event in events if hasattr(event, "kind")]
        yield Finding(
            "self-check",
            Verdict.FAIL,
            f"the frame failed: {'; '.join(reasons) or result}",
            "mend what the other lines name; if they are all well, report it",
            exit_code=result.exit_code if result.exit_code == 6 else 1,
        )
        return
    found = matte.select("A")
    composite = matte.select("R", "G", "B") + clean_plate * (1.0 - found)
    alpha_error = float(abs(found - alpha).mean())
    composite_error = float(abs(composite - plate).mean())
    stored_error = float(abs(_means(matte) - MEANS).max())
    well = alpha_error < _ALPHA_ERROR and composite_error < _COMPOSITE_ERROR
    well = well and stored_error < _STORED_ERROR
    yield Finding(
        "self-check",
        Verdict.OK if well else Verdict.FAIL,
        f"a frame solved on {device} in {result.seconds:.1f} s; mean error of alpha "
        f"{alpha_error:.4f}, of the re-composite {composite_error:.5f}; "
        f"differs from the stored result by {stored_error:.5f}",
        "" if well else "install platekey anew; if it stays, report it with this output",
    )


def _solve(plate: Any, clean_plate: Any, device: str) -> tuple[Any, list[Any], Any]:
    """Returns the result, the events, and the frame that was written, or None if it failed."""
    from platekey.core.frames.frame import Frame, Window
    from platekey.core.frames.image_io import read_frame, write_frame
    from platekey.core.job.request import SolveRequest
    from platekey.core.job.solve import run_solve
    from platekey.core.options import Depth, MatteOptions

    window = Window(0, 0, _WIDTH, _HEIGHT)
    with tempfile.TemporaryDirectory(prefix="platekey-doctor-") as name:
        folder = Path(name)
        for role, pixels in (("plate", plate), ("clean", clean_plate)):
            frame = Frame(pixels, ("R", "G", "B"), window, window, colour_space="lin_rec709_scene")
            write_frame(frame, str(folder / f"{role}.exr"), depth=Depth.FLOAT)
        request = SolveRequest(
            plate=str(folder / "plate.exr"),
            clean_plate=str(folder / "clean.exr"),
            output=str(folder / "matte.exr"),
            options=MatteOptions(device=device),
        )
        events: list[Any] = []
        result = run_solve(request, events.append, lambda: False)
        failed = bool(result.exit_code)
        return result, events, None if failed else read_frame(str(folder / "matte.exr"))


def _means(matte: Any) -> Any:
    """Means of R, G, B and A in blocks, (rows * columns, 4), of a frame."""
    pixels = matte.select("R", "G", "B", "A")
    blocks = pixels.reshape(_HEIGHT // _BLOCK, _BLOCK, _WIDTH // _BLOCK, _BLOCK, 4)
    return blocks.mean(axis=(1, 3)).reshape(-1, 4)


def _made_up_frame() -> tuple[Any, Any, Any]:
    """Returns plate, clean plate, each (H, W, 3) scene-linear, and true alpha (H, W, 1)."""
    import numpy as np

    y, x = np.mgrid[0:_HEIGHT, 0:_WIDTH].astype(np.float32)
    noise = np.random.default_rng(1).normal(0.0, 0.002, (2, _HEIGHT, _WIDTH, 3))
    wall = np.stack((0.1 + 0.3 * x / _WIDTH, 0.25 + 0.1 * np.sin(y / 5), 0.4 - 0.2 * y / _HEIGHT))
    clean_plate = wall.transpose(1, 2, 0)
    radius = np.hypot(x - _WIDTH / 2, y - _HEIGHT / 2)
    alpha = np.clip((26.0 - radius) / 6.0, 0.0, 1.0)[..., None]
    subject = np.array((1.4, 0.9, 0.05))  # brighter than white, far from the wall
    plate = subject * alpha + clean_plate * (1.0 - alpha)
    return (
        (plate + noise[0]).astype(np.float32),
        (clean_plate + noise[1]).astype(np.float32),
        alpha.astype(np.float32),
    )


def main() -> None:
    """Solves the frame on the CPU and writes what doctors of other machines compare with."""
    plate, clean_plate, _ = _made_up_frame()
    result, _, matte = _solve(plate, clean_plate, "cpu")
    if matte is None:
        raise SystemExit(f"the frame failed: {result}")
    rows = [", ".join(f"{value:.4f}" for value in row) for row in _means(matte)]
    text = "\n".join(f"    ({row})," for row in rows)
    path = Path(__file__).with_name("self_check_result.py")
    path.write_text(f"{_STORED}\n\nMEANS = (\n{text}\n)\n", encoding="utf-8")
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
