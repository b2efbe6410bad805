"""Files as microscopes' own programs write them: by the writers of the readers' packages where there are any, else byte by byte."""

import json
import struct
from pathlib import Path
from xml.sax.saxutils import quoteattr

import numpy as np
import tifffile


def movie(frames=6, channels=1, planes=1, height=12, width=16, pixel_type=np.uint16, seed=0):
    """Pixels (frame, channel, plane, row, column) that are all different enough to notice a wrong order."""
    rng = np.random.default_rng(seed)
    found = rng.poisson(40, (frames, channels, planes, height, width)) * 20 + 100
    found += np.arange(frames * channels * planes).reshape(frames, channels, planes, 1, 1)
    return found.astype(pixel_type)


def write_lif(path, images):
    """Leica LIF, version 2. `images`: name, pixels, channel names, pixel size in m, interval in s, times in ms or None."""
    elements, blocks = [], []
    for number, (name, pixels, names, pixel_m, interval_s, times) in enumerate(images):
        frames, channels, planes, height, width = pixels.shape
        bytes_each = pixels.dtype.itemsize
        strides = {"X": bytes_each, "Y": width * bytes_each}
        strides["C"] = height * strides["Y"]
        strides["Z"] = channels * strides["C"]
        strides["T"] = planes * strides["Z"]
        dimensions = [
            (1, width, (width - 1) * pixel_m, "m", strides["X"]),
            (2, height, (height - 1) * pixel_m, "m", strides["Y"]),
        ]
        if planes > 1:
            dimensions.append((3, planes, (planes - 1) * 1e-6, "m", strides["Z"]))
        dimensions.append((4, frames, (frames - 1) * interval_s, "s", strides["T"]))
        listed = "".join(
            f'<DimensionDescription DimID="{identity}" NumberOfElements="{count}" Origin="0" Length="{length!r}" Unit="{unit}" '
            f'BitInc="0" BytesInc="{stride}"/>'
            for identity, count, length, unit, stride in dimensions
        )
        described = "".join(
            f'<ChannelDescription DataType="0" ChannelTag="0" Resolution="{8 * bytes_each}" NameOfMeasuredQuantity="" Min="0" '
            f'Max="65535" Unit="" LUTName="Green" IsLUTInverted="0" BytesInc="{index * strides["C"]}" BitInc="0">'
            f"<ChannelProperty><Key>DyeName</Key><Value>{channel}</Value></ChannelProperty></ChannelDescription>"
            for index, channel in enumerate(names)
        )
        stamps = ""
        if times is not None:
            ticks = [int(116444736000000000 + 1.6e16 + time * 1e4) for time in times for _ in range(channels * planes)]
            stamps = (
                f'<TimeStampList NumberOfTimeStamps="{len(ticks)}">{" ".join(f"{tick:x}" for tick in ticks)}</TimeStampList>'
            )
        data = pixels.transpose(0, 2, 1, 3, 4).astype(pixels.dtype.newbyteorder("<")).tobytes()
        elements.append(
            f'<Element Name={quoteattr(name)} Visibility="1" CopyOption="1" UniqueID="{number}"><Data><Image TextDescription="">'
            f"<ImageDescription><Channels>{described}</Channels><Dimensions>{listed}</Dimensions></ImageDescription>{stamps}"
            f'</Image></Data><Memory Size="{len(data)}" MemoryBlockID="MemBlock_{number}"/><Children/></Element>'
        )
        blocks.append((f"MemBlock_{number}", data))
    header = (
        '<LMSDataContainerHeader Version="2"><Element Name="project" Visibility="1" CopyOption="1" UniqueID="p">'
        f'<Data><Experiment Path=""/></Data><Memory Size="0" MemoryBlockID="none"/><Children>{"".join(elements)}</Children>'
        "</Element></LMSDataContainerHeader>"
    )
    with open(path, "wb") as file:
        text = header.encode("utf-16-le")
        file.write(struct.pack("<IIBI", 0x70, len(text) + 5, 0x2A, len(header)) + text)
        for identity, data in blocks:
            text = identity.encode("utf-16-le")
            file.write(struct.pack("<IIBQBI", 0x70, 14 + len(text), 0x2A, len(data), 0x2A, len(identity)) + text + data)


def write_czi(path, pixels, names, pixel_m, interval_s=None, scenes=1):
    """Zeiss CZI, by pylibCZIrw's writer."""
    from pylibCZIrw import czi as pyczi

    with pyczi.create_czi(str(path)) as file:
        for scene in range(scenes):
            for frame, channel, plane in np.ndindex(pixels.shape[:3]):
                where = (scene * (pixels.shape[4] + 10), 0)
                file.write(
                    pixels[frame, channel, plane, ..., None] + np.uint16(scene),
                    location=where,
                    scene=scene,
                    plane={"T": frame, "C": channel, "Z": plane},
                )
        file.write_metadata("movie", channel_names=dict(enumerate(names)), scale_x=pixel_m, scale_y=pixel_m)
    if interval_s is not None:
        with pyczi.edit_czi(str(path)) as editor, editor.edit_session() as builder:
            xml = builder.get_xml()
            time = f"<T><Positions><Interval><Start>0</Start><Increment>{interval_s}</Increment></Interval></Positions></T>"
            builder.set_xml(xml.replace("<Dimensions>", f"<Dimensions>{time}", 1))


