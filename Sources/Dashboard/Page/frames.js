// The pictures and class masks of the last minute, and the change in fluorescence along the cell.

const LONGEST_S = 62;
const MOST_BYTES = 160e6;
/** Share of the way to a new picture that the resting level goes: a time constant of some two seconds. */
const BASELINE_PACE = 1 / 60;

export class Frames {
  constructor() {
    /** True while somebody looks back: then only memory limits what is kept. */
    this.isHeld = false;
    this.clear(0);
  }

  /** Forgets everything, because another series begins. */
  clear(series) {
    this.series = series;
    this.images = [];
    this.masks = new Map();
    this.bytes = 0;
    this.newestDecided = null;
    this.baseline = null;
    this.listeners ??= [];
    for (const listener of this.listeners) listener.cleared();
  }

  /** Takes a picture up. intervalMs: time from frame to frame. */
  add(image, intervalMs) {
    const isBack = this.images.length > 0 && image.frame <= this.newest.frame;
    if (image.series !== this.series || isBack) this.clear(image.series);
    this.images.push(image);
    this.bytes += image.pixels.length;
    const oldest = image.frame - (1000 * LONGEST_S) / intervalMs;
    let surplus = 0;
    while ((!this.isHeld && this.images[surplus].frame < oldest) || this.bytes > MOST_BYTES) {
      this.bytes -= this.images[surplus].pixels.length;
      this.masks.delete(this.images[surplus].frame);
      surplus += 1;
    }
    if (surplus > 0) this.images.splice(0, surplus);
    const counts = countsTable(image);
    this.followBaseline(image, counts);
    for (const listener of this.listeners) listener.added(image, counts, this.baseline);
  }

  addMasks(overlay) {
    for (const mask of overlay.masks) this.masks.set(mask.frame, mask.runs);
    if (this.masks.size > 2 * this.images.length + 300) this.forgetOldMasks();
    this.newestDecided = overlay.newestDecided;
  }

  get newest() { return this.images.at(-1) ?? null; }
  get oldest() { return this.images[0] ?? null; }

  /** The last picture at or before a frame; the first one if there is none. */
  at(frame) {
    let [low, high] = [0, this.images.length - 1];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.images[middle].frame <= frame) low = middle;
      else high = middle - 1;
    }
    return this.images[low] ?? null;
  }

  /** The picture some places further on than a frame. */
  beside(frame, places) {
    const index = this.images.indexOf(this.at(frame)) + places;
    return this.images[Math.max(0, Math.min(this.images.length - 1, index))] ?? null;
  }

  forgetOldMasks() {
    const oldest = this.oldest?.frame ?? Infinity;
    for (const frame of this.masks.keys()) if (frame < oldest) this.masks.delete(frame);
  }

  followBaseline(image, counts) {
    const { pixels } = image;
    if (this.baseline?.length !== pixels.length) {
      this.baseline = Float32Array.from(pixels, (code) => counts[code]);
      this.seen = 0;
      return;
    }
    this.seen += 1;
    const pace = Math.max(BASELINE_PACE, 1 / (this.seen + 1));
    const { baseline } = this;
    for (let i = 0; i < pixels.length; i += 1) baseline[i] += pace * (counts[pixels[i]] - baseline[i]);
  }
}

/** The counts that the 256 values of a picture's pixels stand for. */
export function countsTable({ low, high }) {
  const table = new Float32Array(256);
  for (let code = 0; code < 256; code += 1) table[code] = low + (high - low) * (code / 255) ** 2;
  return table;
}
