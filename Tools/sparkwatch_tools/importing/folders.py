"""Folders of Micro-Manager (single images with metadata.txt, MMStack, NDTiff) and MetaMorph's .nd files with their images."""

import json
import re
from pathlib import Path

import numpy as np
import tifffile

from .. import ToolsError
from .series import Series, Source, channel_names, opening, stated
from .tiff import open_tiff
from .tiff_calibration import elapsed_milliseconds, positive_integer


def open_micromanager(folder: Path) -> Source:
    """Any of the three ways in which Micro-Manager writes a folder."""
    if (folder / "NDTiff.index").exists():
        return open_tiff(_first(folder, "*NDTiffStack*.tif"))
    if any(folder.glob("*_MMStack*.ome.tif")):
        return _positions(folder)
    lists = sorted([*folder.glob("metadata.txt"), *folder.glob("*/metadata.txt")])
    if not lists:
        raise ToolsError(
            f"{folder} is no folder of Micro-Manager: neither NDTiff.index nor *_MMStack*.ome.tif nor metadata.txt"
        )
    with opening(folder, "folder of Micro-Manager"):
        return Source(folder, "Micro-Manager images", f"tifffile {tifffile.__version__}", [_images(path) for path in lists])


def _first(folder, pattern):
    found = sorted(folder.glob(pattern), key=lambda path: (len(path.name), path.name))
    if not found:
        raise ToolsError(f"{folder} holds no {pattern}")
    return found[0]


def _positions(folder):
    """Every position of the stage once; tifffile follows a file to those that go on with it."""
    series, done = [], set()
    with opening(folder, "folder of Micro-Manager") as resources:
        for path in sorted(folder.glob("*_MMStack*.ome.tif"), key=lambda path: (len(path.name), path.name)):
            key = re.sub(r"_\d+(?=\.ome\.tif$)", "", path.name)
            if key in done:
                continue
            done.add(key)
            source = resources.enter_context(open_tiff(path))
            if len(source.series) > 1:
                # One file knows all positions.
                series = source.series
                break
            source.series[0].name = key.removesuffix(".ome.tif")
            series += source.series
        return Source(folder, "Micro-Manager MMStack", f"tifffile {tifffile.__version__}", series, resources.pop_all())


def _images(path: Path) -> Series:
    """`metadata.txt` of Micro-Manager 1.4 (`FrameKey-t-c-z`) or 2 (`Metadata-NAME/FILE`) and the images it names."""
    try:
        listed = json.loads(path.read_text(encoding="utf-8", errors="replace"))
    except json.JSONDecodeError as error:
        raise ToolsError(
            f"{path} is no JSON ({error}); the acquisition may have been interrupted: close its last brace"
        ) from error
    summary = listed.get("Summary", {})
    files, metadata = {}, {}
    for key, value in listed.items():
        if not key.startswith(("FrameKey-", "Metadata-")) or not isinstance(value, dict):
            continue
        index = _index(key, value)
        files[index] = path.parent / Path(value.get("FileName") or key.partition("/")[2]).name
        metadata[index] = value
    if not files:
        raise ToolsError(f"{path} names no images")
    frames, channels, planes = (max(values) + 1 for values in zip(*files))
    missing = frames * channels * planes - len(files)
    if missing:
        raise ToolsError(
            f"{path}: {missing} of {frames * channels * planes} images are missing; was the acquisition interrupted?"
        )
    first = tifffile.imread(files[0, 0, 0])
    one = metadata[0, 0, 0]
    size = summary.get("PixelSize_um") or one.get("PixelSizeUm") or one.get("PixelSize_um")

    def times(channel, plane):
        found = [elapsed_milliseconds(metadata[frame, channel, plane]) for frame in range(frames)]
        return None if None in found else np.array(found)

    return Series(
        name=path.parent.name,
        frames=frames,
        channels=channel_names(summary.get("ChNames") or [], channels),
        planes=planes,
        height=first.shape[0],
        width=first.shape[1],
        pixel_type=first.dtype,
        read=lambda frame, channel, plane: tifffile.imread(files[frame, channel, plane]),
        times_ms=times,
        pixel_width_um=stated(size, "Micro-Manager pixel size"),
        pixel_height_um=stated(size, "Micro-Manager pixel size"),
        frame_interval_ms=stated(summary.get("Interval_ms"), "Micro-Manager interval, as planned"),
        significant_bits=positive_integer(one.get("BitDepth") or summary.get("BitDepth"), 0) or None,
    )


