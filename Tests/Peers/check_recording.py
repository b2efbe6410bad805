"""Re-reads a synthetic recording with tifffile and numpy and prints what it finds as JSON.

usage: check_recording.py PREFIX      (for example out/01)
"""

import json
import sys

import numpy as np
import tifffile

prefix = sys.argv[1]
video = tifffile.imread(prefix + "_video.tif")
classes = tifffile.imread(prefix + "_class_label.tif")
events = tifffile.imread(prefix + "_event_label.tif")
with open(prefix + "_events.json") as file:
    summary = json.load(file)
with tifffile.TiffFile(prefix + "_video.tif") as tif:
    metadata = tif.imagej_metadata
    page = tif.pages[0].tags
    numerator, denominator = page["XResolution"].value

problems = []


def check(condition, text):
    if not condition:
        problems.append(text)


annotated = {event["id"]: event for event in summary["events"] if event["id"] > 0}
ids = [int(i) for i in np.unique(events) if i > 0]
check(ids == list(range(1, len(ids) + 1)), "ids have gaps")
check(sorted(annotated) == ids, "events.json and labels name different ids")
check(((classes > 0) == (events > 0)).all(), "class and event labels cover different voxels")
names = {"spark": 1, "wave": 2, "puff": 3}
for i in ids:
    where = np.nonzero(events == i)
    event = annotated[i]
    found = np.unique(classes[where])
    check(len(found) == 1 and found[0] == event["label_class"], f"{i}: class")
    check(event["label_class"] in (names[event["class"]], 4), f"{i}: class name")
    frames, rows, columns = where
    check(event["start_frame"] == frames.min() and event["end_frame"] == frames.max(), f"{i}: frames")
    check(event["start_frame"] <= event["peak_frame"] <= event["end_frame"], f"{i}: peak")
    check(event["voxel_count"] == len(frames), f"{i}: voxels")
    check(event["box"] == [rows.min(), columns.min(), rows.max(), columns.max()], f"{i}: box")
    extents = [int(a.max() - a.min() + 1) for a in where]
    check(min(extents) >= 3, f"{i}: smaller than 3 x 3 x 3")
    if event["label_class"] == 2:
        check(extents[2] * summary["style"]["calibration"]["pixel_size_micrometres"] >= 14.9, f"{i}: narrow wave")

inside = np.isin(classes, (1, 2, 3))
print(
    json.dumps(
        {
            "shape": video.shape,
            "types": [str(a.dtype) for a in (video, classes, events)],
            "finterval": metadata["finterval"],
            "pixel": denominator / numerator,
            "problems": problems,
            "percentile": float(np.percentile(video[inside], 90)) if inside.any() else None,
            "outside": float(video[:, :, :][classes == 0].mean()),
        }
    )
)
