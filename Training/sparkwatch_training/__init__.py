"""Training, evaluation and export of the 3D U-Net that Sparkwatch runs.

Arrays are (t, y, x), probability maps (class, t, y, x).
"""

BACKGROUND, SPARK, WAVE, PUFF, UNDEFINED = range(5)
"""Labels; `UNDEFINED` occurs in annotations only and is left out of every loss and score."""

CLASS_NAMES = ("background", "spark", "wave", "puff")
EVENT_CLASSES = (SPARK, WAVE, PUFF)

WINDOW_FRAMES = 256
STRIDE_FRAMES = 32
IGNORED_END_FRAMES = 6
"""Frames at both ends of a window whose output is not trained."""


class TrainingError(Exception):
    """Something outside the program is not as it has to be; the message says what to do."""
