"""A picture of a training log."""

import json
from itertools import groupby

from sparkwatch_training.palette import CLASS_COLOURS, GROUND_COLOUR


def draw_curve(log_path, picture_path):
    """Loss and validation IoU over time from `log.jsonl`, as a PNG; needs matplotlib (extra `plot`)."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    with open(log_path) as log:
        records = [json.loads(line) for line in log]
    steps = [record for record in records if "loss" in record]
    validations = [record for record in records if "validation_iou" in record]
    figure, (top, bottom) = pyplot.subplots(2, 1, sharex=True, figsize=(8, 6))
    colours = {}
    greys = ("0.15", "0.5", "0.75")
    for phase, part in ((phase, list(part)) for phase, part in groupby(steps, key=lambda record: record["phase"])):
        label = None if phase in colours else f"{phase} loss"
        colour = colours.setdefault(phase, greys[len(colours) % len(greys)])
        top.plot([r["minutes"] for r in part], [r["loss"] for r in part], colour, linewidth=0.8, label=label)
    top.set_ylabel("loss")
    top.legend()
    for name in validations[0]["validation_iou"] if validations else ():
        values = [r["validation_iou"][name] for r in validations]
        bottom.plot([r["minutes"] for r in validations], values, marker="o", label=name, color=CLASS_COLOURS.get(name))
    bottom.set_facecolor(GROUND_COLOUR)
    bottom.set(xlabel="minutes", ylabel="validation IoU of voxels", ylim=(0, 1))
    if validations:
        bottom.legend(facecolor=GROUND_COLOUR, labelcolor="white")
    figure.tight_layout()
    figure.savefig(picture_path, dpi=80)
