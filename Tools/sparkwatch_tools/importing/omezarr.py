"""OME-Zarr 0.4 and 0.5, read by zarr."""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import zarr

from .. import ToolsError
from .series import Series, Source, channel_names, opening, stated
from .units import micrometres, milliseconds

LARGEST_SLAB = 256 << 20
"""Frames of one chunk are read at once up to this size in bytes."""


def open_zarr(path: Path) -> Source:
    with opening(path, "OME-Zarr"):
        root = zarr.open_group(path, mode="r")
        groups = (
            [(path.name, root)]
            if _multiscales(root)
            else [
                (name, group)
                for name, group in sorted(root.groups(), key=lambda pair: (len(pair[0]), pair[0]))
                if _multiscales(group)
            ]
        )
        found = [_series(name, group, image) for name, group in groups for image in _multiscales(group)]
        if not found:
            raise ToolsError(f"{path} is Zarr but no OME-Zarr: no `multiscales` in its attributes")
        return Source(path, "OME-Zarr", f"zarr {version('zarr')}", found)


def _attributes(group):
    attributes = dict(group.attrs)
    return attributes.get("ome", attributes)


def _multiscales(group):
    return _attributes(group).get("multiscales") or []


def _series(name, group, image):
    """The finest level of a multiscale image."""
    dataset = image["datasets"][0]
    array = group[dataset["path"]]
    axes = [axis if isinstance(axis, dict) else {"name": axis} for axis in image.get("axes", [])]
    names = [axis["name"].lower() for axis in axes]
    if len(names) != array.ndim or set(names) - set("tczyx") or not {"y", "x"} <= set(names):
        raise ValueError(f"axes {names} for an array of {array.ndim} dimensions")
    sizes = dict(zip(names, array.shape))
    scale = dict(zip(names, _scale(image, dataset, array.ndim)))
    units = {axis["name"].lower(): axis.get("unit") for axis in axes}
    channels = [channel.get("label") for channel in (_attributes(group).get("omero") or {}).get("channels", [])]
    return Series(
        name=image.get("name") or name,
        frames=sizes.get("t", 1),
        planes=sizes.get("z", 1),
        channels=channel_names(channels, sizes.get("c", 1)),
        height=sizes["y"],
        width=sizes["x"],
        pixel_type=np.dtype(array.dtype).newbyteorder("="),
        read=_reader(array, names),
        pixel_width_um=stated(scale["x"], "OME-Zarr scale", micrometres(units["x"]) or np.nan),
        pixel_height_um=stated(scale["y"], "OME-Zarr scale", micrometres(units["y"]) or np.nan),
        frame_interval_ms=stated(scale.get("t"), "OME-Zarr scale", milliseconds(units.get("t")) or np.nan),
    )


def _scale(image, dataset, dimensions):
    """Product of the scales of the level and of the image."""
    scale = np.ones(dimensions)
    for part in (dataset, image):
        for transformation in part.get("coordinateTransformations") or []:
            if transformation.get("type") == "scale":
                scale = scale * np.asarray(transformation["scale"], float)
    return scale


def _reader(array, names):
    """Reads the frames of a chunk together, since a chunk is unpacked as a whole."""
    step = 1
    if "t" in names:
        chunk = array.chunks[names.index("t")]
        frame_bytes = array.shape[-1] * array.shape[-2] * array.dtype.itemsize
        step = max(1, min(chunk, LARGEST_SLAB // frame_bytes))
    kept = {}

    def read(frame, channel, plane):
        start = frame // step * step
        key = (start, channel, plane)
        if key not in kept:
            index = {"t": slice(start, start + step), "c": channel, "z": plane}
            kept.clear()
            slab = np.asarray(array[tuple(index.get(name, slice(None)) for name in names)])
            kept[key] = (
                np.moveaxis(slab, names.index("t") - sum(n in "cz" for n in names[: names.index("t")]), 0)
                if "t" in names
                else slab[None]
            )
        image = kept[key][frame - start]
        return image if names.index("y") < names.index("x") else image.T

    return read
