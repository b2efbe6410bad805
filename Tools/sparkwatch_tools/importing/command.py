"""`sparkwatch-import`: movies of microscopes' own formats to OME-TIFF."""

import argparse
import re
import sys
from pathlib import Path

from .. import ToolsError, __version__
from ..terminal import run
from .calibration import Calibration, settle
from .choice import choose, chosen_series
from .formats import FORMATS, open_source
from .series import Series, Source, Stated, positive
from .writer import Written, write


def parser() -> argparse.ArgumentParser:
    found = argparse.ArgumentParser(
        prog="sparkwatch-import",
        description="Turns movies of microscopes' own formats into OME-TIFF with calibration, for "
        "sparkwatch analyze, measure and sparksim play. Nothing is guessed: of several series, channels or planes one has to be "
        "chosen, and a calibration that is not stated is not written.",
        epilog=f"Formats: {FORMATS}.",
    )
    add = found.add_argument
    add("movies", nargs="+", type=Path, metavar="MOVIE", help="file, Micro-Manager folder or OME-Zarr")
    add("-o", "--output", type=Path, help="file NAME.ome.tif or a folder; default: beside the movie. Nothing is ever replaced.")
    add("--list", action="store_true", help="print what there is and write nothing")
    add("--series", metavar="NAME|NUMBER", help="recording to take where there are several, by name or number from 1, or all")
    add("--channel", metavar="NAME|NUMBER", help="channel to take where there are several, by name or number from 1")
    add("--plane", type=int, metavar="NUMBER", help="plane of a stack to take where there are several, from 1")
    add("--planes-are-time", action="store_true", help="the planes of the file are points in time")
    add("--pixel-size-um", type=_quantity("µm"), metavar="UM", help="pixel size in µm, instead of what the file says")
    add(
        "--frame-interval-ms",
        type=_quantity("ms"),
        metavar="MS",
        help="time from frame to frame in ms, instead of what the file says",
    )
    add("--version", action="version", version=__version__)
    return found


def _quantity(unit: str):
    def parse(text: str) -> float:
        value = positive(text)
        if value is None:
            raise argparse.ArgumentTypeError(f"{text} is no number of {unit} above 0")
        return value

    return parse


def describe(series: Series, number: int) -> str:
    """Lines of `--list` for a series."""
    channels = ", ".join(f"{index} {name}" for index, name in enumerate(series.channels, start=1))
    parts = [
        f"  {number} {series.name}: {series.frames} frames of {series.height} x {series.width}, {series.pixel_type}",
        f"channels: {channels}",
        f"planes: {series.planes}",
        f"pixel size: {_said(series.pixel_width_um, 'µm')}",
        f"frame interval: {_said(series.frame_interval_ms, 'ms')}",
    ]
    return "\n      ".join(parts)


def _said(value: Stated | None, unit: str) -> str:
    return f"{value.value:.6g} {unit} ({value.origin})" if value else "not stated"


def target(source: Source, series: Series, output: Path | None, several: bool) -> Path:
    """Where a series goes."""
    stem = re.sub(r"\.(ome|zarr)$", "", source.path.name if source.path.is_dir() else source.path.stem, flags=re.IGNORECASE)
    if several:
        stem += "_" + re.sub(r"[^\w.-]+", "_", series.name).strip("_")
    if output is None:
        return source.path.parent / f"{stem}.ome.tif"
    if output.name.lower().endswith((".tif", ".tiff")):
        if several:
            raise ToolsError(f"several series do not go into one file; name a folder instead of {output}")
        return output
    return output / f"{stem}.ome.tif"


def import_movie(path: Path, options: argparse.Namespace) -> None:
    with open_source(path) as source:
        if options.list:
            print(f"{path}: {source.format}, read by {source.reader}")
            for number, series in enumerate(source.series, start=1):
                print(describe(series, number))
            return
        wanted = chosen_series(source, options.series)
        for series in wanted:
            choice = choose(source, series, options.channel, options.plane, options.planes_are_time)
            if choice.frames < 2:
                raise ToolsError(f"{path}: {series.name} is a single image, no movie")
            calibration = settle(choice, options.pixel_size_um, options.frame_interval_ms)
            destination = target(source, series, options.output, several=len(wanted) > 1)
            report(source, series, choice.channel, calibration, write(source, choice, calibration, destination))


def report(source: Source, series: Series, channel: int, calibration: Calibration, written: Written) -> None:
    print(f"{source.path} -> {written.path}")
    print(
        f"  {source.format}, {series.name}, {series.channels[channel]}: {written.frames} frames of "
        f"{series.height} x {series.width}, {written.pixel_type}"
    )
    print(
        f"  pixel size {_said(calibration.pixel_width_um, 'µm')}, frame interval {_said(calibration.frame_interval_ms, 'ms')}"
    )
    for remark in [*calibration.remarks, *written.remarks]:
        print(f"{source.path}: {remark}", file=sys.stderr)


def import_all(arguments: list[str] | None = None) -> int:
    """Imports one after another; one that cannot be imported is reported, and the rest go on."""
    options = parser().parse_args(arguments)
    if len(options.movies) > 1 and options.output and options.output.name.lower().endswith((".tif", ".tiff")):
        raise ToolsError(f"several movies do not go into one file; name a folder instead of {options.output}")
    failed = 0
    for path in options.movies:
        try:
            import_movie(path, options)
        except ToolsError as error:
            failed += 1
            print(f"error: {error}", file=sys.stderr)
    return 1 if failed else 0


def main() -> None:
    run(import_all)
