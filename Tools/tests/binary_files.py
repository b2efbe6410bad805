"""Nikon ND2 and Micro-Manager's MMStack, for which nobody has a writer, byte by byte."""

import json
import struct

import numpy as np

CHUNK_MAGIC = 0x0ABECEDA


def lite_variant(values):
    """Nikon's binary tree: type, length of the name, name in UTF-16, value; levels hold further ones and their offsets."""
    found = b""
    for name, value in values.items():
        text = (name + "\0").encode("utf-16-le")
        head = bytes([0, len(name) + 1]) + text
        if isinstance(value, dict):
            inner = lite_variant(value)
            length = len(head) + 12 + len(inner)
            found += bytes([11]) + head[1:] + struct.pack("<IQ", len(value), length) + inner + bytes(8 * len(value))
        elif isinstance(value, bool):
            found += bytes([1]) + head[1:] + struct.pack("B", value)
        elif isinstance(value, int):
            found += bytes([3]) + head[1:] + struct.pack("<I", value)
        elif isinstance(value, float):
            found += bytes([6]) + head[1:] + struct.pack("<d", value)
        else:
            found += bytes([8]) + head[1:] + (value + "\0").encode("utf-16-le")
    return found


def write_nd2(path, pixels, names, pixel_um, times_ms, positions=1, planned_ms=0.0, bits=12):
    """ND2, version 3: `pixels` (frame, channel, plane, row, column) of every position, one added to each further one."""
    frames, channels, planes, height, width = pixels.shape
    loops = [(1, {"uiCount": frames, "dStart": 0.0, "dPeriod": planned_ms, "dDuration": 0.0})]
    if positions > 1:
        points = {f"i{n:010}": {"dPosX": float(n), "dPosY": 0.0, "dPosZ": 0.0} for n in range(positions)}
        loops.append((2, {"uiCount": positions, "bUseZ": False, "bRelativeXY": False, "Points": points}))
    if planes > 1:
        loops.append((4, {"uiCount": planes, "dZLow": 0.0, "dZHigh": float(planes), "dZStep": 1.0}))
    experiment = {}
    for kind, parameters in reversed(loops):
        experiment = {"eType": kind, "uLoopPars": parameters} | (
            {"ppNextLevelEx": {"i0000000000": experiment}} if experiment else {}
        )
    described = {
        f"a{n}": {
            "sDescription": name,
            "uiCompCount": 1,
            "uiColor": 0xFF00,
            "uiSampleIndex": 0,
            "pFluorescentProbe": {"m_sName": "dye"},
        }
        for n, name in enumerate(names)
    }
    count = frames * positions * planes
    chunks = [
        (
            b"ImageAttributesLV!",
            lite_variant(
                {
                    "SLxImageAttributes": {
                        "uiWidth": width,
                        "uiWidthBytes": width * channels * 2,
                        "uiHeight": height,
                        "uiComp": channels,
                        "uiBpcInMemory": 16,
                        "uiBpcSignificant": bits,
                        "uiSequenceCount": count,
                        "eCompression": 2,
                    }
                }
            ),
        ),
        (b"ImageMetadataLV!", lite_variant({"SLxExperiment": experiment})),
        (
            b"ImageMetadataSeqLV|0!",
            lite_variant(
                {
                    "SLxPictureMetadata": {
                        "bCalibrated": pixel_um > 0,
                        "dCalibration": float(pixel_um),
                        "dTimeMSec": 0.0,
                        "dObjectiveMag": 60.0,
                        "sPicturePlanes": {
                            "uiCount": channels,
                            "uiSampleCount": 1,
                            "sPlaneNew": described,
                            "sSampleSetting": {},
                        },
                    }
                }
            ),
        ),
        (b"CustomData|AcqTimesCache!", np.repeat(np.asarray(times_ms, "<f8"), positions * planes).tobytes()),
    ]
    number = 0
    for frame in range(frames):
        for position in range(positions):
            for plane in range(planes):
                image = np.moveaxis(pixels[frame, :, plane], 0, -1) + np.uint16(position)
                chunks.append(
                    (f"ImageDataSeq|{number}!".encode(), struct.pack("<d", times_ms[frame]) + image.astype("<u2").tobytes())
                )
                number += 1
    with open(path, "wb") as file:
        file.write(struct.pack("<IIQ32s64s", CHUNK_MAGIC, 32, 64, b"ND2 FILE SIGNATURE CHUNK NAME01!", b"Ver3.0"))
        places = b""
        for name, data in chunks:
            places += name + struct.pack("<QQ", file.tell(), len(data))
            room = 4072 if name.startswith(b"ImageDataSeq") else len(name)
            file.write(struct.pack("<IIQ", CHUNK_MAGIC, room, len(data)) + name.ljust(room, b"\0") + data)
        at = file.tell()
        places += b"ND2 CHUNK MAP SIGNATURE 0000001!" + struct.pack("<Q", at)
        signature = b"ND2 FILEMAP SIGNATURE NAME 0001!"
        file.write(struct.pack("<IIQ", CHUNK_MAGIC, len(signature), len(places)) + signature + places)


