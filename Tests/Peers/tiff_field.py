"""Writes TIFF movies as microscopes and other programs leave them, with what makes readers go wrong, into the folder given.

Prints JSON: a list of files, each with what a reader has to find: frames (their first pixel counts them), channel,
calibration, bits, parts of the remarks, or a part of the refusal.
"""
import json
import pathlib
import struct
import sys

import numpy as np
import tifffile

folder = pathlib.Path(sys.argv[1])
T, H, W = 12, 13, 17
MOVIE = np.random.default_rng(3).integers(100, 4000, (T, H, W), np.uint16)
MOVIE[:, 0, 0] = np.arange(T)
OTHER = MOVIE + 1000
BOTH = np.stack([MOVIE, OTHER], 1)
GREY = {"photometric": "minisblack"}
cases = []


def case(name, frames=range(T), channel=None, offset=0, pixel_size=None, interval=None, bits=None, remarks=(),
         implausible=0, refusal=None, dtype="uint16"):
    """`offset`: added to the count of the frame in its first pixel."""
    cases.append({"name": name, "frames": [int(f) + offset for f in frames], "channel": channel,
                  "pixelSize": pixel_size, "interval": interval, "bits": bits, "remarks": list(remarks),
                  "implausible": implausible, "refusal": refusal, "dtype": dtype})
    return folder / name


def pages(path, data, description=None, **options):
    with tifffile.TiffWriter(path) as out:
        for i, frame in enumerate(data):
            text = description(i) if callable(description) else description if i == 0 else None
            out.write(frame, contiguous=False, metadata=None, description=text.encode() if text else None, **GREY,
                      **options)


def ome(pixels, inside="", uuid=""):
    return (f'<?xml version="1.0" encoding="UTF-8"?><OME {uuid}><Image ID="Image:0"><Pixels ID="Pixels:0" Type="uint16" '
            f'SizeX="{W}" SizeY="{H}" {pixels}>{inside}</Pixels></Image></OME>')


def planar():
    """All frames of the first channel, then all of the second."""
    return BOTH.transpose(1, 0, 2, 3).reshape(-1, H, W)


def channels():
    flat = BOTH.reshape(-1, H, W)
    two = ["2 channels"]
    tifffile.imwrite(case("tcyx.tif", remarks=two), BOTH, metadata={"axes": "TCYX"}, **GREY)
    tifffile.imwrite(case("ctyx.tif", remarks=two), BOTH.transpose(1, 0, 2, 3), metadata={"axes": "CTYX"}, **GREY)
    tifffile.imwrite(case("cyx.tif"), MOVIE, metadata={"axes": "CYX"}, **GREY)
    tifffile.imwrite(case("zyx.tif"), MOVIE, metadata={"axes": "ZYX"}, **GREY)
    tifffile.imwrite(case("unnamed.tif", refusal="axis without a known meaning"), BOTH, metadata={}, **GREY)
    tifffile.imwrite(case("imagej.tif", remarks=two), BOTH, imagej=True, metadata={"axes": "TCYX"})
    tifffile.imwrite(case("two.ome.tif", remarks=["fluo-4, TMRM"]), BOTH, ome=True,
                     metadata={"axes": "TCYX", "Channel": {"Name": ["fluo-4", "TMRM"]}}, **GREY)
    tifffile.imwrite(case("named.ome.tif", channel="tmrm", offset=1000, remarks=["TMRM of 2"]), BOTH, ome=True,
                     metadata={"axes": "TCYX", "Channel": {"Name": ["fluo-4", "TMRM"]}}, **GREY)
    tifffile.imwrite(case("second.tif", channel="2", offset=1000, remarks=["channel 2 of 2"]), BOTH,
                     metadata={"axes": "TCYX"}, **GREY)
    tifffile.imwrite(case("third.tif", channel="3", refusal="no channel 3"), BOTH, metadata={"axes": "TCYX"}, **GREY)
    pages(case("planar.ome.tif", channel="2", offset=1000, remarks=["of 2"]), planar(),
          ome(f'DimensionOrder="XYTCZ" SizeC="2" SizeZ="1" SizeT="{T}"'))
    new = "SI.VERSION_MAJOR = 2020\nSI.hChannels.channelSave = [1;3]\nSI.hStackManager.enable = false\n" \
          "SI.hRoiManager.scanFrameRate = 100\nSI.hRoiManager.imagingFovUm = [-1.7 -2;1.7 -2;1.7 2;-1.7 2]"
    pages(case("scanimage.tif", remarks=["1, 3"], interval=7, pixel_size=0.2), flat,
          lambda i: f"frameNumbers = {i // 2 + 1}\nframeTimestamps_sec = {0.007 * (i // 2):.6f}\n", software=new)
    pages(case("scanimage_rate.tif", channel="3", offset=1000, remarks=["channel 3 of 2"], interval=10, pixel_size=0.2),
          flat, software=new)
    pages(case("scanimage3.tif", remarks=two, interval=8), flat,
          lambda i: "state.software.version=3.8\rstate.acq.numberOfChannelsSave=2\rstate.acq.frameRate=125\r")
    pages(case("scanimage4.tif", remarks=two, interval=8), flat,
          "scanimage.SI4.channelsSave = [1;2]\nscanimage.SI4.scanFrameRate = 125\n")


