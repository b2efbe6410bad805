"""Writes TIFF movies as other programs write them, and files that are no grey movies, into the folder given.

Prints JSON: `pixels` by type, `movies` with what a reader has to find, `refusals` with a part of the message.
"""
import itertools
import json
import pathlib
import struct
import sys

import numpy as np
import tifffile

folder = pathlib.Path(sys.argv[1])
random = np.random.default_rng(1)
SHAPE = (6, 13, 17)
DATA = {
    "uint8": random.integers(0, 256, SHAPE, np.uint8),
    "uint16": random.integers(0, 65536, SHAPE, np.uint16),
    "float32": random.normal(0, 1000, SHAPE).astype(np.float32),
}
movies, refusals = [], []


def movie(name, dtype="uint16", pixel_size=None, interval=None, origins=(), remarks=0):
    movies.append({"name": name, "dtype": dtype, "frames": SHAPE[0], "pixelSize": pixel_size,
                   "frameInterval": interval, "origins": list(origins), "remarks": remarks})
    return folder / name


def refusal(name, fragment):
    refusals.append({"name": name, "fragment": fragment})
    return folder / name


def structures():
    layouts = {"page": {}, "strips": {"rowsperstrip": 5}, "tiles": {"tile": (16, 16)}}
    for dtype, order, big, compression, layout in itertools.product(
            DATA, "<>", (False, True), (None, "zlib", "lzw", "packbits"), layouts):
        name = f"{dtype}_{'little' if order == '<' else 'big'}_{'64' if big else '32'}_{compression}_{layout}.tif"
        with tifffile.TiffWriter(movie(name, dtype), bigtiff=big, byteorder=order) as out:
            for frame in DATA[dtype]:
                out.write(frame, contiguous=False, compression=compression, photometric="minisblack",
                          metadata=None, **layouts[layout])
    for dtype, data in DATA.items():
        tifffile.imwrite(movie(f"{dtype}_predictor.tif", dtype), data, compression="zlib", predictor=True,
                         photometric="minisblack")
    tifffile.imwrite(movie("white_is_zero.tif"), DATA["uint16"], photometric="miniswhite")


def imagej():
    data = DATA["uint16"]
    both = {"pixel_size": 0.2, "interval": 6.8, "origins": ["ImageJ unit", "ImageJ finterval"]}
    for dtype in DATA:
        tifffile.imwrite(movie(f"imagej_{dtype}.tif", dtype, **both), DATA[dtype], imagej=True, resolution=(5, 5),
                         metadata={"axes": "TYX", "finterval": 0.0068, "unit": "micron", "fps": 7})
    tifffile.imwrite(movie("imagej_slices.tif"), data, imagej=True, metadata={"axes": "ZYX"})
    tifffile.imwrite(movie("imagej_deflate.tif", **both), data, imagej=True, resolution=(5, 5), compression="zlib",
                     metadata={"axes": "TYX", "finterval": 0.0068, "unit": "um"})
    units = {"um": 1, "µm": 1, "μm": 1, "\\u00B5m": 1, "microns": 1, "nm": 1e-3, "mm": 1e3, "pixel": None, "inch": 25400}
    for i, (unit, factor) in enumerate(units.items()):
        resolution = 5 * (factor or 1)
        single_directory(movie(f"imagej_unit_{i}.tif", pixel_size=0.2 if factor else None, interval=6.8,
                               remarks=0 if factor else 1), data,
                         f"unit={unit}\nfinterval=6.8\ntunit=ms\n", resolution=resolution)
    single_directory(movie("imagej_latin1.tif", pixel_size=0.2), data, "unit=\xb5m\n", encoding="latin-1")
    single_directory(movie("imagej_fps_only.tif"), data, "fps=7\n")
    single_directory(movie("imagej_bad_interval.tif", remarks=1), data, "finterval=0\n")
    single_directory(movie("imagej_not_square.tif", pixel_size=0.2, remarks=1), data, "unit=um\n", y_resolution=2.5)
    for dtype, order in itertools.product(DATA, "<>"):
        single_directory(movie(f"single_{dtype}_{ord(order)}.tif", dtype), DATA[dtype], "", order=order)


