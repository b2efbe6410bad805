"""The recordings of the broad evaluation: kinds of laboratory, slow movies, ten laboratories, cells that move, odd input.

Training uses none of these seeds, and none of the styles that are held out.
"""
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SEED = 70_911
VERSION = 1
"""Goes up whenever the same seed makes other recordings."""

FRAMES = 512
SHAKE = "vibration-y=1@19,drift-x=3,contraction=1@0.8"
TRAINED = ("instruments", "disturbed", "spinning-disk", "round", "smooth-muscle", "sheet")
HELD_OUT = ("unusual", "rim", "widefield")
LABORATORIES = ("instruments", "instruments", "instruments", "spinning-disk", "round", "smooth-muscle", "disturbed", *HELD_OUT)
RECORDINGS_OF_A_LABORATORY = 4


@dataclass(frozen=True)
class Recording:
    number: int
    options: tuple
    """Words for `sparksim synth`."""

    @property
    def name(self):
        return f"{self.number:02}"


def sets():
    """Recordings by the name of their set."""
    usual = [("any", snr) for snr in (2.0, 2.5, 3.0, 3.6, 4.4, 5.5)] + [("waves", snr) for snr in (1.8, 2.4, 3.2, 4.2, 5.0, 6.0)]
    some = usual[::2] + usual[1::4]
    result = {"usual": _recordings(usual), "unusual": _recordings(usual, "--style", "unusual")}
    for style in HELD_OUT[1:] + TRAINED:
        result[style] = _recordings([(events, None) for events in ("any", "any", "waves", "no-waves") * 2], "--style", style)
    for interval in ("13.6", "20"):
        result[f"{interval} ms"] = _recordings(some, "--frame-interval", interval)
    result["still"] = _recordings(some)
    result["moving"] = _recordings(some, "--shake", SHAKE)
    return result


def _recordings(wanted, *options):
    found = []
    for number, (events, snr) in enumerate(wanted, start=1):
        if "smooth-muscle" in options and events == "waves":
            events = "any"
        ratio = () if snr is None else ("--snr", str(snr))
        found.append(Recording(number, (*options, "--events", events, *ratio)))
    return found


def synthesise(folder, sparksim, recordings, frames):
    """Makes the recordings that are not there yet; a folder made otherwise is refused."""
    folder.mkdir(parents=True, exist_ok=True)
    note, made = folder / "set.json", {"seed": SEED, "version": VERSION, "frames": frames}
    if note.exists() and json.loads(note.read_text()) != made:
        raise SystemExit(f"{folder} holds recordings made with {note.read_text().strip()}; name another folder")
    note.write_text(json.dumps(made) + "\n")
    for recording in recordings:
        # Written last by sparksim, so a recording that has it is complete.
        if not (folder / f"{recording.name}_events.json").exists():
            synth(sparksim, folder, recording.number, frames, *recording.options)


def synth(sparksim, folder, number, frames, *options, seed=SEED):
    run(sparksim, "synth", "--output", folder, "--first-number", number, "--frames", frames, "--seed", seed, *options)


def run(*command):
    """Runs a program quietly; if it fails, this one ends with its last line."""
    words = [str(word) for word in command]
    result = subprocess.run(words, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if result.returncode:
        raise SystemExit(f"{' '.join(words)} failed: {(result.stderr.strip().splitlines() or ['no message'])[-1]}")


def laboratory(folder, sparksim, index, frames):
    """Recordings of one laboratory, which share all but the cells: `--like` one in which sparks were annotated."""
    folder.mkdir(parents=True, exist_ok=True)
    model = folder / "model"
    seed = SEED + 1 + index
    for number in range(1, 41):
        path = model / f"{number:02}_events.json"
        if not path.exists():
            synth(sparksim, model, number, frames, "--style", LABORATORIES[index], seed=seed)
        if records_sparks(json.loads(path.read_text())):
            break
    else:
        raise SystemExit(f"{model}: no recording of {number} shows sparks; the style has changed")
    recordings = [Recording(number, ("--like", str(path))) for number in range(1, RECORDINGS_OF_A_LABORATORY + 1)]
    for recording in recordings:
        if not (folder / f"{recording.name}_events.json").exists():
            synth(sparksim, folder, recording.number, frames, *recording.options, seed=seed + 1000)
    return recordings


def records_sparks(truth):
    """Whether a laboratory works on sparks, bright enough that annotators see them."""
    sparks = sum(event["label_class"] == 1 for event in truth["events"])
    return sparks >= 6 and (truth.get("signal_to_noise90") or 0) >= 1.8


def truth(folder, name):
    """Ground truth and parameters of a recording."""
    return json.loads((Path(folder) / f"{name}_events.json").read_text())
