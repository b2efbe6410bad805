"""Check what a live run wrote beside its journal: sounds in a WAV file, sounds that were played, movies of waves.

Usage: check_companions.py JOURNAL MOVIE WAV RAW CLIPS; prints how many of each were found right.
"""

import glob
import json
import sys

import numpy as np
import tifffile
from scipy.io import wavfile

journal, movie, wav, raw, clips = sys.argv[1:]
messages = [json.loads(line) for line in open(journal)]
start = next(m for m in messages if m["topic"] == "series.start")
events = [m for m in messages if m["topic"].startswith("event.") and m["state"] == "final"]
interval = start["frame_interval_ms"] / 1000
movie = tifffile.imread(movie)

rate, sound = wavfile.read(wav)
assert len(sound) >= round(len(movie) * interval * rate) - 1
heard = 0
for event in events:
    onset = round((event["frame_start"] - start["first_frame"]) * interval * rate)
    heard += int(np.abs(sound[onset : onset + rate // 20]).max() > 300)

played = np.fromfile(raw, np.float32)
loud = np.abs(played.reshape(-1, 2)).max(axis=1) > 0.01

waves = [event for event in events if event["event_type"] == "wave"]
right = 0
for event in waves:
    stem = f"{clips}/wave-{event['event_id']}"
    video, classes, numbers = (tifffile.imread(stem + s) for s in ("_video.tif", "_class_label.tif", "_event_label.tif"))
    first = json.load(open(stem + "_event.json"))["first_frame"]
    assert video.shape == classes.shape == numbers.shape
    assert (video == movie[first : first + len(video)]).all()
    mine = numbers == int(event["event_id"].rsplit("-", 1)[1])
    right += int((mine & (classes == 2)).sum() == event["voxels"])
assert len(glob.glob(f"{clips}/*_video.tif")) == len(waves)
sparks = [event["frame_start"] for event in events if event["event_type"] == "spark"]
sounds = len(set(sparks)) + len(events) - len(sparks)
json.dump(
    {"events": len(events), "heard": heard, "played": int(loud.sum()), "waves": len(waves), "clips": right, "sounds": sounds},
    sys.stdout,
)
