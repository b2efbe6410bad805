// What the page knows of a movie under review: its events, their masks, pictures and courses, and what was asked for.

/** What was asked for and has not come is asked for again after so long. */
const PATIENCE_MS = 4000;
const CHUNK = 32;
const MOST_PICTURE_BYTES = 200e6;
const MOST_MASK_NUMBERS = 20e6;
const MASKS_AT_ONCE = 64;

export class ReviewBook {
  /** @param send Sends a request; false if nobody is there. */
  constructor(send) {
    this.send = send;
    this.clear(null);
  }

  /** Forgets everything, because another movie is opened. */
  clear(movie) {
    this.movie = movie;
    this.events = new Map();
    this.isComplete = false;
    this.version = (this.version ?? 0) + 1;
    this.pictures = new Map();
    this.pictureBytes = 0;
    this.masks = new Map();
    this.maskNumbers = 0;
    this.courses = new Map();
    this.scan = null;
    this.asked = new Map();
  }

  get number() { return this.movie?.movie ?? null; }

  take(rows, gone = []) {
    for (const row of rows) this.events.set(row.id, row);
    for (const id of gone) this.events.delete(id);
    this.version += 1;
  }

  /** Sends a request unless it is under way. */
  ask(key, request) {
    const now = performance.now();
    if (now - (this.asked.get(key) ?? -Infinity) < PATIENCE_MS) return;
    if (this.send({ movie: this.number, ...request })) this.asked.set(key, now);
  }

  /** The picture of a frame; null until it has come. */
  picture(frame) {
    const picture = this.pictures.get(frame) ?? null;
    const chunk = Math.floor(frame / CHUNK);
    if (!picture) this.askPictures(chunk);
    // The next ones, before they are wanted.
    if (frame % CHUNK > CHUNK / 2 && !this.pictures.has((chunk + 1) * CHUNK)) this.askPictures(chunk + 1);
    return picture;
  }

  askPictures(chunk) {
    if (!this.movie || chunk * CHUNK >= this.movie.frames) return;
    this.ask(`pictures ${chunk}`, { command: "pictures", first: chunk * CHUNK, count: Math.min(CHUNK, this.movie.frames - chunk * CHUNK) });
  }

  takePicture(picture) {
    if (!this.pictures.has(picture.frame)) this.pictureBytes += picture.pixels.length;
    this.pictures.set(picture.frame, picture);
    this.asked.delete(`pictures ${Math.floor(picture.frame / CHUNK)}`);
    while (this.pictureBytes > MOST_PICTURE_BYTES && this.pictures.size > 4 * CHUNK) {
      const [oldest, { pixels }] = this.pictures.entries().next().value;
      this.pictureBytes -= pixels.length;
      this.pictures.delete(oldest);
    }
  }

  /** Events with a voxel in a frame, by their extent. */
  eventsAt(frame) { return [...this.events.values()].filter(({ frames }) => frames[0] <= frame && frame <= frames[1]); }

  /** The runs of events in a frame: pairs of row and runs `y, x0, x1`; those that are missing are asked for. */
  masksAt(frame, events) {
    const missing = [];
    const known = [];
    for (const row of events) {
      const mask = this.masks.get(row.id);
      if (!mask || mask.rev !== row.rev) missing.push(row.id);
      if (mask) known.push([row, mask.frames.get(frame) ?? NO_RUNS]);
    }
    const wanted = missing.filter((id) => performance.now() - (this.asked.get(`mask ${id}`) ?? -Infinity) >= PATIENCE_MS).slice(0, MASKS_AT_ONCE);
    if (wanted.length > 0 && this.send({ movie: this.number, command: "masks", numbers: wanted })) {
      for (const id of wanted) this.asked.set(`mask ${id}`, performance.now());
    }
    return known;
  }

  takeMask(mask) {
    this.asked.delete(`mask ${mask.id}`);
    this.maskNumbers += mask.size - (this.masks.get(mask.id)?.size ?? 0);
    this.masks.delete(mask.id);
    this.masks.set(mask.id, mask);
    while (this.maskNumbers > MOST_MASK_NUMBERS && this.masks.size > MASKS_AT_ONCE) {
      const [oldest, { size }] = this.masks.entries().next().value;
      this.maskNumbers -= size;
      this.masks.delete(oldest);
    }
    this.version += 1;
  }

  /** The course of an event; null until it has come. */
  course(row) {
    const course = this.courses.get(row.id);
    if (course?.rev === row.rev && course.class === row.class) return course;
    if (row.class !== "undefined") this.ask(`course ${row.id} ${row.rev} ${row.class}`, { command: "course", number: row.id });
    return null;
  }

  takeCourse(id, course) {
    this.courses.set(id, { ...course, class: this.events.get(id)?.class });
    if (this.courses.size > 2000) this.courses.delete(this.courses.keys().next().value);
    this.version += 1;
  }
}

const NO_RUNS = [];

/** A mask: its runs `y, x0, x1` by frame. */
export function decodeMask(view) {
  const count = view.getUint32(16, true);
  const frames = new Map();
  for (let index = 0, at = 20; index < count; index += 1, at += 12) {
    const frame = view.getUint32(at, true);
    let runs = frames.get(frame);
    if (!runs) frames.set(frame, (runs = []));
    runs.push(view.getUint16(at + 4, true), view.getUint16(at + 6, true), view.getUint16(at + 8, true));
  }
  return {
    isDraft: view.getUint8(1) === 1, id: view.getUint32(4, true), rev: view.getUint32(8, true), movie: view.getUint32(12, true), frames, size: 3 * count,
  };
}

/** The change along the cell: `pixels[time][position]`. */
export function decodeScan(view) {
  const [width, height] = [view.getUint16(8, true), view.getUint16(10, true)];
  return {
    movie: view.getUint32(4, true), width, height, columnStep: view.getUint16(12, true), frameStep: view.getUint16(14, true),
    low: view.getFloat32(16, true), high: view.getFloat32(20, true), pixels: new Uint8Array(view.buffer, 24, width * height),
  };
}
