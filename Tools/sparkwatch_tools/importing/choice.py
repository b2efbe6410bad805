"""One series, channel and plane. Where there are several, nothing is guessed: they are named and asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from .. import ToolsError
from .series import Series, Source


@dataclass(frozen=True)
class Choice:
    series: Series
    channel: int
    plane: int
    planes_are_time: bool

    @property
    def frames(self) -> int:
        return self.series.planes if self.planes_are_time else self.series.frames

    def read(self, frame: int):
        return (
            self.series.read(0, self.channel, frame)
            if self.planes_are_time
            else self.series.read(frame, self.channel, self.plane)
        )


def chosen_series(source: Source, wanted: str | None) -> Sequence[Series]:
    """The series of that name or number from 1; all for `all`."""
    if wanted == "all":
        return source.series
    return [source.series[_index(source, "series", [series.name for series in source.series], wanted, "--series")]]


def choose(source: Source, series: Series, channel: str | None, plane: int | None, planes_are_time: bool) -> Choice:
    number = _index(source, "channels", series.channels, channel, "--channel")
    if planes_are_time:
        if series.frames > 1:
            raise ToolsError(
                f"{source.path}: {series.name} has {series.frames} frames of {series.planes} planes; "
                "--planes-are-time is for files that have planes only"
            )
        return Choice(series, number, 0, True)
    if series.planes == 1:
        if plane not in (None, 1):
            raise ToolsError(f"{source.path}: {series.name} has one plane; plane {plane} was asked for")
        return Choice(series, number, 0, False)
    if plane is None:
        time = "; or --planes-are-time, if they are points in time" if series.frames == 1 else ""
        raise ToolsError(
            f"{source.path}: {series.name} has {series.planes} planes; choose one with --plane, 1 to {series.planes}{time}"
        )
    if not 1 <= plane <= series.planes:
        raise ToolsError(f"{source.path}: {series.name} has planes 1 to {series.planes}; {plane} is none of them")
    return Choice(series, number, plane - 1, False)


def _index(source: Source, what: str, names: Sequence[str], wanted: str | None, option: str) -> int:
    """By name, whatever its capitals, or by number from 1; a name wins."""
    listed = ", ".join(f"{number} {name}" for number, name in enumerate(names, start=1))
    if wanted is None:
        if len(names) == 1:
            return 0
        raise ToolsError(f"{source.path} has {len(names)} {what}; choose one with {option}: {listed}")
    for same in (lambda name: name == wanted, lambda name: name.lower() == wanted.lower()):
        found = [index for index, name in enumerate(names) if same(name)]
        if len(found) == 1:
            return found[0]
    if wanted.isdigit() and 1 <= int(wanted) <= len(names):
        return int(wanted) - 1
    raise ToolsError(f"{source.path}: {option} {wanted} is none of its {what}: {listed}")
