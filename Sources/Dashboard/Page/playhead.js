// Which picture is shown: in step with the classes, the newest, or one of the last minute.

/** Seconds behind the newest decided frame from which on the picture jumps instead of catching up. */
const LONGEST_DELAY_S = 1;

export class Playhead {
  constructor(frames) {
    this.frames = frames;
    this.timing = "step";
    this.position = 0;
    this.isPaused = false;
    frames.listeners.push({ cleared: () => { this.position = 0; this.isPaused = false; }, added: () => {} });
  }

  /** Moves on by some milliseconds and returns the picture to show, or null. */
  advance(elapsedMs, intervalMs) {
    const { newest, newestDecided } = this.frames;
    if (!newest) return null;
    if (this.isPaused) return this.frames.at(this.position);
    if (this.timing === "newest" || newestDecided === null) {
      this.position = newest.frame;
    } else {
      const delay = newestDecided - this.position;
      if (delay < 0 || delay * intervalMs > 1000 * LONGEST_DELAY_S) this.position = newestDecided - 250 / intervalMs;
      this.position = Math.min(newestDecided, this.position + elapsedMs / intervalMs);
    }
    return this.frames.at(this.position);
  }

  pause() { this.isPaused = true; }

  resume() { this.isPaused = false; }

  /** Pauses at a frame, as far as its picture is still there. */
  show(frame) {
    this.isPaused = true;
    this.position = this.frames.at(frame)?.frame ?? this.position;
  }

  step(places) {
    this.isPaused = true;
    this.position = this.frames.beside(this.position, places)?.frame ?? this.position;
  }
}
