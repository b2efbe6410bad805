// How far the cell was from where it was at first, and when its movement could not be undone.

import { prepare } from "./canvas.js";
import { drawAxes, drawMarks, placed } from "./resting.js";

/** The least of the scale, in µm: what no detector cares for looks small. */
const LEAST_UM = 0.2;

/** The farthest displacement over all recordings, one after the other, one with two points at least; times that cannot be trusted are shaded. */
export function drawMovement(canvas, { recordings, marks }) {
  const { context, width, height } = prepare(canvas);
  const plot = { left: 44, right: width - 8, top: 6, bottom: height - 14 };
  const parts = placed(recordings.filter((recording) => recording.frames.length > 1));
  const end = parts.at(-1).start + parts.at(-1).length;
  const most = Math.max(LEAST_UM, 1.08 * Math.max(...parts.flatMap((part) => part.farthest_um)));
  const x = (second) => plot.left + (second / Math.max(end, 1e-6)) * (plot.right - plot.left);
  const y = (value) => plot.bottom - (value / most) * (plot.bottom - plot.top);
  for (const part of parts) shade(context, part, plot, x);
  drawAxes(context, { plot, x, y, most, end, height, ticks: 3 });
  for (const part of parts) {
    drawMarks(context, part, marks, x, plot);
    context.strokeStyle = "#e8eef4";
    context.lineWidth = 1.4;
    context.beginPath();
    part.frames.forEach((frame, index) => context.lineTo(x(part.second(frame)), y(part.farthest_um[index])));
    context.stroke();
  }
}

/** Where movement was left: the more of the frames, the darker. */
function shade(context, part, plot, x) {
  part.frames.forEach((frame, index) => {
    const share = part.motion_left_share[index];
    if (share === 0) return;
    const [from, to] = [x(part.second(frame)), x(part.second(part.frames[index + 1] ?? frame))];
    context.fillStyle = `rgb(224 160 64 / ${0.15 + 0.45 * share})`;
    context.fillRect(from, plot.top, Math.max(1, to - from), plot.bottom - plot.top);
  });
}

/** By how much frames were moved back, as it was published; for as long as pictures are kept. */
export class Shifts {
  constructor() { this.clear(); }

  clear() {
    this.byFrame = new Map();
    this.newest = -1;
  }

  take({ frame_start: start, y_px: found, undone_y_px: y, undone_x_px: x }) {
    this.newest = Math.max(this.newest, start + found.length - 1);
    if (!y) return;
    y.forEach((value, index) => {
      if (value !== 0 || x[index] !== 0) this.byFrame.set(start + index, { y: value, x: x[index] });
    });
  }

  /** Forgets what lies before a frame. */
  forget(oldest) {
    for (const frame of this.byFrame.keys()) if (frame < oldest) this.byFrame.delete(frame);
  }

  /** Rows and columns, in pixels of the camera, by which a frame was displaced; null where that is not known yet. */
  of(frame) {
    return frame > this.newest ? null : this.byFrame.get(frame) ?? { y: 0, x: 0 };
  }
}
