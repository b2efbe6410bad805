"""Nikon NIS-Elements (.nd2), read by nd2."""

import warnings
from pathlib import Path

import nd2
import numpy as np

from .. import ToolsError
from .series import Series, Source, channel_names, opening, stated


def open_nd2(path: Path) -> Source:
    with opening(path, "ND2 file") as resources:
        file = resources.enter_context(nd2.ND2File(path))
        sizes = dict(file.sizes)
        other = {axis: size for axis, size in sizes.items() if axis not in "TPZCYXS" and size > 1}
        if other:
            raise ToolsError(f"{path} has loops that are no time, position, plane or channel: {other}; export one of them")
        names = ["red", "green", "blue"] if file.is_rgb else [channel.channel.name for channel in file.metadata.channels or []]
        channels = channel_names(names, sizes.get("S" if file.is_rgb else "C", 1))
        sequence = {
            (indices.get("P", 0), indices.get("T", 0), indices.get("Z", 0)): number
            for number, indices in enumerate(file.loop_indices)
        }
        found = [_series(file, sizes, channels, sequence, position) for position in range(sizes.get("P", 1))]
        return Source(path, "Nikon ND2", f"nd2 {nd2.__version__}", found, resources.pop_all())


def _series(file, sizes, channels, sequence, position):
    series = Series(
        name=f"position {position + 1}",
        frames=sizes.get("T", 1),
        channels=channels,
        planes=sizes.get("Z", 1),
        height=sizes["Y"],
        width=sizes["X"],
        pixel_type=np.dtype(file.dtype),
        read=_reader(file, sequence, position, len(channels)),
        times_ms=_times(file, sequence, position, sizes.get("T", 1)),
        significant_bits=file.attributes.bitsPerComponentSignificant,
    )
    _calibrate(file, series)
    return series


def _reader(file, sequence, position, channels):
    def read(frame, channel, plane):
        image = file.read_frame(sequence[position, frame, plane])
        if channels == 1:
            return np.asarray(image)
        return np.asarray(image[..., channel] if file.is_rgb else image[channel])

    return read


def _times(file, sequence, position, frames):
    def times(channel, plane):
        found = np.full(frames, np.nan)
        with warnings.catch_warnings():
            # A file without times says so by a warning and by what is missing here.
            warnings.simplefilter("ignore")
            for frame in range(frames):
                try:
                    metadata = file.frame_metadata(sequence[position, frame, plane])
                    found[frame] = metadata.channels[0].time.relativeTimeMs
                except (AttributeError, IndexError, KeyError):
                    return None
        return found

    return times


def _calibrate(file, series):
    for channel in (file.metadata.channels or [])[:1]:
        size, known = channel.volume.axesCalibration, channel.volume.axesCalibrated
        if known[0]:
            series.pixel_width_um = stated(size[0], "ND2 calibration")
            series.pixel_height_um = stated(size[1], "ND2 calibration")
    for loop in file.experiment:
        if loop.type == "TimeLoop":
            mean = stated(loop.parameters.periodDiff.avg, "ND2 time loop, mean of the acquisition")
            series.frame_interval_ms = mean or stated(loop.parameters.periodMs, "ND2 time loop, as planned")
        elif loop.type == "NETimeLoop":
            series.remarks.append("the frames were taken at several intervals one after another")
