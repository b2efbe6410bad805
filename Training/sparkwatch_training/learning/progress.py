"""What is going on, and how long it will take: a line now and then, from the first minute."""

import sys
import time

FIRST_LINES_SECONDS, LATER_LINES_SECONDS = 5.0, 15.0


class Progress:
    """Parts of known weight; every line says how much is left of them all."""

    def __init__(self, parts, write=None, clock=time.monotonic):
        """`parts`: estimated seconds by name, in the order in which they come."""
        self.parts = dict(parts)
        self.clock, self.start = clock, clock()
        self.write = write or (lambda line: print(line, file=sys.stderr, flush=True))
        self.part, self.share, self.part_start, self.last_line = None, 0.0, self.start, -float("inf")

    def begin(self, part, text):
        """Begins a part; those before it are over."""
        names = list(self.parts)
        for name in names[: names.index(part)]:
            self.parts[name] = 0.0
        self.part, self.share, self.part_start = part, 0.0, self.clock()
        self._line(text)

    def expect(self, part, seconds):
        """Knows better how long a part takes."""
        if part in self.parts:
            self.parts[part] = seconds

    def tell(self, share, text):
        """Says how far the part is, if the last line is some seconds old."""
        self.share = min(1.0, share)
        now = self.clock()
        every = FIRST_LINES_SECONDS if now - self.start < 60 else LATER_LINES_SECONDS
        if now - self.last_line >= every:
            self._line(text)

    @property
    def seconds_left(self):
        own = self.parts.get(self.part, 0.0)
        spent = self.clock() - self.part_start
        if self.share > 0.2:
            own = spent / self.share
        later = sum(seconds for name, seconds in self.parts.items() if name != self.part)
        return later + max(0.0, own - spent)

    def _line(self, text):
        self.last_line = self.clock()
        minutes, seconds = divmod(int(self.clock() - self.start), 60)
        left = self.seconds_left
        remaining = f"about {left / 60:.0f} min" if left >= 90 else f"about {max(5, 5 * round(left / 5)):.0f} s"
        self.write(f"[{minutes:3}:{seconds:02}, {remaining} left] {text}")
