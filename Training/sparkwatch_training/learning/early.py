"""The layer that announces waves early: what belongs to one model does not fit another."""

from pathlib import Path

from .. import TrainingError
from ..model import read_model
from .judge import run_program

SECONDS = 120.0
"""How long a fit takes, roughly."""

RECORDINGS = 24
"""Simulated ones for the fit."""


def has_layer(model):
    """Whether a model announces waves by a layer, in its file or beside it."""
    path = Path(model)
    return path.with_name(f"{path.stem}-early{path.suffix}").exists() or "early_classes" in read_model(path)[1]


def fit(program, model):
    """Fits one to a model, in a file beside it.

    Gives what went wrong, or None.
    """
    try:
        run_program(program, "model", "early", model, "--simulated", RECORDINGS)
    except TrainingError as error:
        return f"without a layer that announces waves early ({error}); `sparkwatch model early` fits one"
    return None
