"""Movies in which nothing happens: empty cells, still and moving, under light that changes, and no cell at all."""
import numpy as np
import tifffile

import sets

INTERVAL_MS = 6.8
FRAMES, HEIGHT, WIDTH = 2000, 64, 128
SHAKES = {
    "drift": "drift-x=4,drift-y=-1",
    "sway": "sway-y=1@3,sway-x=2@0.7",
    "vibration": "vibration-y=2@25",
    "shaking": "jitter-y=0.6,jitter-x=0.6",
    "contraction": "contraction=3@0.8",
    "contracture": "contracture=4",
    "focus": "focus=1.5@0.7",
    "lines one after another": "sway-y=1.5@20,lines",
}


def swelling(movie, dark, rng):
    return _lit(movie, dark, 1 + 0.2 * np.sin(2 * np.pi * np.arange(len(movie)) * INTERVAL_MS / 1000 * rng.uniform(0.3, 3)))


def bleaching(movie, dark, rng):
    return _lit(movie, dark, 0.4 + 0.6 * np.exp(-np.arange(len(movie)) * INTERVAL_MS / 1000 / rng.uniform(0.3, 5)))


def step(movie, dark, rng):
    factors = np.ones(len(movie))
    for start in rng.integers(50, len(movie) - 50, 3):
        factors[start:] *= rng.uniform(0.7, 1.4)
    return _lit(movie, dark, factors)


def flicker(movie, dark, rng):
    return _lit(movie, dark, rng.normal(1, rng.uniform(0.03, 0.15), len(movie)))


def dark_start(movie, dark, rng):
    return _lit(movie, dark, (np.arange(len(movie)) >= rng.integers(20, 300)).astype(float))


def hot_pixels(movie, dark, rng):
    movie = movie.astype(np.float64)
    for _ in range(12):
        y, x = rng.integers(movie.shape[1]), rng.integers(movie.shape[2])
        movie[:, y, x] += rng.uniform(500, 6000) * (np.cumsum(rng.random(len(movie)) < 0.03) % 2)
    return _counts(movie)


def bright_lines(movie, dark, rng):
    factors = rng.normal(1, 0.06, movie.shape[:2])[:, :, None]
    return _counts(dark + (movie - float(dark)) * factors)


LIGHT = {
    "swelling light": swelling, "bleaching": bleaching, "steps of the light": step, "flicker": flicker,
    "dark start": dark_start, "hot pixels": hot_pixels, "bright lines": bright_lines,
}


def constant(rng):
    return np.full((FRAMES, HEIGHT, WIDTH), rng.integers(0, 65536), np.uint16)


def noise(rng):
    level = np.exp(rng.uniform(np.log(50), np.log(8000)))
    return _counts(rng.normal(400 + level, rng.uniform(0.05, 0.8) * level, (FRAMES, HEIGHT, WIDTH)))


def bursts_of_noise(rng):
    """Still frames, and forty of noise now and then."""
    movie = np.tile(noise(rng)[:1], (FRAMES, 1, 1))
    for start in rng.integers(0, FRAMES - 40, 6):
        movie[start : start + 40] = noise(rng)[:40]
    return movie


CELL_FREE = {"constant frames": constant, "noise": noise, "bursts of noise": bursts_of_noise}

KINDS = ("still cells", *SHAKES, "anything that disturbs", *LIGHT, *CELL_FREE)


def make(folder, sparksim, kind, count):
    """Writes `count` movies of a kind, NN_video.tif, and returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    seed = sets.SEED + 5000 + KINDS.index(kind)
    paths = [folder / f"{number:02}_video.tif" for number in range(1, count + 1)]
    rng = np.random.default_rng(seed)
    for number, path in enumerate(paths, start=1):
        if kind in CELL_FREE:
            _write(path, CELL_FREE[kind](rng))
            continue
        style = "disturbed" if kind == "anything that disturbs" else "usual"
        shake = ("--shake", SHAKES[kind]) if kind in SHAKES else ()
        sets.synth(sparksim, folder, number, FRAMES, "--events", "none", "--style", style, "--width", WIDTH,
                   "--frame-interval", INTERVAL_MS, *shake, seed=seed)
        if kind in LIGHT:
            movie = tifffile.imread(path)
            _write(path, LIGHT[kind](movie, movie.min(), rng))
    return paths


def analyze(sparkwatch, model, paths, output, threads):
    """Writes what the causal mode finds in movies to a folder, NN_events.json each."""
    options = ["--threads", threads] if threads else []
    sets.run(sparkwatch, "analyze", "--streaming", "--no-masks", "--model", model, "--output", output, *options, *paths)


def _lit(movie, dark, factors):
    return _counts(dark + (movie - float(dark)) * np.asarray(factors)[:, None, None])


def _counts(values):
    return np.clip(np.rint(values), 0, 65535).astype(np.uint16)


def _write(path, movie):
    tifffile.imwrite(path, movie, imagej=True, metadata={"axes": "TYX", "finterval": INTERVAL_MS / 1000, "unit": "um"},
                     resolution=(5, 5))
