// The change along the cell over the whole movie, and the course of one event with its fit.

import { drawSign, classNamed } from "./classes.js";
import { niceStep, prepare } from "./canvas.js";
import { lut } from "./luts.js";
import { colourOf } from "./reviewpicture.js";

const AXIS = "#93a1b0";
const GRID = "#232b35";

/** Time runs to the right, the place along the cell downwards. */
export class ScanView {
  constructor(canvas) {
    this.canvas = canvas;
    this.image = document.createElement("canvas");
    this.drawn = null;
    this.plot = null;
  }

  draw({ movie, scan, events, frame, current }) {
    const { context, width, height } = prepare(this.canvas);
    if (!movie) return;
    const plot = { left: 44, right: width - 6, top: 4, bottom: height - 18 };
    this.plot = { ...plot, movie };
    if (scan) {
      this.render(scan);
      context.imageSmoothingEnabled = false;
      const share = { x: (scan.height * scan.frameStep) / movie.frames, y: (scan.width * scan.columnStep) / movie.width };
      context.drawImage(this.image, plot.left, plot.top, share.x * (plot.right - plot.left), share.y * (plot.bottom - plot.top));
    }
    const x = (at) => plot.left + (at / movie.frames) * (plot.right - plot.left);
    const y = (at) => plot.top + (at / movie.width) * (plot.bottom - plot.top);
    for (const row of events) {
      if (row.verdict === "deleted" && row.id !== current) continue;
      const isCurrent = row.id === current;
      context.strokeStyle = isCurrent ? "#ffffff" : colourOf(row);
      context.lineWidth = isCurrent ? 2 : 1;
      context.globalAlpha = isCurrent || row.verdict === "open" ? 1 : 0.55;
      context.strokeRect(x(row.frames[0]), y(row.box[1]), Math.max(2, x(row.frames[1] + 1) - x(row.frames[0])), Math.max(2, y(row.box[3]) - y(row.box[1])));
    }
    context.globalAlpha = 1;
    context.fillStyle = "#ffffff";
    context.fillRect(x(frame), plot.top, 1, plot.bottom - plot.top);
    this.drawAxes(context, movie, plot, x, y);
  }

  drawAxes(context, movie, plot, x, y) {
    context.fillStyle = AXIS;
    context.textAlign = "center";
    const seconds = (movie.frames * movie.interval_ms) / 1000;
    const step = niceStep(seconds, 8);
    for (let at = 0; at <= seconds; at += step) {
      const text = `${Number(at.toPrecision(6))}${at === 0 ? " s" : ""}`;
      context.fillText(text, Math.min(plot.right - 12, Math.max(plot.left + 6, x((1000 * at) / movie.interval_ms))), plot.bottom + 13);
    }
    context.textAlign = "right";
    const length = movie.width * movie.pixel_um;
    const places = niceStep(length, 4);
    for (let at = 0; at <= length; at += places) context.fillText(`${at}${at === 0 ? " µm" : ""}`, plot.left - 4, Math.min(plot.bottom, y(at / movie.pixel_um) + 9));
    context.textAlign = "left";
  }

  render(scan) {
    if (this.drawn === scan) return;
    this.drawn = scan;
    Object.assign(this.image, { width: scan.height, height: scan.width });
    const context = this.image.getContext("2d");
    const data = context.createImageData(scan.height, scan.width);
    const colours = new Uint32Array(data.data.buffer);
    const table = lut("grey");
    for (let at = 0; at < scan.height; at += 1) for (let x = 0; x < scan.width; x += 1) colours[x * scan.height + at] = table[scan.pixels[at * scan.width + x]];
    context.putImageData(data, 0, 0);
  }

  /** Frame and column of a point; null outside. */
  placeAt(x, y) {
    if (!this.plot) return null;
    const { left, right, top, bottom, movie } = this.plot;
    const [frame, column] = [Math.floor(((x - left) / (right - left)) * movie.frames), Math.floor(((y - top) / (bottom - top)) * movie.width)];
    return frame >= 0 && frame < movie.frames && column >= 0 && column < movie.width ? { frame, column } : null;
  }
}

