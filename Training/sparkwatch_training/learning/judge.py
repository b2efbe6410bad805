"""What a model finds in reviewed movies: the detector itself analyses them, and its own scores are read."""

import hashlib
import json
import subprocess
import time
from pathlib import Path

import numpy as np

from .. import CLASS_NAMES, EVENT_CLASSES, TrainingError

KEYS = {label: f"{CLASS_NAMES[label]}s" for label in EVENT_CLASSES}


class Judge:
    """Runs `sparkwatch analyze --streaming` and `sparkwatch score`; what was found once is not looked for again."""

    def __init__(self, program, recordings, work, threads=None):
        """`recordings`: folder of prepared recordings; `work`: folder for what is found; `threads`: None for one per core."""
        self.program, self.recordings, self.work, self.threads = Path(program), Path(recordings), Path(work), threads
        self.known = {}
        self.seconds_per_movie = None
        """The mean of all analyses so far; None before the first."""
        self._analyses, self._seconds = 0, 0.0
        self.after_movie = lambda: None
        """Called after every movie."""

    def counts(self, model, cells):
        """(right, predicted, found, annotated) by class, int64 (cell, class, 4), in the order of `EVENT_CLASSES`."""
        digest = hashlib.sha256(Path(model).read_bytes()).hexdigest()[:16]
        return np.array([sum(self._movie(model, digest, movie) for movie in cell.movies) for cell in cells])

    def _movie(self, model, digest, movie):
        if (digest, movie.name) in self.known:
            return self.known[digest, movie.name]
        start = time.monotonic()
        found, folder = self.work / digest / movie.name, self.recordings / movie.name
        threads = ["--threads", str(self.threads)] if self.threads else []
        self._run("analyze", "--streaming", "--resume", "--model", model, "--output", found, *threads, *movie.stated,
                  folder / f"{movie.name}_video.tif")
        table = found / "score.json"
        self._run("score", folder, found, "--json", table)
        counts = _counts(json.loads(table.read_text()))
        self._analyses, self._seconds = self._analyses + 1, self._seconds + time.monotonic() - start
        self.seconds_per_movie = self._seconds / self._analyses
        self.known[digest, movie.name] = counts
        self.after_movie()
        return counts

    def _run(self, *words):
        run_program(self.program, *words)


def run_program(program, *words):
    """Runs `sparkwatch` quietly; its own message says why if it fails."""
    try:
        result = subprocess.run([str(program), *map(str, words)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    except OSError as error:
        raise TrainingError(f"{program} cannot be run ({error}); name the program sparkwatch with --sparkwatch") from error
    if result.returncode:
        said = " | ".join((result.stderr.strip() or result.stdout.strip() or "it said nothing").splitlines()[-3:])
        raise TrainingError(f"`sparkwatch {words[0]}` failed: {said}")
    return result.stdout


def _counts(score):
    rows = []
    for label in EVENT_CLASSES:
        predicted, annotated, key = score["predicted"][KEYS[label]], score["annotated"][KEYS[label]], KEYS[label]
        rows.append((predicted[key], predicted["tot"] - predicted["ignored"], annotated[key], annotated["tot"]))
    return np.array(rows, np.int64)
