"""Movies without any cell, or with light that nobody wants: all of it is background."""

import numpy as np
from scipy import ndimage

KINDS = ("constant", "noise", "grain", "lines", "columns", "step", "flicker", "ramp", "hot pixels", "edge", "blobs")


def odd_movie(shape, rng):
    """Normalised intensity (t, y, x), float32, of a kind drawn by chance."""
    kind = KINDS[rng.integers(len(KINDS))]
    level = np.float32(np.exp(rng.uniform(np.log(1e-3), np.log(0.3))))
    still = np.full(shape, level, np.float32)
    if kind != "constant" and rng.random() < 0.6:
        still *= _smooth(shape[1:], rng)
    time = np.arange(shape[0])
    if kind == "step":
        still *= _in_time(np.where(time < rng.integers(1, shape[0]), 1, rng.uniform(0, 3)))
    elif kind == "flicker":
        still *= _in_time(1 + rng.uniform(0.02, 0.5) * np.sin(2 * np.pi * time / rng.uniform(2, 200) + rng.uniform(0, 6)))
    elif kind == "ramp":
        still *= _in_time(np.interp(time, (0, shape[0]), np.exp(rng.normal(0, 0.7, 2))))
    elif kind in ("lines", "columns"):
        axis = 1 if kind == "lines" else 2
        changing = [size if at == axis else 1 for at, size in enumerate(shape)]
        changing[0] = shape[0] if rng.random() < 0.5 else 1
        still *= np.maximum(1 + rng.normal(0, rng.uniform(0.02, 0.3), changing), 0).astype(np.float32)
    elif kind == "hot pixels":
        for _ in range(rng.integers(1, 60)):
            y, x = rng.integers(shape[1]), rng.integers(shape[2])
            is_on = np.cumsum(rng.random(shape[0]) < rng.uniform(0, 0.1)) % 2
            still[:, y, x] += np.float32(level * rng.uniform(0.3, 8)) * is_on
    elif kind in ("edge", "blobs"):
        still += level * _moving(shape, rng, is_edge=kind == "edge")
    if kind in ("constant", "step", "ramp") and rng.random() < 0.3:
        return np.clip(still, 0, 1)
    noise = rng.standard_normal(shape, dtype=np.float32)
    if kind == "grain":
        noise = ndimage.gaussian_filter(noise, (rng.uniform(0, 2), *rng.uniform(0.3, 3, 2)))
        noise /= np.float32(max(noise.std(), 1e-6))
    relative = np.float32(np.exp(rng.uniform(np.log(0.01), np.log(1))))
    return np.clip(still + relative * noise * np.sqrt(np.maximum(still, 0) * level), 0, 1)


def _in_time(course):
    return course.astype(np.float32)[:, None, None]


def _smooth(shape, rng):
    field = ndimage.gaussian_filter(rng.standard_normal(shape), np.exp(rng.uniform(0, 3)), mode="wrap")
    field -= field.mean()
    return np.exp(rng.uniform(0.1, 0.8) * field / max(field.std(), 1e-9)).astype(np.float32)


def _moving(shape, rng, is_edge):
    """An edge, or a spot, that goes through the frame at one speed and never changes: dust, bubbles, a shadow."""
    t, y, x = np.ogrid[: shape[0], : shape[1], : shape[2]]
    speed, start = rng.normal(0, 0.5), rng.uniform(0, shape[2])
    place = x - start - speed * t
    width = np.exp(rng.uniform(0, 3))
    height = np.float32(rng.uniform(-0.5, 1.5))
    if is_edge:
        return (height / (1 + np.exp(np.clip(place / width, -30, 30)))).astype(np.float32) + np.zeros(shape, np.float32)
    rise = y - rng.uniform(0, shape[1])
    return (height * np.exp(-(place**2 + rise**2) / (2 * width**2))).astype(np.float32)