def _index(key, value):
    """(frame, channel, plane)"""
    numbers = re.fullmatch(r"FrameKey-(\d+)-(\d+)-(\d+)", key)
    if numbers:
        return tuple(int(number) for number in numbers.groups())
    name = re.search(r"channel(\d+)_position\d+_time(\d+)_z(\d+)", key)
    if name:
        return int(name[2]), int(name[1]), int(name[3])
    return tuple(positive_integer(value.get(name), 0) for name in ("Frame", "ChannelIndex", "SliceIndex"))


def open_metamorph(path: Path) -> Source:
    """A `.nd` file: which waves, positions and time points there are; the images lie beside it."""
    text = path.read_text(encoding="latin-1")
    settings = dict(re.findall(r'^"(\w+)",\s*"?([^"\r\n]*)"?', text, re.MULTILINE))
    if "NDInfoFile" not in settings:
        raise ToolsError(f"{path} is no MetaMorph .nd file: its first line does not say NDInfoFile")
    on = {
        name: settings.get(name, "FALSE").strip().upper() == "TRUE"
        for name in ("DoTimelapse", "DoStage", "DoWave", "DoZSeries")
    }
    frames = positive_integer(settings.get("NTimePoints"), 1) if on["DoTimelapse"] else 1
    waves = positive_integer(settings.get("NWavelengths"), 1) if on["DoWave"] else 1
    stages = positive_integer(settings.get("NStagePositions"), 1) if on["DoStage"] else 1
    names = [settings.get(f"WaveName{number}", "").strip() for number in range(1, waves + 1)]
    series = []
    with opening(path, "MetaMorph .nd file"):
        for stage in range(1, stages + 1):
            name = settings.get(f"Stage{stage}", "").strip() or f"position {stage}"
            place = f"_s{stage}" if on["DoStage"] else ""
            parts = [f"_w{number}{names[number - 1]}{place}" if on["DoWave"] else place for number in range(1, waves + 1)]
            series.append(
                _metamorph_series(path, name if on["DoStage"] else path.stem, parts, names, frames, on["DoTimelapse"])
            )
    return Source(path, "MetaMorph .nd", f"tifffile {tifffile.__version__}", series)


def _metamorph_series(path, name, parts, names, frames, numbered):
    """Images `NAME_w1Fluo4_s1_t1.tif` or .stk, one a time point, each an image or a stack of planes."""

    def file(frame, channel):
        stem = f"{path.stem}{parts[channel]}" + (f"_t{frame + 1}" if numbered else "")
        for ending in (".tif", ".TIF", ".stk", ".STK"):
            if (path.parent / (stem + ending)).exists():
                return path.parent / (stem + ending)
        raise ToolsError(f"{path}: the image {stem}.tif (or .stk) is missing")

    for channel in range(len(parts)):
        for frame in range(frames):
            file(frame, channel)
    with open_tiff(file(0, 0)) as source:
        first = source.series[0]
        planes = first.planes * first.frames

    def read(frame, channel, plane):
        with tifffile.TiffFile(file(frame, channel)) as opened:
            return opened.asarray().reshape(-1, first.height, first.width)[plane]

    def times(channel, plane):
        """Of the files' creation as MetaMorph wrote it into them, where it did."""
        found = []
        for frame in range(frames):
            with tifffile.TiffFile(file(frame, channel)) as opened:
                created = (opened.stk_metadata or {}).get("DatetimeCreated") if opened.is_stk else None
                if created is None:
                    return None
                found.append(created[0])
        return (np.array(found) - found[0]) / np.timedelta64(1, "us") / 1e3

    return Series(
        name=name,
        frames=frames,
        channels=channel_names(names, len(parts)),
        planes=planes,
        height=first.height,
        width=first.width,
        pixel_type=first.pixel_type,
        read=read,
        times_ms=times,
        pixel_width_um=first.pixel_width_um,
        pixel_height_um=first.pixel_height_um,
        significant_bits=first.significant_bits,
    )
