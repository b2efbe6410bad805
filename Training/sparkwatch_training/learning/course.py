"""One fine-tuning, watched on cells that it does not see."""

from dataclasses import dataclass
from pathlib import Path

from ..calibration import Calibration
from ..crops import CropSampler
from ..model import exported_state, write_model
from ..trainer import Trainer, read_checkpoint
from .scores import mean_f1

LOOKS = 5
"""Looks at the watched cells, at equal distances; one more comes before the first step."""

PATIENCE = 2
"""Looks in a row without a gain after which a course ends."""

LEAST_STEPS = 20
"""Between two looks: on a computer that is busy with other things fewer steps would tell nothing."""

LEAST_GAIN = 0.005
"""In mean F1; less is none."""


@dataclass(frozen=True)
class Look:
    """The state of a course at some moment."""

    share: float
    """Of its time."""
    steps: int
    model: Path
    mean_f1: float
    """On the watched cells; -1 where nothing is annotated."""


class Course(Trainer):
    """A fine-tuning with early stop. `looks` holds its states, the first of them the model that it starts from."""

    def __init__(self, recipe, recordings, initial, output, watched=None, look_at=None, stop_at=1.0, tell=lambda share, text: None):
        """Prepares a course.

        `initial`: (path, `InitialModel`). `watched`, `look_at`: cells, and what gives their counts for a model's path; None: it is
        not watched. `stop_at`: share of the time at which it ends in any case. `tell`: is told how far it is, and what to say.
        """
        path, model = initial
        # Movies stand for "there is something to look at": what is looked at are cells.
        super().__init__(recipe, CropSampler(recordings, seed=recipe.seed), [], output, model)
        self.watched, self.look_at, self.stop_at, self.tell = watched, look_at, stop_at, tell
        self.looks = [Look(0.0, 0, Path(path), self._seen(path))]

    def run_to_the_end(self):
        """Trains; gives the looks."""
        never = float("inf")
        self._run(report_every=1, checkpoint_minutes=never, validation_minutes=never, snapshot_minutes=never)
        if self.looks[-1].share < self.share:
            self._take_look()
        return self.looks

    @property
    def share(self):
        """Of the time that is over."""
        return min(1.0, self.progress)

    @property
    def best(self):
        """Position of the look that found most; the first of those that are as good."""
        values = [look.mean_f1 for look in self.looks]
        return next(at for at, value in enumerate(values) if value >= max(values) - LEAST_GAIN)

    def _report(self, losses, seconds_per_iteration):
        self.tell(self.progress / self.stop_at, f"step {self.iteration}, loss {losses[-1]:.3f}")
        if self.progress >= self.stop_at:
            self.has_settled = True
        elif self.watched and self.progress >= len(self.looks) / LOOKS:
            if self.iteration - self.looks[-1].steps >= LEAST_STEPS:
                self._take_look()

    def _take_look(self):
        path = self.output / f"look-{len(self.looks)}.safetensors"
        self.export(path, self.calibration or Calibration(), f"{self.iteration} steps")
        self.looks.append(Look(self.share, self.iteration, path, self._seen(path)))
        values = [look.mean_f1 for look in self.looks]
        gained = [value for value in values[-PATIENCE:] if value > max(values[:-PATIENCE], default=-2) + LEAST_GAIN]
        if self.watched and len(values) > PATIENCE and not gained:
            self.has_settled = True

    def _seen(self, path):
        if not self.watched:
            return -1.0
        value = float(mean_f1(self.look_at(path, self.watched).sum(axis=0)))
        return value if value == value else -1.0

    def export(self, path, calibration, training, known=None):
        """Writes the mean of the weights as a model."""
        self.save()
        checkpoint = read_checkpoint(self.output / "checkpoint.pt")
        write_model(path, exported_state(checkpoint), checkpoint["recipe"], calibration, training, (self.scale or {}) | (known or {}))
