"""Publish frames with pyzmq and numpy as other programs do, damaged messages among them; print what is expected.

Prints {"frames": [[counts...]...], "refused": {reason: count}}: the frames in order, scaled to 16 bits by numpy.
"""

import json
import sys

import numpy as np
import zmq

HEIGHT, WIDTH = 5, 7
RANDOM = np.random.default_rng(1)


def frame(dtype, largest):
    return RANDOM.integers(0, largest, (HEIGHT, WIDTH), endpoint=True).astype(dtype)


def recipe(array, **fields):
    """The recipe of the PyZMQ documentation."""
    return [json.dumps(dict(dtype=str(array.dtype), shape=array.shape, **fields)).encode(), array.tobytes()]


def array_1_0(array, index, **fields):
    order = "big" if array.dtype.byteorder == ">" else "little"
    header = dict(htype="array-1.0", type=array.dtype.name, shape=list(array.shape), frame=index, endianness=order,
                  source="", encoding="", tags={})
    return [json.dumps({**header, **fields}).encode(), array.tobytes()]


def area_detector(array, index):
    header = dict(htype="array-1.0", type=array.dtype.name, shape=[1, *array.shape], frame=index,
                  timeStamp=1763822907.12345678, encoding="", ndattr=dict(Gain=2))
    return [json.dumps(header, separators=(",", ":")).encode(), array.tobytes()]


def messages():
    """Pairs of a message and what becomes of it: an array of counts, or the reason of its refusal."""
    small = frame("uint8", 255)
    word = frame("uint16", 65535)
    twelve = frame("uint16", 4095)
    real = (frame("uint16", 65535) / 7).astype("float32")
    broken = real.copy()
    broken[2, 3] = np.nan
    yield recipe(word), word
    yield [b"{" + RANDOM.bytes(50), word.tobytes()], "bad_json"
    yield recipe(word.astype(">u2")), word
    yield recipe(word)[:1], "missing_pixels"
    yield recipe(real), real
    yield [RANDOM.bytes(9), b"\x00", word.tobytes()], "no_header"
    yield recipe(real.astype(">f4")), real
    yield recipe(broken), "pixel_not_finite"
    yield recipe(small), small * 256.0
    yield [recipe(word)[0], word.tobytes()[:-1]], "wrong_byte_count"
    yield recipe(twelve, bit_depth=12), twelve * 16.0
    yield recipe(word.astype("float64")), "unsupported_pixel_type"
    yield recipe(np.asfortranarray(word), order="C"), word
    fortran = recipe(word, order="F", is_labels=False)
    yield [fortran[0], word.tobytes(order="F")], word
    yield recipe(word, encoding="lz4"), "unsupported_encoding"
    yield [b"camera.1", *recipe(word)], word
    yield array_1_0(word, 9), word
    yield array_1_0(word, 10, htype=["array-1.0"]), word
    yield array_1_0(real.astype(">f4"), 11), real
    yield array_1_0(word, 12, shape=[HEIGHT, WIDTH, 3]), "invalid_shape"
    yield array_1_0(word, 12, shape=[2**31, 2**31]), "frame_too_large"
    yield area_detector(twelve, 12), twelve
    yield [*array_1_0(word, 13)[:1], word[:2].tobytes(), word[2:].tobytes()], word
    yield [*recipe(word), *[b""] * 20], "too_many_parts"
    yield array_1_0(small, 14), small * 256.0


def main():
    socket = zmq.Context.instance().socket(zmq.XPUB)
    socket.linger = 10000
    socket.connect(sys.argv[1])
    assert socket.poll(10000), "nobody subscribed"
    socket.recv()
    frames, refused = [], {}
    for parts, outcome in messages():
        socket.send_multipart(parts)
        if isinstance(outcome, str):
            refused[outcome] = refused.get(outcome, 0) + 1
        else:
            frames.append(np.asarray(outcome, "float64").ravel().tolist())
    socket.send_json(dict(htype="series_end-1.0", frames_sent=len(frames)))
    json.dump(dict(frames=frames, refused=refused), sys.stdout)


main()