def write_oif(path, pixels, names, pixel_um, interval_ms):
    """Olympus OIF: a settings file and a folder of TIFF images."""
    frames, channels, planes, height, width = pixels.shape
    sections = {
        "ProfileSaveInfo": {"Name": '"Olympus"', "Version": '"2.1.0.0"'},
        "Axis Parameter Common": {"AxisOrder": '"XYCZT"'},
    }
    axes = {
        "X": (width, 0, width * pixel_um, "um"),
        "Y": (height, 0, height * pixel_um, "um"),
        "C": (channels, 0, 0, ""),
        "Z": (planes, 0, planes * 1000, "nm"),
        "T": (frames, 0, (frames - 1) * interval_ms, "ms"),
    }
    for number in range(8):
        code = "XYCZT"[number] if number < 5 else "ALP"[number - 5]
        size, start, end, unit = axes.get(code, (0, 0, 0, ""))
        sections[f"Axis {number} Parameters Common"] = {
            "AxisCode": f'"{code}"',
            "MaxSize": size,
            "StartPosition": start,
            "EndPosition": end,
            "UnitName": f'"{unit}"',
        }
    sections["Reference Image Parameter"] = {
        "WidthConvertValue": pixel_um,
        "HeightConvertValue": pixel_um,
        "WidthUnit": '"um"',
        "HeightUnit": '"um"',
        "ValidBitCounts": 12,
    }
    for number, name in enumerate(names, start=1):
        sections[f"GUI Channel {number} Parameters"] = {"DyeName": f'"{name}"'}
    text = "".join(
        f"[{section}]\r\n" + "".join(f"{key}={value}\r\n" for key, value in values.items())
        for section, values in sections.items()
    )
    Path(path).write_bytes(b"\xff\xfe" + text.encode("utf-16-le"))
    folder = Path(f"{path}.files")
    folder.mkdir()
    for frame, channel, plane in np.ndindex(frames, channels, planes):
        name = f"s_C{channel + 1:03d}" + (f"Z{plane + 1:03d}" if planes > 1 else "") + f"T{frame + 1:03d}.tif"
        tifffile.imwrite(folder / name, pixels[frame, channel, plane], photometric="minisblack", metadata=None)


def write_scanimage(path, pixels, names, frame_period_s, fov_um, bigtiff=False):
    """ScanImage: signed counts, channels one after another, settings in the software tag, times in every description."""
    frames, channels, _, height, width = pixels.shape
    half_width, half_height = fov_um[0] / 2, fov_um[1] / 2
    corners = (
        f"[{-half_width} {-half_height};{half_width} {-half_height};{half_width} {half_height};{-half_width} {half_height}]"
    )
    settings = "\n".join(
        [
            "SI.VERSION_MAJOR = 2023",
            f"SI.hChannels.channelSave = [{';'.join(str(n + 1) for n in range(channels))}]",
            "SI.hChannels.channelName = {" + " ".join(f"'{name}'" for name in names) + "}",
            f"SI.hRoiManager.scanFramePeriod = {frame_period_s}",
            f"SI.hRoiManager.pixelsPerLine = {width}",
            f"SI.hRoiManager.linesPerFrame = {height}",
            f"SI.hRoiManager.imagingFovUm = {corners}",
            "SI.hStackManager.enable = false",
            f"SI.hStackManager.framesPerSlice = {frames}",
        ]
    )
    with tifffile.TiffWriter(path, bigtiff=bigtiff) as file:
        for frame in range(frames):
            for channel in range(channels):
                file.write(
                    pixels[frame, channel, 0],
                    photometric="minisblack",
                    metadata=None,
                    software=settings,
                    contiguous=False,
                    description=f"frameNumbers = {frame + 1}\nframeTimestamps_sec = {frame * frame_period_s:.9f}\n",
                )


def write_stk(path, pixels, pixel_um, interval_ms):
    """MetaMorph STK: one directory, planes one after another, calibration and times in tags of its own."""
    frames = len(pixels)
    calibration = 10**6
    # Numbers of UIC1: 4 and 5 calibration in x and y, 6 unit; their values lie behind the pixels.
    stack = pixels.astype("<u2")
    stamps = [(0, 1, 2_460_000, 1_000_000 + round(frame * interval_ms), 2_460_000, 0) for frame in range(frames)]
    tags = [(33628, 4, 6, [0] * 6, True), (33629, 5, 3 * frames, [value for stamp in stamps for value in stamp], True)]
    tifffile.imwrite(path, stack[0], photometric="minisblack", metadata=None, extratags=tags)
    with open(path, "r+b") as file:
        file.seek(0, 2)
        file.write(stack[1:].tobytes())
        places = []
        for value in (struct.pack("<II", round(pixel_um * calibration), calibration),) * 2 + (struct.pack("<I", 3) + b"um\0",):
            places.append(file.tell())
            file.write(value)
        with tifffile.TiffFile(path) as written:
            tag = written.pages.first.tags[33628]
        file.seek(tag.valueoffset)
        file.write(struct.pack("<6I", 4, places[0], 5, places[1], 6, places[2]))
        # The tags count pairs and planes.
        for tag, count in ((tag, 3), (written.pages.first.tags[33629], frames)):
            file.seek(tag.offset + 4)
            file.write(struct.pack("<I", count))


