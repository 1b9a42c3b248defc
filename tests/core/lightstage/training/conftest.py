import numpy as np
import pytest

from platekey.core.lightstage.training.stored import StoredCapture


def ball(name="ball", *, size=48, frames=1, lamps=6, cut=False):
    """A soft grey ball with a bright glint, lit from six sides; `cut` moves it over the border."""
    y, x = np.indices((size, size), np.float32)
    foreground, alpha = [], []
    for frame in range(frames):
        middle = size / 2 + frame
        radius = np.hypot(y - (size - 4 if cut else size / 2), x - middle)
        alpha.append(np.clip((size / 4 - radius) / 4 + 0.5, 0, 1))
        colour = np.stack([0.2 + 0.5 * x / size, 0.4 + 0 * x, 0.6 - 0.3 * y / size], axis=-1)
        foreground.append(colour + 3.0 * (radius < 2)[..., None])
    directions = np.array(
        [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], np.float32
    )[:lamps]
    small = -(-size // 4)
    rows, columns = np.linspace(1, -1, small)[:, None], np.linspace(-1, 1, small)[None]
    normal = np.stack(np.broadcast_arrays(0.6 * columns, 0.6 * rows, 0.7 + 0 * rows), axis=-1)
    shares = np.maximum(normal @ directions.T, 0).transpose(2, 0, 1) + 0.05
    shares = shares / shares.sum(0)
    depth = np.where(np.hypot(rows, columns) < 0.5, 2.0 + columns, np.inf)
    motion = np.stack(np.broadcast_arrays(-1.0 + 0 * rows, 0.25 * columns), axis=-1)

    def each(plane):
        return np.repeat(np.asarray(plane, np.float32)[None], frames, axis=0)

    return StoredCapture(
        name=name,
        facts={"settings": {"subject": "ball", "seed": 3}, "scale": 4, "light_steradian": 2.1},
        foreground=np.asarray(foreground, np.float32),
        alpha=np.asarray(np.round(np.asarray(alpha) * 255) / 255, np.float32),
        shares=each(shares),
        directions=directions,
        depth=each(depth),
        motion=each(motion),
    )


@pytest.fixture
def make_ball():
    return ball
