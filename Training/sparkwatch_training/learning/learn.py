"""The loop: reviewed movies in, a model and the proof of it out.

Cells are divided into two halves. A model learns from each and is watched on the other, so that every cell is judged by a model
that has never seen it; even when that model stopped, and how it is calibrated, was decided on other cells. The last model
learns from all cells, for as long as that was good.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

import numpy as np

from .. import TrainingError
from ..calibration import Calibration, Calibrator
from ..model import load_network, read_model, read_uncalibrated, with_offsets, write_model
from ..network import network_for
from ..recipes import FINE_TUNING, Recipe
from ..trainer import VALIDATION_STRIDE_FRAMES
from . import early, report
from .cells import check, halves, prepared, recordings_of
from .course import LOOKS, Course
from .history import history, with_entry
from .judge import Judge, run_program
from .movies import OUTPUT, reviewed_movies
from .progress import Progress
from .scores import mean_f1, verdict

LARGEST_OFFSET = 1.5
"""How far calibration may move the score of a class: few cells tell little."""

LARGEST_LOSS = 0.05
"""In mean F1 on cells that it has seen, by which the last model may be worse than those of the halves on cells that they have not."""

SECONDS_PER_MOVIE = 15.0
"""Of an analysis, before the first is over."""

FEW_STEPS = 60
"""Of a training; with fewer a busy computer is to blame, not the movies."""

CALIBRATION_SECONDS = 60.0
"""Of one movie, roughly."""


@dataclass
class Half:
    """One half of the cells, and the course that learnt from it."""

    cells: list
    other: list
    course: Course = None
    chosen: int = 0
    """The look that is taken of it."""
    calibrator: Calibrator = None

    @property
    def look(self):
        return self.course.looks[self.chosen]


class Learning:
    """One run of `learn`; see the module."""

    def __init__(self, options):
        self.options = options
        self.folder = Path(options.folder)
        self.output = Path(options.output) if options.output else self.folder / f"{OUTPUT}{datetime.now():%Y-%m-%d-%H%M%S}"
        self.parent = Path(options.model)
        self.initial = read_uncalibrated(self.parent)
        self.work = self.output / "work"
        movies, self.remarks = reviewed_movies(self.folder, options.cells)
        others, more = reviewed_movies(options.held_out) if options.held_out else ([], [])
        self.remarks += more
        shared = {movie.video for movie in movies} & {movie.video for movie in others}
        if shared:
            raise TrainingError(f"{min(shared)} is among the movies to learn from and in --held-out; take it out of one of them")
        if self.output.exists() and any(self.output.iterdir()):
            raise TrainingError(f"{self.output} is there already; name another folder with --output")
        self.recordings, self.held_out_folder = self.work / "recordings", self.work / "held-out"
        try:
            for folder in (self.recordings, self.held_out_folder):
                folder.mkdir(parents=True)
            self.cells, self.held_out = prepared(movies, self.recordings), prepared(others, self.held_out_folder)
            check(self.cells, self.folder)
        except BaseException:
            shutil.rmtree(self.output)
            raise
        self.judge = Judge(options.sparkwatch, self.recordings, self.work / "found", options.threads)
        self.halves = [Half(*pair) for pair in (halves(self.cells), halves(self.cells)[::-1])]
        self.has_curve = options.curve and all(len(half.cells) >= 2 for half in self.halves)
        self.minutes = options.minutes / (5 if self.has_curve else 3)
        network = network_for(self.initial.state)
        shapes = [recording.video.shape for recording in recordings_of(self.cells, self.recordings)]
        height, width = (max(shape[axis] for shape in shapes) for axis in (1, 2))
        self.recipe = replace(
            Recipe(minutes=self.minutes), **FINE_TUNING, steps=network.steps, seed=options.seed,
            first_layer_channels=network.first_layer_channels, crop=(256, min(64, height), min(128, width)),
            final_crop=(256, min(64, height), min(256, width)),
        )
        self.offsets = self.initial.calibration or Calibration()
        self.start = self._start()

    def run(self):
        """Everything; gives the result as the report has it."""
        for remark in self.remarks:
            print(f"note: {remark}", flush=True)
        print(report.what_was_learnt_from(self.cells), flush=True)
        self.progress = self._progress()
        self.judge.after_movie = self._know_better
        self.progress.begin("before", f"what {self.parent.name} finds in them")
        self.before = self.judge.counts(self.start, self.cells)
        for number, half in enumerate(self.halves, start=1):
            self._learn_from_half(number, half)
        first, second = self.halves
        for half, other in ((first, second), (second, first)):
            half.chosen = min(other.course.best, len(half.course.looks) - 1)
        steps = max(half.course.iteration for half in self.halves)
        if steps < FEW_STEPS:
            self.remarks.append(f"only {steps} steps in {self.minutes:.1f} minutes of a training: more may be gained with more "
                                "--minutes, or when the computer is idle")
        self.progress.begin("calibration", "calibration on the cells that each model has not seen")
        for half in self.halves:
            half.calibrator = self._calibrator(half)
        crossed = [self._calibrated(half, other.calibrator, f"half-{number}")
                   for number, (half, other) in enumerate(((first, second), (second, first)), start=1)]
        self.progress.begin("after", "what the new models find in cells that they have not seen")
        self.after = self._on_the_others(crossed)
        self.points = [(0, self.before), *self._quarters(crossed), (len(self.cells) / 2, self.after)]
        self.verdict = verdict(self.before, self.after)
        model = self._learn_from_all()
        return self._finish(model)

    # MARK: Steps

    def _start(self):
        """The model in use; a copy of it with a threshold where it knows none."""
        if self.initial.calibration:
            return self.parent
        self.remarks.append(f"{self.parent.name} knows no live threshold; {self.offsets.threshold:g} is taken")
        path = self.work / "start.safetensors"
        write_model(path, self.initial.state, vars(network_for(self.initial.state)), self.offsets, "", self.initial.scale)
        return path

    def _learn_from_half(self, number, half):
        part, title = f"half {number}", f"learning from {_names(half.cells)}, watched on {_names(half.other)}"
        self.progress.begin(part, title)
        half.course = self._course(half.cells, part, title, half.other)
        half.course.run_to_the_end()

    def _course(self, cells, part, title, watched=None, stop_at=1.0):
        return Course(
            self.recipe, recordings_of(cells, self.recordings, for_training=True), (self.start, self.initial),
            self.work / part.replace(" ", "-"), watched, self.judge.counts, stop_at,
            lambda share, text: self.progress.tell(share, f"{title}: {text}"),
        )

    def _calibrator(self, half):
        network, _ = load_network(half.look.model)
        return Calibrator(network, recordings_of(half.other, self.recordings), VALIDATION_STRIDE_FRAMES, LARGEST_OFFSET)

    def _calibrated(self, half, calibrator, name):
        """The chosen state of a half's model with a calibration; where it learnt nothing, the model in use as it is."""
        if half.chosen == 0:
            return self.start
        calibration = self._moved(calibrator.best(report=lambda line: None))
        return self._written(half.look.model, calibration, self.work / f"{name}.safetensors")

    def _moved(self, found):
        """A calibration of a model that has the offsets of the one in use."""
        offsets = tuple(old + new for old, new in zip(self.offsets.offsets, found.offsets))
        return Calibration(offsets, found.threshold)

    def _written(self, model, calibration, path):
        state, metadata = read_model(model)
        state = with_offsets(state, [-offset for offset in self.offsets.offsets])
        write_model(path, state, vars(network_for(state)), calibration, metadata.get("training", ""), metadata)
        return path

    def _on_the_others(self, models):
        """Counts of all cells, each found by the model of the half that it is not in."""
        found = {}
        for half, model in zip(self.halves, models):
            found |= {cell.name: counts for cell, counts in zip(half.other, self.judge.counts(model, half.other))}
        return np.array([found[cell.name] for cell in self.cells])

    def _quarters(self, crossed):
        """A point of the learning curve: the same from half of each half."""
        if not self.has_curve or not any(half.chosen for half in self.halves):
            return []
        models = []
        for number, half in enumerate(self.halves, start=1):
            cells, part = halves(half.cells)[0], f"quarter {number}"
            if half.chosen == 0:
                models.append(self.start)
                continue
            title = f"learning from {_names(cells)} alone, for the learning curve"
            self.progress.begin(part, title)
            looks = self._course(cells, part, title, stop_at=half.look.share).run_to_the_end()
            _, metadata = read_model(crossed[number - 1])
            offsets = tuple(float(offset) for offset in metadata["class_offsets"].split(","))
            calibration = Calibration(offsets, float(metadata["live_threshold"]))
            models.append(self._written(looks[-1].model, calibration, self.work / f"quarter-{number}.safetensors"))
        count = np.mean([len(halves(half.cells)[0]) for half in self.halves])
        return [(float(count), self._on_the_others(models))]

    def _learn_from_all(self):
        """The model that learnt from every cell; None if nothing was gained anywhere."""
        shares = [half.course.looks[half.course.best].share for half in self.halves]
        if not any(shares):
            return None
        title = f"learning from all {len(self.cells)} cells"
        self.progress.begin("all", title)
        course = self._course(self.cells, "all", title, stop_at=float(np.mean(shares)))
        looks = course.run_to_the_end()
        both = Calibrator.of_several([half.calibrator for half in self.halves])
        calibration = self._moved(both.best(report=lambda line: None))
        self.steps, self.seconds = course.iteration, course.elapsed_seconds
        return self._written(looks[-1].model, calibration, self.work / "all.safetensors")

    # MARK: The end

    def _finish(self, model):
        held_out = None
        if model is not None:
            self.progress.begin("check", "what the model that learnt from all cells finds")
            seen = float(mean_f1(self.judge.counts(model, self.cells).sum(axis=0)))
            unseen = float(mean_f1(self.after.sum(axis=0)))
            if seen < unseen - LARGEST_LOSS:
                self.verdict = replace(self.verdict, is_better=False, reason=f"the model that learnt from all cells finds less in "
                                       f"them (mean F1 {seen:.2f}) than the models of the halves in cells they had not seen ({unseen:.2f})")
            if self.held_out:
                judge = Judge(self.options.sparkwatch, self.held_out_folder, self.work / "found-held-out", self.options.threads)
                held_out = judge.counts(self.start, self.held_out), judge.counts(model, self.held_out)
                if self.verdict.is_better:
                    self.verdict = verdict(*held_out)
        else:
            self.verdict = replace(self.verdict, is_better=False, reason="no training found more in cells that it had not seen")
        result = self._result(held_out)
        if model is not None:
            result["model"] = str(self._final(model, result))
        (self.output / "report.md").write_text(report.markdown(result))
        (self.output / "report.json").write_text(json.dumps(result, indent=1) + "\n")
        shutil.rmtree(self.work)
        return result

    def _result(self, held_out):
        tables = [report.comparison(self.before, self.after, f"{len(self.cells)} cells, each unseen by the model that is judged")]
        if held_out:
            tables.append(report.comparison(*held_out, f"{len(self.held_out)} held-out cells, the new model itself"))
        state = "Better" if self.verdict.is_better else "Not better"
        few = min(len(self.cells), len(self.held_out) or len(self.cells)) < 4
        return {
            "is_better": self.verdict.is_better,
            "summary": f"{state} than {self.parent.name}: {self.verdict.reason}.",
            "remarks": self.remarks,
            "tables": tables,
            "note": "Intervals: 95 %, bootstrap over cells" + (", which say little for so few." if few else "."),
            "advice": report.advice(self.points, len(self.cells)),
            "how": self._how(),
            "numbers": report.numbers(self.before, self.after, held_out, self.points),
        }

    def _how(self):
        lines = [f"model in use: {self.parent} (SHA-256 {_digest(self.parent)})", report.what_was_learnt_from(self.cells)]
        for number, half in enumerate(self.halves, start=1):
            looks = ", ".join(f"{look.mean_f1:.2f}" for look in half.course.looks)
            lines.append(f"half {number} ({_names(half.cells)}): mean F1 on {_names(half.other)} at every look {looks}, {half.course.iteration} steps; taken: look "
                         f"{half.chosen}, which was the best of the other half")
        return lines

    def _final(self, model, result):
        """The model with its history, and an early layer if the one in use has one."""
        state, metadata = read_model(model)
        gain = result["numbers"]["gain"]["mean"]
        text = (f"fine-tuned from {self.parent.name} on {report.what_was_learnt_from(self.cells)}; {self.steps} steps, "
                f"{self.seconds / 60:.0f} minutes, {datetime.now():%Y-%m-%d}")
        entry = {"date": f"{datetime.now():%Y-%m-%d}", "text": text, "parent_sha256": _digest(self.parent), "gain_in_mean_f1": gain,
                 "is_better": result["is_better"], "cells": [cell.name for cell in self.cells]}
        path = self.output / "model.safetensors"
        offsets = tuple(float(offset) for offset in metadata["class_offsets"].split(","))
        calibration = Calibration(offsets, float(metadata["live_threshold"]))
        kept = {key: value for key, value in metadata.items() if key != "training"}
        write_model(path, with_offsets(state, [-offset for offset in offsets]), vars(network_for(state)), calibration, text,
                    kept | with_entry(history(self.parent), entry))
        if early.has_layer(self.parent):
            self.progress.begin("early", "a layer that announces waves early")
            remark = early.fit(self.options.sparkwatch, path)
            if remark:
                result["remarks"].append(remark)
        return path

    # MARK: Time

    def _progress(self):
        movies = sum(len(cell.movies) for cell in self.cells)
        course = 60 * self.minutes
        parts = {"before": movies * SECONDS_PER_MOVIE, "half 1": course, "half 2": course,
                 "calibration": movies * CALIBRATION_SECONDS, "after": movies * SECONDS_PER_MOVIE}
        if self.has_curve:
            parts |= {"quarter 1": course, "quarter 2": course}
        parts |= {"all": course, "check": movies * SECONDS_PER_MOVIE}
        if early.has_layer(self.parent):
            parts["early"] = early.SECONDS
        return Progress(parts)

    def _know_better(self):
        movies = sum(len(cell.movies) for cell in self.cells)
        for part in ("after", "check"):
            if self.progress.parts.get(part):
                self.progress.expect(part, movies * self.judge.seconds_per_movie)


def _names(cells):
    names = [cell.name for cell in cells]
    return ", ".join(names) if len(names) <= 3 else f"{len(names)} cells"


def _digest(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def run_learn(options):
    """Learns, prints what came of it, and makes the model the one in use if that was asked for and it is better."""
    learning = Learning(options)
    try:
        result = learning.run()
    except BaseException as error:
        shutil.rmtree(learning.output)
        if not isinstance(error, KeyboardInterrupt):
            raise
        raise TrainingError("interrupted: nothing was written, and the model in use stays") from None
    print("\n" + report.markdown(result))
    model = result.get("model")
    print(f"written: {learning.output / 'report.md'}" + (f", {model}" if model else ""), flush=True)
    if not options.install:
        if model and result["is_better"]:
            print(f"use it with --model {model}, or always: sparkwatch model use {model}")
        return
    if not result["is_better"]:
        raise TrainingError(f"not installed: it is not better than {learning.parent.name}, which stays in use"
                            + (f"; the new model is kept as {model}" if model else ""))
    print(run_program(options.sparkwatch, "model", "use", model).strip())
