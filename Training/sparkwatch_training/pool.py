"""Crops of simulated recordings that come and go: the oldest of a pool makes room for a new one again and again."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from . import BACKGROUND
from .crops import CropSampler, Variation
from .odd import odd_movie


class PoolSampler:
    """Draws crops of the newest recordings of a `Simulation`.

    Crop number n depends on the seed and n alone, so a training that was interrupted goes on as if it had not been, and
    crops can be prepared by several threads.
    """

    def __init__(self, simulation, size, draws_per_recording, odd_share=0.0, seed=0, variation=Variation(), threads=1):
        """`size`: recordings in the pool; `draws_per_recording`: crops for which one of them is exchanged."""
        self.simulation, self.size, self.draws_per_recording = simulation, size, draws_per_recording
        self.odd_share, self.seed, self.variation = odd_share, seed, variation
        self.threads = ThreadPoolExecutor(threads)
        self.ahead = threads
        self.held = {}
        self.waiting = []
        self.draws = 0

    def draw(self, shape):
        """The next crop: float32 intensity (t, y, x) and votes (class, t, y, x)."""
        if self.waiting and self.waiting[0][0] != shape:
            self.waiting = []
        while len(self.waiting) <= self.ahead:
            number = self.draws + len(self.waiting)
            self.waiting.append((shape, self.threads.submit(self._crop, number, self._recordings(number), shape)))
        self.draws += 1
        return self.waiting.pop(0)[1].result()

    def resume(self, draws):
        """Goes on after so many draws."""
        self.waiting = []
        self.draws = draws

    def first_of(self, draw):
        """The oldest recording that a draw may use; the pool is that one and the following."""
        return 1 + draw // self.draws_per_recording

    def _recordings(self, draw):
        first = self.first_of(draw)
        if not self.held:
            self.simulation.discard_before(first)
        for number in [number for number in self.held if number < self.first_of(self.draws)]:
            del self.held[number]
            self.simulation.discard(number)
        for number in range(first, first + self.size):
            if number not in self.held:
                self.held[number] = self.simulation.recording(number)
        return [self.held[number] for number in range(first, first + self.size)]

    def _crop(self, number, recordings, shape):
        rng = np.random.default_rng([self.seed, number])
        if rng.random() < self.odd_share:
            labels = np.zeros((4, *shape), np.float32)
            labels[BACKGROUND] = 1
            return odd_movie(shape, rng), labels
        sampler = CropSampler(recordings, self.variation)
        sampler.rng = rng
        return sampler.draw(shape)
