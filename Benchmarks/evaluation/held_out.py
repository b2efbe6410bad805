"""The fixed set of simulated recordings on which models are compared; training never uses its seed."""
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

SEED = 90210
VERSION = 2
"""Goes up whenever the same seed makes other recordings."""


@dataclass(frozen=True)
class Recording:
    number: int
    events: str
    snr: float | None

    @property
    def name(self):
        return f"{self.number:02}"


def recordings():
    """Recordings with events by chance, with waves, and empty ones, twice; the wanted SNR90 goes from 1.5 to 7."""
    wanted = [("any", snr) for snr in (1.5, 2.0, 2.3, 2.7, 3.2, 3.8, 4.5, 5.5, 7.0)]
    wanted += [("waves", snr) for snr in (1.7, 2.2, 2.8, 3.5, 5.0, 6.5)]
    wanted += [("none", None)] * 3
    return [Recording(number, events, snr) for number, (events, snr) in enumerate(2 * wanted, start=1)]


def synthesise(folder, sparksim, frames, style, wanted):
    """Makes the recordings that are not there yet; a folder made with other options is refused."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    options = {"seed": SEED, "frames": frames, "style": style, "version": VERSION}
    note = folder / "set.json"
    if note.exists() and json.loads(note.read_text()) != options:
        raise SystemExit(f"{folder} holds recordings made with {note.read_text().strip()}; name another folder")
    note.write_text(json.dumps(options) + "\n")
    for recording in wanted:
        # Written last by sparksim, so a recording that has it is complete.
        if (folder / f"{recording.name}_events.json").exists():
            continue
        command = [sparksim, "synth", "--output", folder, "--first-number", recording.number, "--seed", SEED]
        command += ["--frames", frames, "--style", style, "--events", recording.events]
        if recording.snr is not None:
            command += ["--snr", recording.snr]
        subprocess.run([str(word) for word in command], check=True)


def truth(folder, recording):
    """Ground truth and parameters of a recording."""
    return json.loads((Path(folder) / f"{recording.name}_events.json").read_text())