def single_directory(path, data, lines, order=">", resolution=5.0, y_resolution=None, encoding="utf-8", frames=None,
                     shape=None):
    """As ImageJ writes movies beyond 4 GB: one directory, `images=N`, frames one behind the other."""
    frames, height, width = shape or data.shape
    description = f"ImageJ=1.54f\nimages={frames}\nslices={frames}\nloop=false\n{lines}".encode(encoding) + b"\0"
    dtype = data.dtype
    text = 8 + 2 + 12 * 12 + 4
    rationals = text + len(description) + len(description) % 2
    start = rationals + 16
    entries = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8 * dtype.itemsize), (259, 3, 1, 1), (262, 3, 1, 1),
               (270, 2, len(description), text), (273, 4, 1, start), (278, 4, 1, height),
               (279, 4, 1, height * width * dtype.itemsize), (282, 5, 1, rationals), (283, 5, 1, rationals + 8),
               (339, 3, 1, 3 if dtype.kind == "f" else 1)]
    with open(path, "wb") as out:
        out.write(b"MM" if order == ">" else b"II")
        out.write(struct.pack(order + "HI", 42, 8) + struct.pack(order + "H", len(entries)))
        for tag, kind, count, value in entries:
            out.write(struct.pack(order + "HHI", tag, kind, count))
            out.write(struct.pack(order + ("HH" if kind == 3 else "I"), *((value, 0) if kind == 3 else (value,))))
        out.write(struct.pack(order + "I", 0) + description + b"\0" * (len(description) % 2))
        for value in (resolution, y_resolution or resolution):
            out.write(struct.pack(order + "II", round(value * 1000), 1000))
        assert out.tell() == start
        if shape is None:
            out.write(data.astype(dtype.newbyteorder(order)).tobytes())
        else:
            out.truncate(start + frames * height * width * dtype.itemsize)
    return start


def ome():
    data = DATA["uint16"]
    size = {"PhysicalSizeX": 0.2, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.2, "PhysicalSizeYUnit": "µm"}
    origins = ["OME-XML PhysicalSizeX", "OME-XML TimeIncrement"]
    for dtype in DATA:
        tifffile.imwrite(movie(f"ome_{dtype}.ome.tif", dtype, 0.2, 6.8, origins), DATA[dtype], ome=True,
                         metadata={"axes": "TYX", "TimeIncrement": 0.0068, **size})
    tifffile.imwrite(movie("ome_units.ome.tif", pixel_size=0.2, interval=6.8), data, ome=True,
                     metadata={"axes": "TYX", "TimeIncrement": 6.8, "TimeIncrementUnit": "ms",
                               **size, "PhysicalSizeX": 200, "PhysicalSizeXUnit": "nm"})
    tifffile.imwrite(movie("ome_slices.ome.tif", pixel_size=0.2), data, ome=True,
                     metadata={"axes": "ZYX", **size})
    write_described(movie("ome_frame_unit.ome.tif", remarks=1), xml_named(
        'SizeZ="1" SizeT="6" TimeIncrement="1" TimeIncrementUnit="frame"'))
    planes = "".join(f'<Plane TheC="0" TheZ="0" TheT="{t}" DeltaT="{time}" DeltaTUnit="ms"/>'
                     for t, time in enumerate((10, 17, 24, 31, 38, 45)))
    write_described(movie("ome_times.ome.tif", interval=7, origins=["OME-XML DeltaT"], remarks=1),
                     xml_named('SizeZ="1" SizeT="6" TimeIncrement="1"', planes))
    write_described(movie("ome_jitter.ome.tif", interval=7, remarks=1),
                     xml_named('SizeZ="1" SizeT="6"', planes.replace('"45"', '"59"')))
    write_described(movie("ome_prefix.ome.tif", pixel_size=0.2), xml_named(
        "SizeZ='1' SizeT='6' PhysicalSizeX='0.2' PhysicalSizeXUnit='&#181;m'", prefix="OME:"))


def xml_named(attributes, children="", prefix=""):
    pixels = (f'<!-- <Pixels SizeC="9"> --><{prefix}Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint16" SizeX="17" '
              f'SizeY="13" SizeC="1" {attributes}><TiffData IFD="0" PlaneCount="6"/>{children}</{prefix}Pixels>')
    return f'<?xml version="1.0" encoding="UTF-8"?><{prefix}OME><{prefix}Image ID="Image:0">{pixels}' \
           f'</{prefix}Image></{prefix}OME>'


def write_described(path, description):
    with tifffile.TiffWriter(path) as out:
        for i, frame in enumerate(DATA["uint16"]):
            out.write(frame, contiguous=False, metadata=None, photometric="minisblack",
                      description=description.encode() if i == 0 else None)