def promises():
    tifffile.imwrite(case("as_channels.ome.tif"), MOVIE, ome=True, **GREY)
    pages(case("stopped.ome.tif", frames=range(8), remarks=["only 8 of 12 frames"]), MOVIE[:8],
          ome(f'DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="{T}"'))
    pages(case("stopped_two.ome.tif", frames=range(8), remarks=["only 16 of 24 planes", "2 channels"]),
          BOTH[:8].reshape(-1, H, W), ome(f'DimensionOrder="XYCZT" SizeC="2" SizeZ="1" SizeT="{T}"'))
    def part(k, names, count=6):
        data = "".join(f'<TiffData FirstT="{count * j}" FirstC="0" FirstZ="0" IFD="0" PlaneCount="{count}">'
                       f'<UUID FileName="{name}">urn:uuid:{j}</UUID></TiffData>' for j, name in enumerate(names))
        return ome(f'DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="{T}"', data, f'UUID="urn:uuid:{k}"')
    both = ["part_0.ome.tif", "part_1.ome.tif"]
    for k, name in enumerate(both):
        pages(case(name, remarks=["one series with part_"]), MOVIE[6 * k:6 * k + 6], part(k, both))
    lost = ["lost_0.ome.tif", "lost_1.ome.tif"]
    pages(case(lost[1], refusal="lost_0.ome.tif"), MOVIE[6:], part(1, lost))
    gone = ["gone_0.ome.tif", "gone_1.ome.tif"]
    pages(case(gone[0], frames=range(6), remarks=["goes on in gone_1.ome.tif", "only 6 of 12"]), MOVIE[:6], part(0, gone))
    other = ["differs_0.ome.tif", "differs_1.ome.tif"]
    pages(case(other[0], frames=range(6), remarks=["goes on in differs_1.ome.tif", "only 6 of 12"]), MOVIE[:6], part(0, other))
    pages(folder / other[1], MOVIE[6:, :5], part(1, other))
    shuffled = "".join(f'<TiffData FirstT="{t}" IFD="{T - 1 - t}" PlaneCount="1"/>' for t in range(T))
    pages(case("shuffled.ome.tif"), MOVIE[::-1], ome(f'DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="{T}"', shuffled))


def calibration():
    companion = ome(f'DimensionOrder="XYZTC" SizeC="1" SizeZ="1" SizeT="{T}" PhysicalSizeX="0.1" TimeIncrement="0.005"',
                    f'<TiffData IFD="0" PlaneCount="{T}"><UUID FileName="cell.ome.tif">urn:uuid:2</UUID></TiffData>')
    (folder / "cell.companion.ome").write_text(companion)
    only = '<?xml version="1.0"?><OME><BinaryOnly MetadataFile="{}" UUID="urn:uuid:1"/></OME>'
    pages(case("cell.ome.tif", pixel_size=0.1, interval=5), MOVIE, only.format("cell.companion.ome"))
    pages(case("alone.ome.tif", remarks=["said to be in lost.companion.ome"]), MOVIE, only.format("lost.companion.ome"))
    pages(case("outside.ome.tif", remarks=["which is not beside the file"]), MOVIE, only.format("../../etc/passwd"))
    tifffile.imwrite(case("comma.tif", pixel_size=0.2, interval=6.8), MOVIE, imagej=True, resolution=(5, 5),
                     metadata={"axes": "TYX", "unit": "um", "finterval": "0,0068"})
    pages(case("comma.ome.tif", pixel_size=0.2, interval=6.8), MOVIE,
          ome(f'DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="{T}" PhysicalSizeX="0,2" TimeIncrement="0,0068"'))
    dpi = {"resolution": (96, 96), "resolutionunit": "INCH"}
    tifffile.imwrite(case("inch.tif", implausible=1), MOVIE, metadata=None, **dpi, **GREY)
    tifffile.imwrite(case("inch_imagej.tif", implausible=1), MOVIE, imagej=True, metadata={"axes": "TYX", "unit": "inch"},
                     **dpi)
    tifffile.imwrite(case("seconds.tif", pixel_size=0.2, implausible=1), MOVIE, imagej=True, resolution=(5, 5),
                     metadata={"axes": "TYX", "unit": "um", "finterval": 6.8})
    for i, (size, increment) in enumerate((("1e-300", "1e-320"), ("1e300", "1e300"), ("1e-19", "1e-12"), ("265", "6.8"))):
        pages(case(f"absurd_{i}.ome.tif", implausible=2), MOVIE,
              ome(f'DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="{T}" PhysicalSizeX="{size}" TimeIncrement="{increment}"'))
    pages(case("nan.ome.tif"), MOVIE, ome('DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="12" PhysicalSizeX="NaN"'))


