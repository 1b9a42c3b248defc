"""Procedural backgrounds for pictures of the comp node: lamps at night, a street, steam."""

import numpy as np

LINES = 4  # samples a pixel and axis of what has hard edges


def lamps(height, width, seed=7):
    """A town at night, sharp, (H, W, 3) scene-linear: lit windows at 1, lamps up to 400."""
    rng = np.random.default_rng(seed)
    down = np.linspace(0, 1, height)[:, None, None]
    picture = np.array([0.012, 0.016, 0.035]) * (1 - down) + np.array([0.05, 0.03, 0.03]) * down
    picture = np.broadcast_to(picture, (height, width, 3)).copy()
    warm, cool, red = np.array([1, 0.55, 0.2]), np.array([0.6, 0.8, 1]), np.array([1, 0.1, 0.06])
    for left in range(0, width, 60):  # houses, each with its windows
        top = int(rng.uniform(0.15, 0.5) * height)
        picture[top:, left : left + 56] = rng.uniform(0.004, 0.02) * np.array([0.9, 1, 1.2])
        for y in range(top + 8, height - 40, 14):
            for x in range(left + 6, left + 50, 11):
                if rng.random() < 0.4:
                    light = rng.choice([0.15, 0.4, 1.0]) * (warm if rng.random() < 0.8 else cool)
                    picture[y : y + 6, x : x + 5] = light
    for _ in range(90):
        y, x = rng.integers(2 * height // 5, height - 1), rng.integers(0, width - 1)
        colour = (warm, warm, cool, red)[rng.integers(4)]
        picture[y : y + 2, x : x + 2] = colour * 2.0 ** rng.uniform(4, 8.6)
    return picture.astype(np.float32)


def street(height, width):
    """Tiles that run to the horizon, and posts with a lamp each.

    Returns:
        (H, W, 3) scene-linear and (H, W) distance in metres, infinite in the sky.
    """
    rows, columns = height * LINES, width * LINES
    y, x = np.indices((rows, columns)).astype(np.float64)
    y, x = (y + 0.5) / rows, (x + 0.5) / columns - 0.5
    horizon = 0.42
    below = y > horizon
    depth = np.where(below, 0.55 / np.maximum(y - horizon, 1e-6), np.inf)
    across = np.where(below, x * np.where(below, depth, 1.0) * 1.8, 0.0)
    away = np.where(below, depth, 0.0)
    tiles = (np.floor(across) + np.floor(away)) % 2
    ground = np.where(tiles[..., None] == 0, [0.32, 0.27, 0.22], [0.05, 0.055, 0.07])
    sky = np.array([0.25, 0.3, 0.45]) * (0.3 + y[..., None] / horizon)
    picture = np.where(below[..., None], ground, sky)
    for distance in (24.0, 12.0, 7.0, 4.5, 3.0, 2.0):  # far ones first
        for side in (-1, 1):
            place = side * 1.15 / distance / 1.8 * 1.4
            foot = horizon + 0.55 / distance
            thick, tall = 0.035 / distance, 0.75 / distance
            post = (np.abs(x - place) < thick) & (y < foot) & (y > foot - tall)
            lamp = (x - place) ** 2 * (width / height) ** 2 + (y - foot + tall) ** 2
            lit = lamp < (0.055 / distance) ** 2
            picture[post], picture[lit] = [0.03, 0.03, 0.04], [30.0, 18.0, 8.0]
            depth[post | lit] = distance
    picture = picture.reshape(height, LINES, width, LINES, 3).mean((1, 3))
    depth = depth.reshape(height, LINES, width, LINES)[:, LINES // 2, :, LINES // 2]
    return picture.astype(np.float32), depth.astype(np.float32)


def steam(height, width, seed=3):
    """Density of a plume, (H, W) in [0, 0.6], rising from the lower left."""
    rng = np.random.default_rng(seed)
    y, x = np.indices((height, width)) / height
    cloud = np.zeros((height, width))
    for scale in (4, 8, 16, 32, 64):
        grid = rng.random((scale + 2, 2 * scale + 2))
        v, u = y * scale, np.minimum(x * scale, 2 * scale)
        top, left = v.astype(int), u.astype(int)
        v, u = (smooth(v - top), smooth(u - left))
        upper = grid[top, left] * (1 - u) + grid[top, left + 1] * u
        lower = grid[top + 1, left] * (1 - u) + grid[top + 1, left + 1] * u
        cloud += (upper * (1 - v) + lower * v) / scale**0.8
    cloud = (cloud - cloud.min()) / np.ptp(cloud)
    column = np.exp(-(((x - 0.32 - 0.06 * np.sin(6 * y)) / (0.16 - 0.08 * y)) ** 2))
    fade = np.clip((0.6 - y) / 0.15, 0, 1) * np.clip((y + 0.2) / 0.4, 0, 1)
    return np.clip(1.6 * (cloud - 0.3), 0, 0.6) * column * fade


def smooth(t):
    return t * t * (3 - 2 * t)
