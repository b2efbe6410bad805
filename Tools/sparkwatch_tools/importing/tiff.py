"""TIFF files of all kinds that tifffile knows: OME, ImageJ, ScanImage, MetaMorph STK, Micro-Manager (MMStack, NDTiff), plain."""

from pathlib import Path

import numpy as np
import tifffile

from .. import ToolsError
from . import tiff_calibration
from .series import Series, Source, channel_names, opening

KINDS = {
    "ndtiff": "Micro-Manager NDTiff",
    "mmstack": "Micro-Manager MMStack",
    "scanimage": "ScanImage TIFF",
    "stk": "MetaMorph STK",
    "imagej": "ImageJ TIFF",
    "ome": "OME-TIFF",
    "lsm": "Zeiss LSM",
}
# Letters of tifffile that mean another point in time where nothing is called T.
UNNAMED_AXES = "IQ"


def open_tiff(path: Path) -> Source:
    with opening(path, "TIFF file") as resources:
        file = resources.enter_context(tifffile.TiffFile(path))
        if file.is_scanimage and not file.is_bigtiff:
            # tifffile computes where their pages lie from the first ones, which fails where descriptions grow longer.
            file = resources.enter_context(tifffile.TiffFile(path, is_scanimage=False))
        found = [
            item
            for number, series in enumerate(file.series)
            if len(series.shape) >= 2
            for item in _series(file, series, number)
        ]
        if not found:
            raise ToolsError(f"{path} holds no image")
        kind = next(
            (kind for kind in KINDS if getattr(file, f"is_{kind}") or getattr(file.pages.first, f"is_{kind}", False)), ""
        )
        return Source(path, KINDS.get(kind, "TIFF"), f"tifffile {tifffile.__version__}", found, resources.pop_all())


def _series(file: tifffile.TiffFile, series: tifffile.TiffPageSeries, number: int) -> list[Series]:
    """The recordings of a series, one for each position of the stage."""
    axes, shape = _axes(file, series)
    sizes = dict(zip(axes, shape))
    colours = sizes.get("S", 1)
    time = (
        "T"
        if sizes.get("T", 1) > 1 or not any(sizes.get(axis, 1) > 1 for axis in UNNAMED_AXES)
        else next(axis for axis in UNNAMED_AXES if sizes.get(axis, 1) > 1)
    )
    position = "P" if sizes.get("P", 1) > 1 else "R"
    other = {axis: size for axis, size in sizes.items() if axis not in {time, position, "Z", "C", "Y", "X", "S"} and size > 1}
    if other:
        raise ValueError(f"dimensions that are no time, plane or channel: {other}")
    image = _images(file, series, axes, shape)
    calibration = tiff_calibration.read(file, series, number)
    channels = sizes.get("C", 1) * colours
    names = ["red", "green", "blue"][:colours] if colours > 1 else calibration.channels
    return [
        Series(
            name=_name(series, number, place if sizes.get(position, 1) > 1 else None),
            frames=sizes.get(time, 1),
            channels=channel_names(names, channels),
            planes=sizes.get("Z", 1),
            height=sizes["Y"],
            width=sizes["X"],
            pixel_type=np.dtype(series.dtype).newbyteorder("="),
            read=lambda frame, channel, plane, place=place: image(
                {time: frame, position: place, "Z": plane, "C": channel // colours, "S": channel % colours}
            ),
            pixel_height_um=calibration.pixel_height_um,
            pixel_width_um=calibration.pixel_width_um,
            frame_interval_ms=calibration.frame_interval_ms,
            significant_bits=calibration.significant_bits,
            times_ms=lambda channel, plane, place=place: calibration.times(
                sizes, {position: place, "C": channel // colours, "Z": plane}, time, axes
            ),
            acquired=calibration.acquired,
            remarks=list(calibration.remarks),
        )
        for place in range(sizes.get(position, 1))
    ]


def _axes(file, series):
    """Axes and shape; tifffile does not look for ScanImage's interleaved channels in files that are no BigTIFF."""
    axes, shape = series.get_axes(False), series.get_shape(False)
    if file.pages.first.is_scanimage and axes.startswith("I"):
        saved = tiff_calibration.scanimage_settings(file).get("SI.hChannels.channelSave")
        channels = int(np.size(saved)) if saved is not None else 0
        if not channels:
            raise ValueError("an old ScanImage file that does not say how many channels it holds; export it from ScanImage")
        if shape[0] % channels:
            raise ValueError(
                f"{shape[0]} pages for {channels} channels: the acquisition was interrupted; remove the last pages"
            )
        return "TC" + axes[1:], (shape[0] // channels, channels, *shape[1:])
    if axes.startswith("I") and shape[0] > 1 and (file.is_mmstack or file.is_micromanager):
        raise ValueError("Micro-Manager's index does not tell channels, planes and frames apart")
    return axes, shape


def _name(series, number, place):
    name = series.name or f"series {number + 1}"
    return name if place is None else f"{name}, position {place + 1}"


def _images(file, series, axes, shape):
    """A function from indices by axis to an image; it reads one page, or maps what ImageJ wrote without pages."""
    samples = axes.endswith("S")
    inner = 3 if samples else 2
    if "".join(axes[-inner:]) not in ("YX", "YXS"):
        raise ValueError(f"axes {axes}; the last ones have to be rows and columns")
    outer_axes, outer_shape = axes[:-inner], shape[:-inner]
    count = int(np.prod(outer_shape, dtype=np.int64))
    mapped = None
    if len(series.pages) != count:
        if series.dataoffset is None:
            raise ValueError(f"{len(series.pages)} pages for {count} images: the file is not complete")
        mapped = file.filehandle.memmap_array(file.byteorder + series.dtype.char, shape, series.dataoffset)

    def image(indices):
        index = tuple(indices.get(axis, 0) for axis in outer_axes)
        if mapped is not None:
            found = mapped[index]
        else:
            page = series.pages[int(np.ravel_multi_index(index, outer_shape)) if index else 0]
            if page is None:
                raise ToolsError(f"{file.filename}: the image at {dict(zip(outer_axes, index))} is missing from the file")
            found = page.asarray().reshape(shape[-inner:])
        return found[..., indices["S"]] if samples else found

    return image