def bits():
    attributes = f'DimensionOrder="XYZCT" SizeC="1" SizeZ="1" SizeT="{T}"'
    pages(case("bits.ome.tif", bits=12), MOVIE, ome(f'{attributes} SignificantBits="12"'))
    pages(case("sample.tif", bits=12), MOVIE, extratags=[(281, "H", 1, 4095, True)])
    pages(case("micromanager.tif", bits=14), MOVIE,
          extratags=[(51123, "s", 0, json.dumps({"BitDepth": 14, "Width": W}), True)])
    pages(case("full.tif"), MOVIE, extratags=[(281, "H", 1, 65535, True)])


def metamorph():
    """One directory, planes one behind the other, tag 33629 with six numbers for each plane."""
    tags = 12
    settings, times = 8 + 2 + 12 * tags + 4, 400
    pixels = times + 24 * T
    entries = [(256, 4, 1, W), (257, 4, 1, H), (258, 3, 1, 16), (259, 3, 1, 1), (262, 3, 1, 1), (273, 4, 1, pixels),
               (277, 3, 1, 1), (278, 4, 1, H), (279, 4, 1, H * W * 2), (339, 3, 1, 1), (33628, 4, 2, settings),
               (33629, 5, T, times)]
    for name, order in (("little.stk", "<"), ("big.tif", ">")):
        with open(case(name, pixel_size=0.25, interval=8), "wb") as out:
            out.write(b"II" if order == "<" else b"MM")
            out.write(struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", tags))
            for tag, kind, count, value in entries:
                out.write(struct.pack(order + "HHI", tag, kind, count))
                out.write(struct.pack(order + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,))))
            out.write(struct.pack(order + "I", 0))
            out.write(struct.pack(order + "4I", 4, settings + 16, 6, settings + 24))
            out.write(struct.pack(order + "2I", 1, 4) + struct.pack(order + "I", 3) + b"um\0")
            out.seek(times)
            for t in range(T):
                out.write(struct.pack(order + "6I", 0, 1, 2459000, 86_399_990 + 8 * t if t < 2 else 8 * t - 10, 0, 0)
                          if t < 2 else struct.pack(order + "6I", 0, 1, 2459001, 8 * t - 10, 0, 0))
            out.seek(pixels)
            out.write(MOVIE.astype(order + "u2").tobytes())


def bomb():
    """One page of pixels, to which very many directories point."""
    path = case("bomb.tif", refusal="would unpack to")
    page = np.zeros((8192, 8192), np.uint8)
    tifffile.imwrite(path, page, compression="zlib", metadata=None, **GREY)
    data = bytearray(path.read_bytes())
    start = struct.unpack("<I", data[4:8])[0]
    count = struct.unpack("<H", data[start:start + 2])[0]
    directory = bytes(data[start:start + 2 + 12 * count])
    link = start + 2 + 12 * count
    for _ in range(40):
        place = len(data) + len(data) % 2
        data += b"\0" * (place - len(data))
        data[link:link + 4] = struct.pack("<I", place)
        data += directory + struct.pack("<I", 0)
        link = place + len(directory)
    path.write_bytes(data)


channels()
promises()
calibration()
bits()
metamorph()
bomb()
print(json.dumps(cases))