def write_mmstack(path, pixels, names, pixel_um, interval_ms):
    """Micro-Manager 2's multi-page file: its own header, an index of the images, metadata in a tag of every page."""
    frames, channels, planes, height, width = pixels.shape
    summary = json.dumps(
        {
            "MicroManagerVersion": "2.0.3",
            "PixelSize_um": pixel_um,
            "Interval_ms": 0,
            "ChNames": names,
            "Channels": channels,
            "Frames": frames,
            "Slices": planes,
            "Positions": 1,
            "Width": width,
            "Height": height,
            "AxisOrder": ["channel", "z", "time", "position"],
            "IntendedDimensions": {"channel": channels, "z": planes, "time": frames, "position": 1},
        }
    ).encode()
    pages, index = b"", []
    start = 40 + len(summary) + len(summary) % 2
    images = [(f, c, z) for f in range(frames) for c in range(channels) for z in range(planes)]
    for number, (frame, channel, plane) in enumerate(images):
        place = start + len(pages)
        index.append((channel, plane, frame, 0, place))
        details = (
            json.dumps({"ElapsedTime-ms": 250 + frame * interval_ms, "PixelSizeUm": pixel_um, "BitDepth": 12}).encode() + b"\0"
        )
        data = pixels[frame, channel, plane].astype("<u2").tobytes()
        after = place + 2 + 13 * 12 + 4
        rest = after + len(data)
        entries = [
            (256, 4, 1, width),
            (257, 4, 1, height),
            (258, 3, 1, 16),
            (259, 3, 1, 1),
            (262, 3, 1, 1),
            (273, 4, 1, after),
            (277, 3, 1, 1),
            (278, 4, 1, height),
            (279, 4, 1, len(data)),
            (282, 5, 1, rest),
            (283, 5, 1, rest),
            (296, 3, 1, 3),
            (51123, 2, len(details), rest + 8),
        ]
        size = 2 + 13 * 12 + 4 + len(data) + 8 + len(details)
        size += size % 2
        following = place + size if number + 1 < len(images) else 0
        page = (
            struct.pack("<H", len(entries))
            + b"".join(struct.pack("<HHII", *entry) for entry in entries)
            + struct.pack("<I", following)
        )
        pages += (page + data + struct.pack("<II", round(1e4 / pixel_um), 1) + details).ljust(size, b"\0")
    map_at = start + len(pages)
    with open(path, "wb") as file:
        file.write(b"II*\0" + struct.pack("<I", start))
        settings_at = map_at + 8 + 20 * len(index)
        file.write(
            struct.pack("<8I", 54773648, map_at, 483765892, settings_at, 99384722, settings_at + 10, 2355492, len(summary))
            + summary
        )
        file.write(b"\0" * (len(summary) % 2) + pages)
        file.write(struct.pack("<II", 3453623, len(index)) + b"".join(struct.pack("<5I", *entry) for entry in index))
        file.write(struct.pack("<II", 347834724, 2) + b"{}" + struct.pack("<II", 84720485, 2) + b"{}")
