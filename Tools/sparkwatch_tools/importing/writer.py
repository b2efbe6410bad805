"""OME-TIFF with calibration, frame by frame, so that memory does not grow with the movie."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import tifffile

from .. import ToolsError
from ..files import new_file
from ..terminal import progress
from .calibration import Calibration
from .choice import Choice
from .series import Source


@dataclass
class Written:
    path: Path
    frames: int
    pixel_type: str
    remarks: list[str] = field(default_factory=list)


def write(source: Source, choice: Choice, calibration: Calibration, path: Path) -> Written:
    """Writes the chosen frames; pixels that Sparkwatch does not read become such as it does, without loss."""
    pixel_type, offset, remarks = _pixels(source, choice)
    constant: list[int] = []
    with new_file(path) as draft:
        shape = (choice.frames, choice.series.height, choice.series.width)
        with tifffile.TiffWriter(draft, bigtiff=True, ome=True) as tiff:
            frames = progress(_frames(choice, pixel_type, offset, constant), choice.frames, source.path.name, "frames")
            tiff.write(
                frames,
                shape=shape,
                dtype=pixel_type,
                photometric="minisblack",
                metadata=_metadata(source, choice, calibration, offset),
            )
    if constant:
        remarks.append(
            f"{len(constant)} frames have one value only, the first is frame {constant[0]}: "
            "a dark frame, or one that is missing from the file"
        )
    return Written(path, choice.frames, str(np.dtype(pixel_type)), remarks)


def _pixels(source: Source, choice: Choice) -> tuple[np.dtype, int, list[str]]:
    """Type to write and what to subtract before."""
    found = choice.series.pixel_type
    if found.kind == "u" and found.itemsize <= 4:
        return found, 0, []
    if found.kind == "f":
        return np.dtype(np.float32), 0, []
    if found.kind == "i" and found.itemsize == 2:
        # Counts around a dark level of 0. A second pass is slow, but a fixed offset would change the scale.
        smallest = min(
            int(choice.read(frame).min())
            for frame in progress(range(choice.frames), choice.frames, f"{source.path.name}, darkest pixel", "frames")
        )
        offset = min(smallest, 0)
        remarks = [f"pixels are signed: {-offset} counts were added to all, so that the darkest is 0"] if offset else []
        return np.dtype(np.uint16), offset, remarks
    raise ToolsError(f"{source.path}: pixels of type {found} are no counts of a camera; export 8 or 16 bit")


def _frames(choice: Choice, pixel_type: np.dtype, offset: int, constant: list[int]) -> Iterator[np.ndarray]:
    for number in range(choice.frames):
        try:
            image = choice.read(number)
        except ToolsError:
            raise
        except Exception as error:
            raise ToolsError(
                f"frame {number} cannot be read ({type(error).__name__}: {error}); is the file complete?"
            ) from error
        if image.shape != (choice.series.height, choice.series.width):
            raise ToolsError(
                f"frame {number} has {image.shape} pixels instead of {(choice.series.height, choice.series.width)}"
            )
        if image.size and (image == image.flat[0]).all():
            constant.append(number)
        yield np.ascontiguousarray(image - np.int32(offset) if offset else image, dtype=pixel_type)


def _metadata(source: Source, choice: Choice, calibration: Calibration, offset: int) -> dict[str, object]:
    series = choice.series
    # The first key is the name under which readers that show one value show them all.
    origin = {
        "imported_from": source.path.name,
        "format": source.format,
        "reader": source.reader,
        "series": series.name,
        "channel": series.channels[choice.channel],
        "plane": str(choice.plane + 1),
    }
    found: dict[str, object] = {"axes": "TYX", "Name": source.path.name, "Channel": {"Name": [series.channels[choice.channel]]}}
    for axis, size in (("X", calibration.pixel_width_um), ("Y", calibration.pixel_height_um)):
        origin[f"pixel_size_{axis.lower()}_origin"] = size.origin if size else "missing"
        if size:
            found |= {f"PhysicalSize{axis}": size.value, f"PhysicalSize{axis}Unit": "µm"}
    interval = calibration.frame_interval_ms
    origin["frame_interval_origin"] = interval.origin if interval else "missing"
    if interval:
        found |= {"TimeIncrement": interval.value / 1e3, "TimeIncrementUnit": "s"}
    if calibration.frame_times_ms is not None:
        seconds = [round(float(time) / 1e3, 9) for time in calibration.frame_times_ms]
        found["Plane"] = {"DeltaT": seconds, "DeltaTUnit": ["s"] * len(seconds)}
    if series.significant_bits and series.significant_bits <= 8 * series.pixel_type.itemsize:
        found["SignificantBits"] = series.significant_bits
    if series.acquired:
        found["AcquisitionDate"] = series.acquired.isoformat(timespec="seconds")
    if offset:
        origin["added_counts"] = str(-offset)
    return found | {"MapAnnotation": {"Namespace": "sparkwatch/import", **origin}}