/** ΔF/F0 over time, measured and fitted, with both axes labelled; shaded while the event lasts. */
export function drawCourse(canvas, { row, course, frame, movie }) {
  const { context, width, height } = prepare(canvas);
  const values = course?.values.filter((value) => value !== null) ?? [];
  if (!row) return;
  if (values.length < 2) {
    const reason = course ? "no course: nothing could be fitted" : row.class === "undefined" ? "undefined events are not measured" : "measuring";
    context.fillStyle = AXIS;
    context.fillText(reason, 8, 20);
    return;
  }
  const plot = { left: 52, right: width - 8, top: 8, bottom: height - 30 };
  const [first, last] = [course.first, course.first + course.values.length - 1];
  const all = [...values, ...course.fit];
  const [least, most] = [Math.min(0, ...all), Math.max(0.1, ...all)];
  const margin = 0.06 * (most - least);
  const x = (at) => plot.left + ((at - first) / Math.max(1, last - first)) * (plot.right - plot.left);
  const y = (value) => plot.bottom - ((value - least + margin) / (most - least + 2 * margin)) * (plot.bottom - plot.top);

  context.fillStyle = `${colourOf(row)}2e`;
  const [from, to] = [Math.max(plot.left, x(row.frames[0])), Math.min(plot.right, x(row.frames[1] + 1))];
  context.fillRect(from, plot.top, Math.max(2, to - from), plot.bottom - plot.top);
  drawScale(context, { plot, x, y, least, most, first, last, onset: row.frames[0], movie, width });
  stroke(context, course.values, (index) => x(first + index), y, "#dbe6f0", 1.2);
  stroke(context, course.fit, (index) => x(first + index), y, colourOf(row), 2.2);
  if (frame >= first && frame <= last) {
    context.fillStyle = "#ffffff";
    context.fillRect(x(frame), plot.top, 1, plot.bottom - plot.top);
  }
  const peak = course.fit.indexOf(Math.max(...course.fit));
  const kind = classNamed(row.class);
  if (kind && peak >= 0) drawSign(context, kind, x(first + peak), y(course.fit[peak]) - 7, 3.5);
}

function stroke(context, values, x, y, colour, width) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.beginPath();
  let isDown = false;
  values.forEach((value, index) => {
    if (value === null) { isDown = false; return; }
    if (isDown) context.lineTo(x(index), y(value));
    else context.moveTo(x(index), y(value));
    isDown = true;
  });
  context.stroke();
}

function drawScale(context, { plot, x, y, least, most, first, last, onset, movie }) {
  context.strokeStyle = GRID;
  context.lineWidth = 1;
  context.fillStyle = AXIS;
  context.textAlign = "right";
  const step = niceStep(most - least, 4);
  for (let value = Math.ceil(least / step) * step; value <= most; value += step) {
    context.beginPath();
    context.moveTo(plot.left, y(value));
    context.lineTo(plot.right, y(value));
    context.stroke();
    context.fillText(`${Number(value.toPrecision(3))}`, plot.left - 4, y(value) + 4);
  }
  context.textAlign = "center";
  const timeStep = niceStep((last - first) * movie.interval_ms, 5);
  for (let ms = Math.ceil(((first - onset) * movie.interval_ms) / timeStep) * timeStep; ms <= (last - onset) * movie.interval_ms; ms += timeStep) {
    context.fillText(`${Number(ms.toPrecision(6))}`, Math.max(plot.left + 8, Math.min(x(onset + ms / movie.interval_ms), plot.right - 10)), plot.bottom + 12);
  }
  context.fillText("ms from the onset", (plot.left + plot.right) / 2, plot.bottom + 26);
  context.save();
  context.translate(11, (plot.top + plot.bottom) / 2);
  context.rotate(-Math.PI / 2);
  context.fillText("ΔF/F₀", 0, 0);
  context.restore();
  context.textAlign = "left";
}