def write_metamorph(folder, pixels, names, pixel_um):
    """MetaMorph .nd with an image for each wave and time point."""
    frames, channels = pixels.shape[:2]
    lines = [
        '"NDInfoFile", Version 1.0',
        '"DoTimelapse", TRUE',
        f'"NTimePoints", {frames}',
        '"DoStage", FALSE',
        '"DoWave", TRUE',
        f'"NWavelengths", {channels}',
        *(f'"WaveName{n}", "{name}"' for n, name in enumerate(names, start=1)),
        '"DoZSeries", FALSE',
        '"EndFile"',
    ]
    (folder / "cell.nd").write_text("\r\n".join(lines))
    for frame, channel in np.ndindex(frames, channels):
        tifffile.imwrite(
            folder / f"cell_w{channel + 1}{names[channel]}_t{frame + 1}.TIF",
            pixels[frame, channel, 0],
            photometric="minisblack",
            metadata=None,
            resolution=(1e4 / pixel_um, 1e4 / pixel_um),
            resolutionunit=3,
        )
    return folder / "cell.nd"


def write_micromanager_images(folder, pixels, names, pixel_um, interval_ms, version=2):
    """Micro-Manager: an image in every file and metadata.txt."""
    frames, channels, planes = pixels.shape[:3]
    listed = {"Summary": {"PixelSize_um": pixel_um, "Interval_ms": 0, "ChNames": names, "Frames": frames, "BitDepth": 12}}
    for frame, channel, plane in np.ndindex(frames, channels, planes):
        details = {
            "ElapsedTime-ms": 500 + frame * interval_ms,
            "Frame": frame,
            "ChannelIndex": channel,
            "SliceIndex": plane,
            "BitDepth": 12,
        }
        if version == 2:
            name = f"img_channel{channel:03d}_position000_time{frame:09d}_z{plane:03d}.tif"
            listed[f"Metadata-Default/{name}"] = details
        else:
            name = f"img_{frame:09d}_{names[channel]}_{plane:03d}.tif"
            listed[f"FrameKey-{frame}-{channel}-{plane}"] = details | {"FileName": name}
        tifffile.imwrite(folder / name, pixels[frame, channel, plane], photometric="minisblack", metadata=None)
    (folder / "metadata.txt").write_text(json.dumps(listed))


def write_ndtiff(folder, pixels, names, pixel_um, interval_ms):
    """Micro-Manager NDTiff, by ndstorage's writer."""
    from ndstorage.ndtiff_dataset import NDTiffDataset

    dataset = NDTiffDataset(
        str(folder), name="ndtiff", summary_metadata={"PixelSize_um": pixel_um, "ChNames": names}, writable=True
    )
    for frame, channel in np.ndindex(pixels.shape[:2]):
        dataset.put_image(
            {"time": frame, "channel": names[channel]},
            pixels[frame, channel, 0],
            {"ElapsedTime-ms": frame * interval_ms, "PixelSizeUm": pixel_um, "BitDepth": 12},
        )
    dataset.finish()
    dataset.close()


def write_zarr(path, pixels, names, pixel_um, interval_ms, version="0.5", chunk=4):
    """OME-Zarr with axes tczyx."""
    import zarr

    root = zarr.open_group(path, mode="w", zarr_format=3 if version == "0.5" else 2)
    array = root.create_array("0", shape=pixels.shape, chunks=(chunk, 1, 1, *pixels.shape[3:]), dtype=pixels.dtype)
    array[:] = pixels
    axes = [
        {"name": "t", "type": "time", "unit": "millisecond"},
        {"name": "c", "type": "channel"},
        *({"name": name, "type": "space", "unit": "micrometer"} for name in "zyx"),
    ]
    scale = [{"type": "scale", "scale": [interval_ms, 1, 1, pixel_um, pixel_um]}]
    metadata = {
        "multiscales": [{"name": "cell", "axes": axes, "datasets": [{"path": "0", "coordinateTransformations": scale}]}],
        "omero": {"channels": [{"label": name} for name in names]},
    }
    if version == "0.5":
        root.attrs["ome"] = {"version": version, **metadata}
    else:
        metadata["multiscales"][0]["version"] = version
        root.attrs.update(metadata)
