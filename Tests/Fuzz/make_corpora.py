"""Write the inputs that the fuzzers begin with: small, valid, and of many kinds.

    .venv/bin/python Tests/Fuzz/make_corpora.py JOURNAL

JOURNAL is one of a live run; of every topic in it the first message is taken. What fuzzers found beyond these is added by
hand, under the name of what was wrong.
"""

import io
import json
import pickle
import sys
import types
import zipfile
from pathlib import Path

import numpy
import tifffile

CORPORA = Path(__file__).parent / "Corpora"


def write(target, name, data):
    path = CORPORA / target / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if isinstance(data, bytes) else data.encode())


def frames():
    header = {
        "htype": "array-1.0", "type": "uint16", "dtype": "<u2", "shape": [1, 4, 3], "order": "C", "endianness": "little",
        "encoding": "", "frame": 4711, "source": "rig", "timeStamp": 1763822907.1, "series_id": "7f0c", "message_num": 4712,
        "t_acq_ns": 1763822907123456789, "t_send_ns": 1763822907123556789, "frame_interval_ms": 6.8, "pixel_size_um": [0.2, 0.2],
        "bit_depth": 12, "version": 1, "channel": "fluo-4", "number_of_images": 5000,
    }
    pixels = bytes([1, 2] * 12)
    write("frame-header", "array", json.dumps(header))
    write("frame-header", "array-with-pixels", json.dumps(header).encode() + b"\x1e" + pixels)
    for dtype, count in (("|u1", 24), (">u2", 24), ("<f4", 48), ("float32", 48)):
        write("frame-header", f"dtype-{dtype.strip('|<>')}-{dtype[0] == '>'}",
              json.dumps({"dtype": dtype, "shape": [count // (4 if "f" in dtype else 1 + ("2" in dtype)), 1]}))
    write("frame-header", "columns", json.dumps({"type": "uint8", "shape": [4, 6], "order": "F", "frame": 1}))
    write("frame-header", "not-a-number", '{"dtype":"uint8","shape":[1,1],"frame_interval_ms":NaN,"pixel_size_um":[Infinity,-Infinity]}')
    for number in ("6.9e-310", "1e-320", "1e-18", "1e300", "-0.0"):
        write("frame-header", f"interval-{number}", f'{{"dtype":"uint8","shape":[1,1],"frame_interval_ms":{number},"pixel_size_um":[{number},{number}]}}')

    def frame(number, **others):
        text = {"dtype": "uint8", "shape": [2, 2], "frame": number, "message_num": number + 1, "series_id": "a", **others}
        return json.dumps(text).encode() + b"\x1e" + bytes([number] * 4)

    start = json.dumps({"htype": "series_start-1.0", "series_id": "a", "message_num": 0, "number_of_images": 8}).encode()
    end = json.dumps({"htype": "series_end-1.0", "series_id": "a", "message_num": 9, "frames_sent": 8}).encode()
    write("frame-stream", "series", b"\x1d".join([start] + [frame(number) for number in range(8)] + [end]))
    write("frame-stream", "gaps", b"\x1d".join(frame(number) for number in (0, 1, 2, 5, 4, 4, 90, 91, 92)))
    write("frame-stream", "new-series", b"\x1d".join([frame(0), frame(1)] + [frame(number, series_id="b") for number in range(9)]))
    write("frame-stream", "channels", b"\x1d".join(frame(number, channel="rg"[number % 2]) for number in range(6)))
    write("frame-stream", "sizes", b"\x1d".join(frame(number, shape=[1, 4] if number > 3 else [2, 2]) for number in range(13)))
    write("frame-stream", "topic", b"topic\x1e" + frame(0) + b"\x1dgarbage\x1d{}\x1d" + json.dumps({"htype": "dheader-1.0", "data": 0}).encode())


def movies():
    movie = numpy.arange(24, dtype="u2").reshape(2, 4, 3)
    kinds = {
        "plain": {}, "big": {"bigtiff": True}, "big-endian": {"byteorder": ">"}, "imagej": {"imagej": True},
        "ome": {"ome": True, "metadata": {"axes": "TYX", "PhysicalSizeX": 0.2, "PhysicalSizeXUnit": "µm", "TimeIncrement": 6.8, "TimeIncrementUnit": "ms"}},
        "deflate": {"compression": "zlib"}, "predictor": {"compression": "zlib", "predictor": True}, "tiled": {"tile": (16, 16)},
        "strips": {"rowsperstrip": 1}, "pages": {"metadata": None},
    }
    for name, options in kinds.items():
        file = io.BytesIO()
        tifffile.imwrite(file, movie, **({"photometric": "minisblack"} | options))
        write("tiff", name, file.getvalue())
    for dtype in ("u1", "u4", "f4", "f8", "i2"):
        file = io.BytesIO()
        tifffile.imwrite(file, movie.astype(dtype), photometric="minisblack")
        write("tiff", f"type-{dtype}", file.getvalue())
    ome = (
        '<?xml version="1.0" encoding="UTF-8"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1" Creator="{creator}">'
        '<Image ID="Image:0" Name="a"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="uint8" SizeX="2" SizeY="2" SizeZ="1" SizeC="1" SizeT="2" '
        'SignificantBits="8" PhysicalSizeX="{size}" PhysicalSizeXUnit="&#181;m" PhysicalSizeY="0.2" TimeIncrement="{interval}" TimeIncrementUnit="{unit}">'
        '<Channel ID="Channel:0:0" Name="Fluo-4"/><TiffData IFD="0" PlaneCount="2" FirstT="0"><UUID FileName="b.tif">urn:uuid:1</UUID></TiffData>'
        '<Plane TheT="0" TheZ="0" TheC="0" DeltaT="0.0"/><Plane TheT="1" TheZ="0" TheC="0" DeltaT="{interval}" DeltaTUnit="{unit}"/></Pixels></Image></OME>'
    )
    for name, values in {
        "ome": dict(creator="other", size="0.2", interval="0.0068", unit="s"), "own": dict(creator="Sparkwatch 1", size="0.2", interval="6.8", unit="ms"),
        "ome-tiny": dict(creator="", size="1e-300", interval="1e-320", unit="fs"), "ome-huge": dict(creator="", size="1e300", interval="NaN", unit="d"),
    }.items():
        write("tiff-description", name, ome.format(**values))
    write("tiff-description", "ome-companion", '<OME><BinaryOnly MetadataFile="a.companion.ome" UUID="urn:uuid:1"/></OME>')
    write("tiff-description", "imagej", "ImageJ=1.53t\nimages=2\nframes=2\nslices=1\nchannels=1\nhyperstack=true\nunit=micron\nfinterval=0.0068\nmin=0.0\nmax=4095.0\n")
    write("tiff-description", "shaped", '{"shape": [2, 2, 2], "axes": "TYX", "resolution": [0.2, 0.2]}')
    write("tiff-description", "scanimage", "frameNumbers = 1\nacquisitionNumbers = 1\nframeTimestamps_sec = 0.033\nSI.hRoiManager.scanFrameRate = 29.9\n"
          "SI.hRoiManager.scanVolumeRate = 29.9\nSI.hChannels.channelSave = [1;2]\nSI.hStackManager.numSlices = 1\nSI.objectiveResolution = 15\n")


def networks():
    def convolution(name, source, target, extent=3):
        return {f"{name}.weight": [target, source] + [extent] * 3, f"{name}.bias": [target]}

    shapes = {}
    for level, (source, target) in enumerate([(1, 1), (1, 2)]):
        shapes |= convolution(f"down_path.{level}.layers.0", source, target) | convolution(f"down_path.{level}.layers.3", target, target)
    shapes |= {"up_path.0.weight": [2, 1, 2, 2, 2], "up_path.0.bias": [1]}
    shapes |= convolution("up_path.1.layers.0", 2, 1) | convolution("up_path.1.layers.3", 1, 1) | convolution("final_layer", 1, 4, 1)
    metadata = {"window": "16", "stride": "4", "pixel_size_um": "0.2", "frame_interval_ms": "6.8"}
    for name, (kind, byte_count) in {"f16": ("F16", 2), "bf16": ("BF16", 2), "f32": ("F32", 4)}.items():
        header, offset = {"__metadata__": metadata}, 0
        for tensor, shape in shapes.items():
            end = offset + byte_count * int(numpy.prod(shape))
            header[tensor] = {"dtype": kind, "shape": shape, "data_offsets": [offset, end]}
            offset = end
        text = json.dumps(header, separators=(",", ":")).encode()
        write("safetensors", name, len(text).to_bytes(8, "little") + text + bytes(offset))
    text = b'{"a":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]},"b":{"dtype":"F16","shape":[],"data_offsets":[8,10]}}'
    write("safetensors", "two", len(text).to_bytes(8, "little") + text + bytes(10))

    pickles = {"tensor": checkpoint_pickle(2), "protocol-4": checkpoint_pickle(4), "protocol-5": checkpoint_pickle(5)}
    for name, content in pickles.items():
        write("pickle", name, content)
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("a/data.pkl", content)
            archive.writestr("a/byteorder", "little")
            archive.writestr("a/data/0", bytes(range(16)))
        write("checkpoint", name, file.getvalue())
    write("pickle", "other", pickle.dumps({"a": [1, 2.5, None, True, (1,), (1, 2), (1, 2, 3, 4)], "b": 2**70, "c": "x" * 300}, protocol=2))


def checkpoint_pickle(protocol):
    """A state dictionary as torch.save writes it."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    class FloatStorage:
        pass

    def rebuild(*arguments):
        return arguments

    FloatStorage.__module__, FloatStorage.__qualname__ = "torch", "FloatStorage"
    rebuild.__module__, rebuild.__name__, rebuild.__qualname__ = "torch._utils", "_rebuild_tensor_v2", "_rebuild_tensor_v2"
    torch.FloatStorage, utils._rebuild_tensor_v2, torch._utils = FloatStorage, rebuild, utils
    sys.modules |= {"torch": torch, "torch._utils": utils}

    class Storage:
        pass

    class Tensor:
        def __reduce__(self):
            return rebuild, (storage, 0, (2, 2), (2, 1), False, {})

    class Pickler(pickle.Pickler):
        def persistent_id(self, found):
            return ("storage", FloatStorage, "0", "cpu", 4) if found is storage else None

    storage = Storage()
    file = io.BytesIO()
    Pickler(file, protocol=protocol).dump({"state_dict": {"module.final_layer.weight": Tensor()}, "epoch": 3})
    del sys.modules["torch"], sys.modules["torch._utils"]
    return file.getvalue()


def rules():
    actions = [
        {"type": "request", "endpoint": "tcp://127.0.0.1:5560", "timeoutMs": 250, "attempts": 3},
        {"type": "openEphys", "endpoint": "tcp://127.0.0.1:5557", "line": 1, "pulseMs": 10},
        {"type": "http", "url": "http://127.0.0.1:8000/wave"}, {"type": "serial", "device": "/dev/ttyACM0", "send": "W", "expect": "OK"},
        {"type": "command", "program": "/bin/true", "arguments": ["a"], "timeoutMs": 5000},
    ]
    rule = {
        "name": "wave", "class": ["wave", "puff"], "tier": "any", "confidence": {"on": 0.88, "off": 0.7}, "areaUm2": 15, "speedUmPerS": 20,
        "durationMs": 50, "regionPx": [0, 100, 64, 400], "rate": {"events": 5, "withinMs": 1000, "release": 2}, "dwellMs": 0,
        "refractoryMs": 200, "maximumCount": 10, "holdOffMs": 300, "armed": True, "actions": actions,
    }
    write("trigger-rules", "all", json.dumps({"rules": [rule]}))
    write("trigger-rules", "json5", "// rules\n{rules: [{name: 'a', class: \"spark\", /* why */ armed: false, dwellMs: +.5e1, areaUm2: 0x10,},],}")
    write("trigger-rules", "two", json.dumps({"rules": [{"name": "a", "class": "spark"}, {"name": "a", "class": "wave"}]}))
    write("key-file", "pair", '#   ZeroMQ CURVE **secret** certificate\nmetadata\n    name = "laptop"\ncurve\n'
          '    public-key = "Yne@$w-vo<fVvi]a<NY6T1ed:M$fCG*[IaLV{hID"\n    secret-key = "D:)Q[IlAW!ahhC2ac:9*A}h:p?([4%wOTJ%JR%cs"\n')


def requests():
    for name, request in {
        "all": {}, "after": {"run": "oldest", "after": 3, "topics": ["event.", "series."], "limit": 2},
        "since": {"run": "sparkwatch-20261130-171500", "since_ns": 1763822907000000000, "series_id": "7f0c"}, "huge": {"after": 2**63 - 1, "limit": 1000},
    }.items():
        write("catch-up", name, json.dumps(request))
    for name, text in {"arm": "arm", "disarm": "disarm wave", "status": "status", "other": "arm  large-spark "}.items():
        write("trigger-control", name, text)
    for name, text in {"text": "ISO 100 nM", "object": '{"mark": "ISO 100 nM"}', "escape": '{"mark": "a\\u001b[2Jb"}'}.items():
        write("mark", name, text)


def journals(path):
    topics = {}
    for line in Path(path).read_bytes().splitlines(keepends=True):
        topics.setdefault(json.loads(line)["topic"], line)
    for topic, line in topics.items():
        write("journal", topic, line)
    chosen = [line for topic, line in topics.items() if topic.startswith(("series", "event.spark", "gap", "mark"))]
    write("journal", "several", b"".join(sorted(chosen, key=lambda line: json.loads(line)["message_num"]))[:8000])


if __name__ == "__main__":
    frames()
    movies()
    networks()
    rules()
    requests()
    journals(sys.argv[1])