def resolution():
    data = DATA["uint16"]
    tifffile.imwrite(movie("plain_cm.tif", pixel_size=0.2, origins=["TIFF XResolution per cm"]), data,
                     resolution=(50_000, 50_000), resolutionunit="CENTIMETER", photometric="minisblack")
    tifffile.imwrite(movie("plain_72dpi.tif"), data, resolution=(72, 72), resolutionunit="INCH",
                     photometric="minisblack")
    with tifffile.TiffWriter(movie("thumbnails.tif")) as out:
        for frame in data:
            out.write(frame, contiguous=False, metadata=None, photometric="minisblack")
            out.write(frame[::2, ::2], contiguous=False, metadata=None, photometric="minisblack", subfiletype=1)


def no_movies():
    data = DATA["uint16"]
    grey = {"photometric": "minisblack"}
    tifffile.imwrite(refusal("rgb.tif", "in colour"), np.zeros((3, 8, 8, 3), np.uint8), photometric="rgb")
    tifffile.imwrite(refusal("palette.tif", "colour table"), np.zeros((3, 8, 8), np.uint8), photometric="palette",
                     colormap=np.zeros((3, 256), np.uint16))
    tifffile.imwrite(refusal("samples.tif", "2 samples"), np.zeros((8, 8, 2), np.uint16), planarconfig="contig", **grey)
    tifffile.imwrite(refusal("stacks.tif", "2 slices at each of 3 times"), np.zeros((3, 2, 8, 8), np.uint16),
                     imagej=True, metadata={"axes": "TZYX"})
    tifffile.imwrite(refusal("stacks.ome.tif", "2 slices at each of 3 times"), np.zeros((3, 2, 8, 8), np.uint16),
                     ome=True, metadata={"axes": "TZYX"}, **grey)
    for name, other in (("sizes.tif", np.zeros((9, 8), np.uint16)), ("types.tif", np.zeros((8, 8), np.uint8))):
        with tifffile.TiffWriter(refusal(name, "page 1 is")) as out:
            for frame in (np.zeros((8, 8), np.uint16), other):
                out.write(frame, contiguous=False, metadata=None, **grey)
    tifffile.imwrite(refusal("bits.tif", "1 bit unsigned"), np.zeros((3, 8, 8), bool), **grey)
    for dtype, words in (("int16", "16 bit signed"), ("int32", "32 bit signed"), ("float64", "64 bit floating"),
                         ("float16", "16 bit floating"), ("int8", "8 bit signed")):
        tifffile.imwrite(refusal(f"{dtype}.tif", words), np.zeros((3, 8, 8), dtype), **grey)
    refusal("text.tif", "not a TIFF file, it starts with bytes 66 72 61 6d").write_text("frames, but as text")
    refusal("short.tif", "not a TIFF file").write_bytes(b"II")
    refusal("empty.tif", "the file is empty").write_bytes(b"")
    refusal("header.tif", "only 0 frames are complete").write_bytes(b"II*\0\x08\0\0\0")
    refusal("folder.tif", "not a regular file").mkdir()

    whole = (folder / "uint16_little_32_None_page.tif").read_bytes()
    refusal("cut.tif", "frames are complete").write_bytes(whole[:len(whole) // 2])
    refusal("cut_pixels.tif", "frames are complete").write_bytes(whole[:-10])
    whole = (folder / "single_uint16_62.tif").read_bytes()
    refusal("cut_single.tif", "only 5 of 6 frames").write_bytes(whole[:-10])
    huge = whole.replace(struct.pack(">HHII", 256, 4, 1, 17), struct.pack(">HHII", 256, 4, 1, 1 << 31))
    refusal("huge.tif", "beyond the limit").write_bytes(huge)
    promise = whole.replace(b"images=6", b"images=9")
    refusal("promise.tif", "of 9 frames").write_bytes(promise)
    deflated = (folder / "imagej_deflate.tif").read_bytes()
    refusal("promise_deflate.tif", "of 9 frames").write_bytes(deflated.replace(b"images=6", b"images=9"))


structures()
imagej()
ome()
resolution()
no_movies()
sparse = {"name": "sparse.tif", "frames": 2200, "height": 1024, "width": 1024, "written": [0, 1, 2100, 2199]}
start = single_directory(folder / sparse["name"], DATA["uint16"][:0], "", shape=(2200, 1024, 1024))
with open(folder / sparse["name"], "r+b") as out:
    for frame in sparse["written"]:
        out.seek(start + frame * 1024 * 1024 * 2)
        out.write((np.arange(1024 * 1024, dtype=np.uint32) + frame).astype(">u2").tobytes())
print(json.dumps({"pixels": {k: v.ravel().tolist() for k, v in DATA.items()}, "movies": movies, "refusals": refusals,
                  "sparse": sparse}))
