// The brush: pixels that are painted over in one stroke.

export class Brush {
  constructor() { this.clear(); }

  clear() {
    /** Painted columns by row. */
    this.rows = new Map();
    this.isDown = false;
    this.isErasing = false;
    this.last = null;
  }

  start(isErasing) {
    this.clear();
    Object.assign(this, { isDown: true, isErasing, wasErasing: isErasing });
  }

  /** Paints a disc, and what lies between it and the one before. */
  paint(place, radius, movie) {
    const from = this.last ?? place;
    const steps = Math.max(1, Math.ceil(Math.hypot(place.x - from.x, place.y - from.y) / Math.max(1, radius / 2)));
    for (let step = 1; step <= steps; step += 1) {
      const share = step / steps;
      this.disc(from.y + share * (place.y - from.y), from.x + share * (place.x - from.x), radius, movie);
    }
    this.last = place;
  }

  disc(y, x, radius, { height, width }) {
    for (let row = Math.max(0, Math.ceil(y - radius)); row <= Math.min(height - 1, y + radius); row += 1) {
      const reach = Math.sqrt(Math.max(0, radius * radius - (row - y) ** 2));
      if (!this.rows.has(row)) this.rows.set(row, new Set());
      for (let column = Math.max(0, Math.ceil(x - reach)); column <= Math.min(width - 1, x + reach); column += 1) this.rows.get(row).add(column);
    }
  }

  /** Ends the stroke; returns its runs `frame, y, x0, x1` in so many frames before and behind one. */
  finish(frame, depth, movie) {
    const runs = [];
    for (const [y, columns] of [...this.rows].sort((a, b) => a[0] - b[0])) {
      let run = null;
      for (const x of [...columns].sort((a, b) => a - b)) {
        if (run && run[2] === x) run[2] = x + 1;
        else runs.push((run = [y, x, x + 1]));
      }
    }
    this.clear();
    const numbers = [];
    for (let at = Math.max(0, frame - depth); at <= Math.min(movie.frames - 1, frame + depth); at += 1) {
      for (const [y, x0, x1] of runs) numbers.push(at, y, x0, x1);
    }
    return numbers;
  }
}
