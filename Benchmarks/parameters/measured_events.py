"""True instances of simulated recordings, measured by `sparkwatch measure`, so that nothing of the detector enters."""
import csv
import json
import subprocess


def measure(movies, names, folder, binaries):
    command = [binaries / "sparkwatch", "measure", "--output", folder]
    command += [movies / f"{name}_video.tif" for name in names]
    subprocess.run([str(word) for word in command], check=True, stdout=subprocess.DEVNULL)


def complete_events(movies, measured, name):
    """Truth and measured row of every complete, annotated event that stands alone."""
    with open(measured / f"{name}_events.csv", newline="") as file:
        found = {int(row["event_id"].split("-")[-1]): row for row in csv.DictReader(file)}
    events = truth(movies, name)["events"]
    shared = {event["part_of_id"] for event in events if event.get("part_of_id")}
    for event in events:
        if event["id"] not in found or event["label_class"] not in (1, 2, 3) or event["id"] in shared:
            continue
        row = found[event["id"]]
        flags = row["flags"].split()
        if "edge_t0" in flags or "edge_t1" in flags or event["start_frame"] < 24:
            continue
        if event["class"] != "wave" and "edge_xy" in flags:
            continue
        yield event, row


def truth(movies, name):
    return json.loads((movies / f"{name}_events.json").read_text())
