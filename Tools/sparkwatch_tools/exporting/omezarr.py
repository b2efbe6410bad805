"""The movie as OME-Zarr with its events as labels: `labels/instances` and `labels/classes`."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import tifffile
import zarr

from .. import ToolsError, __version__
from ..files import new_folder
from ..importing.tiff import open_tiff
from ..palette import CLASS_COLOURS
from ..results import Analysis, number
from ..terminal import progress

CLASS_NUMBERS = {1: "spark", 2: "wave", 3: "puff"}
CHUNK_BYTES = 4 << 20
"""Size of a chunk of the movie before it is packed."""
FORMATS = {"0.4": 2, "0.5": 3}


def export_zarr(analysis: Analysis, path: Path, version: str, movie: Path | None = None) -> int:
    """Writes the folder `path` chunk by chunk; returns the number of frames."""
    frames, height, width = analysis.shape
    step = int(np.clip(CHUNK_BYTES // (height * width * 2), 1, frames))
    with new_folder(path) as draft, _open_movie(analysis, movie) as source:
        series = source.series[0]
        root = zarr.open_group(draft, mode="w", zarr_format=FORMATS[version])
        images = (series.read(frame, 0, 0) for frame in range(frames))
        _write(root, images, series.pixel_type, analysis.shape, step, analysis.name)
        _describe(root, {"multiscales": _multiscales(analysis, analysis.name, version)}, version)
        labels = root.create_group("labels")
        _describe(labels, {"labels": ["instances", "classes"]}, version)
        for name, kind, details in (("instances", "instances", _instances(analysis)), ("classes", "class", _classes())):
            group = labels.create_group(name)
            with tifffile.TiffFile(analysis.masks(kind)) as file:
                pixel_type = file.pages.first.dtype
            _write(group, analysis.frames(kind), pixel_type, analysis.shape, step, name)
            label = {"source": {"image": "../../"}, **details} | ({"version": version} if version == "0.4" else {})
            _describe(group, {"multiscales": _multiscales(analysis, name, version), "image-label": label}, version)
    return frames


def _open_movie(analysis: Analysis, movie: Path | None):
    path = movie or analysis.movie
    if not path.exists():
        raise ToolsError(f"the movie {path} is not there any more; say with --movie where it is")
    source = open_tiff(path)
    series = source.series[0]
    if (series.frames, series.height, series.width) != analysis.shape or len(series.channels) > 1 or series.planes > 1:
        source.resources.close()
        raise ToolsError(
            f"{path} has {series.frames} frames of {series.height} x {series.width}, {len(series.channels)} channels and "
            f"{series.planes} planes; the analysis {analysis.shape}. Bring the movie into one channel with sparkwatch-import"
        )
    return source


def _write(group: zarr.Group, images: Iterator[np.ndarray], pixel_type: np.dtype, shape: tuple, step: int, what: str) -> None:
    array = group.create_array(
        "0",
        shape=shape,
        chunks=(step, *shape[1:]),
        dtype=np.dtype(pixel_type).newbyteorder("="),
        **({"dimension_names": ["t", "y", "x"]} if group.metadata.zarr_format == 3 else {}),
    )
    slab: list[np.ndarray] = []
    start = 0
    for frame, image in enumerate(progress(images, shape[0], what, "frames")):
        slab.append(image)
        if len(slab) == step or frame + 1 == shape[0]:
            array[start : frame + 1] = np.stack(slab)
            slab, start = [], frame + 1


def _multiscales(analysis: Analysis, name: str, version: str) -> list[dict]:
    """Units are left out where the calibration was assumed: then the scale counts pixels and frames."""
    axes: list[dict] = [{"name": "t", "type": "time"}, {"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    scale = [1.0, 1.0, 1.0]
    interval, size = analysis.calibration("frame_interval_ms"), analysis.calibration("pixel_size_um")
    if not interval["assumed"]:
        axes[0]["unit"], scale[0] = "millisecond", interval["value"]
    if not size["assumed"]:
        axes[1]["unit"] = axes[2]["unit"] = "micrometer"
        scale[1:] = [size["value"]] * 2
    datasets = [{"path": "0", "coordinateTransformations": [{"type": "scale", "scale": scale}]}]
    found = {"name": name, "axes": axes, "datasets": datasets}
    return [found | ({"version": version} if version == "0.4" else {})]


def _describe(group: zarr.Group, attributes: dict, version: str) -> None:
    if version == "0.4":
        group.attrs.update(attributes)
    else:
        group.attrs["ome"] = {
            "version": version,
            "_creator": {"name": "sparkwatch-export", "version": __version__},
            **attributes,
        }


def _rgba(event_type: str) -> list[int]:
    return [*bytes.fromhex(CLASS_COLOURS[event_type][1:]), 255]


def _instances(analysis: Analysis) -> dict:
    events = sorted(analysis.events, key=number)
    return {
        "colors": [{"label-value": number(event), "rgba": _rgba(event["event_type"])} for event in events],
        "properties": [
            {"label-value": number(event), "event_id": event["event_id"], "event_type": event["event_type"]} for event in events
        ],
    }


def _classes() -> dict:
    return {
        "colors": [{"label-value": value, "rgba": _rgba(name)} for value, name in CLASS_NUMBERS.items()],
        "properties": [{"label-value": value, "event_type": name} for value, name in CLASS_NUMBERS.items()],
    }
