"""Pixel size, frame interval, times and channels in the many places where TIFF files keep them."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
import ome_types
import tifffile
from tifffile.tifffile import read_ndtiff_index

from .series import Stated, stated
from .units import micrometres, milliseconds


def _no_times(sizes, fixed, time, axes):
    return None


@dataclass
class Calibration:
    pixel_height_um: Stated | None = None
    pixel_width_um: Stated | None = None
    frame_interval_ms: Stated | None = None
    significant_bits: int | None = None
    channels: list[object] = field(default_factory=list)
    acquired: datetime | None = None
    times: Callable[..., np.ndarray | None] = _no_times
    remarks: list[str] = field(default_factory=list)


def read(file: tifffile.TiffFile, series: tifffile.TiffPageSeries, number: int) -> Calibration:
    """Asks the most particular dialect first."""
    if file.is_ndtiff or file.is_mmstack or file.is_micromanager:
        return _micromanager(file, series)
    if file.pages.first.is_scanimage:
        return _scanimage(file)
    if file.is_stk:
        return _metamorph(file)
    if file.is_ome:
        return _ome(file, number)
    if file.is_imagej:
        return _imagej(file, series)
    return _plain(series)


def _ome(file, number):
    found = Calibration()
    try:
        image = ome_types.from_xml(file.ome_metadata, validate=False).images[number]
    except (ValueError, IndexError, TypeError):
        found.remarks.append("the OME-XML cannot be understood; its calibration is not taken")
        return found
    pixels = image.pixels
    for name, size, unit in (
        ("pixel_width_um", pixels.physical_size_x, pixels.physical_size_x_unit),
        ("pixel_height_um", pixels.physical_size_y, pixels.physical_size_y_unit),
    ):
        factor = micrometres(unit.value)
        if size and factor:
            setattr(found, name, stated(size, "OME-XML", factor))
    unit = milliseconds(pixels.time_increment_unit.value)
    found.frame_interval_ms = stated(pixels.time_increment, "OME-XML", unit or np.nan)
    found.significant_bits = pixels.significant_bits
    found.channels = [channel.name for channel in pixels.channels]
    found.acquired = image.acquisition_date
    times = {
        (plane.the_t, plane.the_c, plane.the_z): plane.delta_t * (milliseconds(plane.delta_t_unit.value) or np.nan)
        for plane in pixels.planes
        if plane.delta_t is not None
    }

    def listed(sizes, fixed, time, axes):
        keys = [(frame, fixed["C"], fixed["Z"]) for frame in range(sizes.get(time, 1))]
        return np.array([times[key] for key in keys]) if all(key in times for key in keys) else None

    found.times = listed
    return found


def _imagej(file, series):
    metadata = file.imagej_metadata or {}
    found = _plain(series, metadata.get("unit"))
    unit = milliseconds(metadata.get("tunit") or "sec")
    found.frame_interval_ms = stated(metadata.get("finterval"), "ImageJ finterval", unit or np.nan)
    labels = metadata.get("Labels") or []
    found.channels = list(labels[:1]) if len(labels) == 1 else []
    return found


def _plain(series, unit=None):
    """Resolution as ImageJ writes it (pixels per `unit`) or as TIFF defines it (pixels per inch or centimetre).

    72, 96 and 300 pixels per inch are the defaults of programs that know of no microscope.
    """
    found = Calibration()
    page = series.keyframe
    for name, tag in (("pixel_width_um", "XResolution"), ("pixel_height_um", "YResolution")):
        value = page.tags.get(tag)
        if value is None or not value.value[0] or not value.value[1]:
            continue
        per_unit = value.value[0] / value.value[1]
        kind = page.tags.get("ResolutionUnit")
        factor = micrometres(unit) if unit else {2: 25400.0, 3: 10000.0}.get(int(kind.value) if kind else 2)
        if factor and not (unit is None and round(per_unit) in (1, 72, 96, 300)):
            setattr(found, name, stated(1 / per_unit, "resolution of the TIFF file", factor))
    return found


def _scanimage(file):
    found = Calibration()
    data = scanimage_settings(file)
    averaged = positive_integer(data.get("SI.hScan2D.logAverageFactor"), 1) or 1
    found.frame_interval_ms = stated(
        data.get("SI.hRoiManager.scanFramePeriod"), "ScanImage scanFramePeriod", 1e3 * averaged
    )
    flyback = data.get("SI.hFastZ.numFramesPerVolume")
    if data.get("SI.hStackManager.enable") and positive_integer(flyback, 1) > 1:
        found.frame_interval_ms = stated(1 / data.get("SI.hRoiManager.scanVolumeRate", np.nan), "ScanImage scanVolumeRate", 1e3)
    corners = data.get("SI.hRoiManager.imagingFovUm")
    pixels = data.get("SI.hRoiManager.pixelsPerLine"), data.get("SI.hRoiManager.linesPerFrame")
    if corners and all(pixels):
        extent = np.ptp(np.asarray(corners, float), axis=0)
        found.pixel_width_um = stated(extent[0] / pixels[0], "ScanImage imagingFovUm")
        found.pixel_height_um = stated(extent[1] / pixels[1], "ScanImage imagingFovUm")
    saved, names = data.get("SI.hChannels.channelSave"), data.get("SI.hChannels.channelName")
    flat = np.atleast_1d(np.asarray(saved if saved is not None else [], int)).ravel()
    if isinstance(names, (list, tuple)):
        found.channels = [names[index - 1] if index <= len(names) else None for index in flat]
    found.times = _page_times(file, _scanimage_seconds)
    return found


def scanimage_settings(file: tifffile.TiffFile) -> dict:
    """Of the whole acquisition: in the header of BigTIFF, in the software tag of others."""
    metadata = file.scanimage_metadata or {}
    return metadata.get("FrameData") or tifffile.matlabstr2py(file.pages.first.software or "") or {}


def positive_integer(value, default):
    try:
        return max(int(value), 0)
    except (TypeError, ValueError):
        return default


def _scanimage_seconds(page):
    for line in (page.description or "").splitlines():
        name, _, value = line.partition("=")
        if name.strip() == "frameTimestamps_sec":
            return float(value) * 1e3
    return None


def _page_times(file, milliseconds_of):
    """Times from what every page says, where pages lie in the order of the series."""

    def times(sizes, fixed, time, axes):
        outer = [axis for axis in axes if axis not in "YXS"]
        shape = [sizes[axis] for axis in outer]
        found = []
        for frame in range(sizes.get(time, 1)):
            index = [frame if axis == time else fixed.get(axis, 0) for axis in outer]
            page = file.series[0].pages[int(np.ravel_multi_index(index, shape)) if index else 0]
            value = None if page is None else milliseconds_of(page.aspage())
            if value is None:
                return None
            found.append(value)
        return np.array(found)

    return times


def _metamorph(file):
    found = Calibration()
    metadata = file.stk_metadata or {}
    factor = micrometres(metadata.get("CalibrationUnits"))
    if factor:
        found.pixel_width_um = stated(metadata.get("XCalibration"), "MetaMorph calibration", factor)
        found.pixel_height_um = stated(metadata.get("YCalibration"), "MetaMorph calibration", factor)
    created = metadata.get("DatetimeCreated")
    if created is not None and len(np.unique(created)) == len(created):
        moments = (created - created[0]) / np.timedelta64(1, "us") / 1e3
        found.times = lambda sizes, fixed, time, axes: moments if len(moments) == sizes.get(time, 1) else None
    return found


def _micromanager(file, series):
    found = Calibration()
    summary = _micromanager_summary(file)
    size = summary.get("PixelSize_um")
    found.pixel_width_um = found.pixel_height_um = stated(size, "Micro-Manager PixelSize_um")
    if found.pixel_width_um is None:
        first = _micromanager_tag(series.keyframe) or {}
        found.pixel_width_um = found.pixel_height_um = stated(first.get("PixelSizeUm"), "Micro-Manager PixelSizeUm")
        found.significant_bits = positive_integer(first.get("BitDepth"), 0) or None
    found.frame_interval_ms = stated(
        summary.get("Interval_ms") or summary.get("WaitInterval"), "Micro-Manager interval, as planned"
    )
    found.channels = list(summary.get("ChNames") or [])
    found.significant_bits = found.significant_bits or positive_integer(summary.get("BitDepth"), 0) or None
    if file.is_ndtiff:
        found.times = _index_times(file)
    else:
        found.times = _page_times(file, lambda page: elapsed_milliseconds(_micromanager_tag(page)))
    return found


def _index_times(file):
    """Times from the metadata that NDTiff keeps beside the pages, found through its index."""

    def times(sizes, fixed, time, axes):
        folder = Path(file.filehandle.dirname)
        entries = list(read_ndtiff_index(str(folder / "NDTiff.index")))
        names = {axis: list(dict.fromkeys(entry[0].get(axis, 0) for entry in entries)) for axis in ("channel", "z")}
        found = {}
        for entry in entries:
            place, name, offset, size = entry[0], entry[1], entry[7], entry[8]
            if all(
                names[axis].index(place.get(axis, 0)) == fixed.get(letter, 0) for axis, letter in (("channel", "C"), ("z", "Z"))
            ):
                with open(folder / name, "rb") as data:
                    data.seek(offset)
                    found[place.get("time", 0)] = elapsed_milliseconds(json.loads(data.read(size)))
        listed = [found.get(frame) for frame in range(sizes.get(time, 1))]
        return None if None in listed else np.array(listed)

    return times


def _micromanager_summary(file: tifffile.TiffFile) -> dict:
    """What Micro-Manager says of the acquisition as a whole."""
    summary = (file.micromanager_metadata or {}).get("Summary") or {}
    if not summary:
        tag = file.pages.first.tags.get("MicroManagerMetadata")
        summary = (tag.value or {}).get("Summary", {}) if tag is not None and isinstance(tag.value, dict) else {}
    return json.loads(summary) if isinstance(summary, str) else summary


def _micromanager_tag(page):
    tag = page.tags.get("MicroManagerMetadata")
    return tag.value if tag is not None and isinstance(tag.value, dict) else None


def elapsed_milliseconds(metadata: dict | None) -> float | None:
    """Time of a frame in Micro-Manager's metadata; the name has changed over the years."""
    for name in ("ElapsedTime-ms", "TimeReceivedByCore-ms", "Time_ms"):
        try:
            return float((metadata or {})[name])
        except (KeyError, TypeError, ValueError):
            continue
    return None
