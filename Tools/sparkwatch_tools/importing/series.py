"""What a reader finds in a file: series of frames with channels, planes and calibration."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np

from .. import ToolsError


@dataclass(frozen=True)
class Stated:
    """A value that somebody stated, and who did."""

    value: float
    origin: str


@dataclass
class Series:
    """One recording: `frames` x `channels` x `planes` images of `height` x `width` pixels."""

    name: str
    frames: int
    channels: Sequence[str]
    planes: int
    height: int
    width: int
    pixel_type: np.dtype
    read: Callable[[int, int, int], np.ndarray]
    """Image (rows, columns) of a frame, a channel and a plane, all from 0."""
    pixel_height_um: Stated | None = None
    pixel_width_um: Stated | None = None
    frame_interval_ms: Stated | None = None
    """What the file says about the interval as such; times of frames are asked for first."""
    times_ms: Callable[[int, int], np.ndarray | None] = lambda channel, plane: None
    """Times of all frames of a channel and a plane, or None where the file has none."""
    significant_bits: int | None = None
    acquired: datetime | None = None
    remarks: list[str] = field(default_factory=list)


@dataclass
class Source:
    """An open file or folder."""

    path: Path
    format: str
    reader: str
    """Package that reads it, and its version."""
    series: Sequence[Series]
    resources: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> "Source":
        return self

    def __exit__(self, *details: object) -> None:
        self.resources.close()


@contextmanager
def opening(path: Path, what: str) -> Iterator[ExitStack]:
    """What is opened within is closed if the file cannot be read; else `pop_all` hands it on.

    A damaged file makes a reader fail in any way, so every error of theirs is said as one of the file.
    """
    with ExitStack() as resources:
        try:
            yield resources
        except ToolsError:
            raise
        except Exception as error:
            raise ToolsError(f"{path}: no {what} that can be read ({type(error).__name__}: {error})") from error


def positive(value: object) -> float | None:
    """A number above zero, or None for what is none: files state 0, -1 or NaN where they do not know."""
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) and number > 0 else None


def stated(value: object, origin: str, scale: float = 1) -> Stated | None:
    number = positive(value)
    return None if number is None else Stated(number * scale, origin)


def channel_names(names: Sequence[object], count: int) -> list[str]:
    """`count` different names; a channel without one is called by its number."""
    found: list[str] = []
    for number in range(count):
        name = str(names[number]).strip() if number < len(names) and names[number] else f"channel {number + 1}"
        found.append(name if name not in found else f"{name} ({number + 1})")
    return found
