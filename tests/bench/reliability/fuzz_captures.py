"""A stored capture of nothing but a grey ball, to be packed and damaged."""

import numpy as np

from platekey.core.lightstage.training.stored import StoredCapture

_SIZE, _LAMPS = 32, 4


def ball(name):
    y, x = np.indices((_SIZE, _SIZE), np.float32)
    alpha = np.clip((_SIZE / 4 - np.hypot(y - 16, x - 16)) / 4 + 0.5, 0, 1)
    small = _SIZE // 4
    angles = np.arange(_LAMPS) * 2 * np.pi / _LAMPS
    return StoredCapture(
        name=name,
        facts={"settings": {"subject": "ball", "seed": 3}, "scale": 4, "light_steradian": 2.1},
        foreground=np.full((1, _SIZE, _SIZE, 3), 0.4, np.float32),
        alpha=np.asarray(np.round(alpha * 255) / 255, np.float32)[None],
        shares=np.full((1, _LAMPS, small, small), 1 / _LAMPS, np.float32),
        directions=np.stack([np.cos(angles), np.sin(angles), 0 * angles], -1).astype(np.float32),
        depth=np.full((1, small, small), 2.0, np.float32),
        motion=np.zeros((1, small, small, 2), np.float32),
    )
