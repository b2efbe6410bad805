"""Pixel size and frame interval of what was chosen: stated by the user, measured from times, stated by the file, or missing."""

from dataclasses import dataclass, field

import numpy as np

from .choice import Choice
from .series import Stated

LARGEST_DEVIATION = 0.01
"""Share by which an interval may differ from another one before that is said."""
LONGEST_TIMES = 200_000
"""Frames up to which the time of every frame is written, as recordings of `sparkwatch live` do."""


@dataclass
class Calibration:
    pixel_width_um: Stated | None
    pixel_height_um: Stated | None
    frame_interval_ms: Stated | None
    frame_times_ms: np.ndarray | None = None
    """Since the first frame; only where they agree with the interval."""
    remarks: list[str] = field(default_factory=list)


def settle(choice: Choice, pixel_size_um: float | None, frame_interval_ms: float | None) -> Calibration:
    series = choice.series
    found = Calibration(series.pixel_width_um, series.pixel_height_um, series.frame_interval_ms, remarks=list(series.remarks))
    times = None if choice.planes_are_time else series.times_ms(choice.channel, choice.plane)
    if choice.planes_are_time:
        found.frame_interval_ms = None
        found.remarks.append("planes are taken as points in time; the file says nothing of their interval")
    _measure(found, times, choice.frames)
    if pixel_size_um is not None:
        _differs(found, "pixel size", "µm", found.pixel_width_um, pixel_size_um)
        found.pixel_width_um = found.pixel_height_um = Stated(pixel_size_um, "option --pixel-size-um")
    if frame_interval_ms is not None:
        _differs(found, "frame interval", "ms", found.frame_interval_ms, frame_interval_ms)
        found.frame_interval_ms = Stated(frame_interval_ms, "option --frame-interval-ms")
        found.frame_times_ms = None
    width, height = found.pixel_width_um, found.pixel_height_um
    if width and height and abs(width.value / height.value - 1) > LARGEST_DEVIATION:
        found.remarks.append(f"pixels are not square: {width.value:.6g} x {height.value:.6g} µm")
    if width is None or height is None:
        found.remarks.append(
            "the pixel size is not stated; nothing is written, and analyses will assume one. " "Give it with --pixel-size-um"
        )
    if found.frame_interval_ms is None:
        found.remarks.append(
            "the frame interval is not stated; nothing is written, and analyses will assume one. "
            "Give it with --frame-interval-ms"
        )
    return found


def _differs(found: Calibration, what: str, unit: str, before: Stated | None, given: float) -> None:
    if before and abs(given / before.value - 1) > LARGEST_DEVIATION:
        found.remarks.append(
            f"the {what} given, {given:g} {unit}, is not that of the file, {before.value:.6g} {unit} ({before.origin})"
        )


def _measure(found: Calibration, times: np.ndarray | None, frames: int) -> None:
    """Takes the interval from the frames' times, where there are any that rise."""
    if times is None or frames < 3 or len(times) != frames or not np.isfinite(times).all():
        return
    steps = np.diff(times)
    median = float(np.median(steps))
    if median <= 0 or (steps < 0).any():
        found.remarks.append("the times of the frames do not rise; they are not used")
        return
    # Coarse clocks spoil the median, lost frames the mean.
    regular = steps[steps < 1.5 * median]
    interval = float(regular.mean())
    late = len(steps) - len(regular)
    if late:
        found.remarks.append(
            f"{late} of {len(steps)} steps from frame to frame are longer than 1.5 intervals: frames may be missing"
        )
    before = found.frame_interval_ms
    if before and abs(interval / before.value - 1) > LARGEST_DEVIATION:
        found.remarks.append(
            f"the times of the frames say {interval:.5g} ms, the file {before.value:.5g} ms ({before.origin}); the times are taken"
        )
    found.frame_interval_ms = Stated(interval, f"times of {frames} frames")
    if frames <= LONGEST_TIMES and abs(median / interval - 1) < LARGEST_DEVIATION / 2:
        found.frame_times_ms = times - times[0]
