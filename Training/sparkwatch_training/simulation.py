"""Recordings that `sparksim synth` makes while training goes on, ahead of their use and several at a time."""

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from . import TrainingError, worlds
from .recordings import read_recording


class Simulation:
    """An endless series of recordings, numbered from 1; equal seeds give equal series.

    Files of recordings that are in use stay in a folder, so that nothing is made twice when training is resumed.
    """

    def __init__(self, sparksim, folder, seed, workers=1, ahead=4):
        """`sparksim`: the program. `ahead`: how many recordings beyond the one asked for are made in advance."""
        # Absolute, since a bare name would be looked for among the installed programs.
        self.sparksim, self.folder, self.seed, self.ahead = Path(sparksim).resolve(), Path(folder), seed, ahead
        if not self.sparksim.is_file():
            raise TrainingError(f"{sparksim} is no program; give the sparksim that `swift build -c release` made")
        self.folder.mkdir(parents=True, exist_ok=True)
        self.threads = ThreadPoolExecutor(workers)
        self.under_way = {}
        self.waited = 0
        """Recordings that were not ready when they were asked for."""

    def recording(self, number):
        """The recording of a number; waits until it is made."""
        for wanted in range(number, number + self.ahead + 1):
            if wanted not in self.under_way:
                self.under_way[wanted] = self.threads.submit(self._make, wanted)
        made = self.under_way[number]
        self.waited += not made.done()
        made.result()
        return read_recording(self.folder, f"{number:02}", for_training=True)

    def discard(self, number):
        """Removes the files of a recording that is not needed any more."""
        self.under_way.pop(number, None)
        for path in self.folder.glob(f"{number:02}_*"):
            path.unlink()

    def discard_before(self, number):
        """Removes what an earlier stretch of training has left of smaller numbers."""
        found = {int(path.name.split("_")[0]) for path in self.folder.glob("*_*") if path.name.split("_")[0].isdigit()}
        for old in found:
            if old < number:
                self.discard(old)

    def _make(self, number):
        # Written last, so a recording that has it is complete.
        if (self.folder / f"{number:02}_events.json").exists():
            return
        command = [str(self.sparksim), "synth", "--output", str(self.folder), *worlds.arguments(self.seed, number)]
        result = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        if result.returncode:
            reason = result.stderr.strip().splitlines()[-1:] or ["no message"]
            raise TrainingError(f"{' '.join(command)} failed: {reason[0]}")
