// Events by class, position and time: newest on top, over the change in fluorescence across the cell (as a line scan).

import { drawSign } from "./classes.js";
import { label, niceStep, prepare } from "./canvas.js";
import { clockText } from "./eventbook.js";

const LEFT = 44;
const BOTTOM = 18;
/** Rows kept: a minute of 30 pictures a second. */
const ROWS = 1900;

export class Raster {
  constructor(canvas, frames) {
    this.canvas = canvas;
    this.spanS = 20;
    this.scan = document.createElement("canvas");
    this.scanContext = this.scan.getContext("2d");
    frames.listeners.push({
      cleared: () => { this.scan.width = 0; this.spread = null; this.lastRow = null; },
      added: (image, counts, baseline) => this.addRow(image, counts, baseline),
    });
  }

  /** One row of the line scan: the mean over y of the change, column by column. */
  addRow(image, counts, baseline) {
    const { width, height, pixels } = image;
    if (this.scan.width !== width || this.scan.height !== ROWS) {
      this.scan.width = width;
      this.scan.height = ROWS;
    }
    this.step = image.frameStep;
    const change = new Float32Array(width);
    for (let y = 0; y < height; y += 1) {
      for (let x = 0; x < width; x += 1) change[x] += counts[pixels[y * width + x]] - baseline[y * width + x];
    }
    const sorted = change.map(Math.abs).sort();
    const spread = Math.max(1e-6, sorted[Math.floor(width * 0.7)]);
    this.spread = this.spread ? this.spread + 0.03 * (spread - this.spread) : spread;
    const row = Math.floor(image.frame / this.step);
    const data = this.scanContext.createImageData(width, 1);
    for (let x = 0; x < width; x += 1) {
      const shade = Math.max(0, Math.min(200, 26 + (26 * change[x]) / this.spread));
      data.data.set([shade, shade, shade * 1.06, 255], 4 * x);
    }
    this.clearRows(row);
    this.scanContext.putImageData(data, 0, row % ROWS);
    this.lastRow = row;
  }

  /** Blanks the rows of pictures that never came. */
  clearRows(row) {
    const missing = Math.min(ROWS, row - (this.lastRow ?? row - ROWS) - 1);
    for (let back = 1; back <= missing; back += 1) {
      this.scanContext.clearRect(0, (row - back) % ROWS, this.scan.width, 1);
    }
  }

  draw({ topFrame, newestDecided, playhead, isPaused, records, marks, gaps, intervalMs, pixelSizeUm, frameWidth, selected }) {
    const { context, width, height } = prepare(this.canvas);
    if (topFrame === null) return;
    const [plotWidth, plotHeight] = [width - LEFT - 2, height - BOTTOM];
    const spanFrames = (1000 * this.spanS) / intervalMs;
    const y = (frame) => ((topFrame - frame) / spanFrames) * plotHeight;
    const x = (pixel) => LEFT + (pixel / frameWidth) * plotWidth;
    const view = { context, x, y, plotHeight, plotWidth, topFrame, spanFrames };
    this.shapes = [];

    context.save();
    context.beginPath();
    context.rect(LEFT, 0, plotWidth, plotHeight);
    context.clip();
    context.fillStyle = "#05070a";
    context.fillRect(LEFT, 0, plotWidth, plotHeight);
    this.drawScan(view);
    for (const gap of gaps) drawGap(view, gap);
    for (const record of records) this.drawEvent(view, record, record.id === selected);
    for (const mark of marks) drawLine(view, mark.frame, "#ffffff", [], mark.label);
    if (newestDecided !== null) drawLine(view, newestDecided, "#9fb6cc", [2, 4], "decided");
    if (isPaused) drawLine(view, playhead, "#ffffff", [6, 3], "shown");
    context.restore();
    drawAxes(view, { width, height, intervalMs, pixelSizeUm, frameWidth });
  }

  drawScan({ context, plotHeight, plotWidth, topFrame, spanFrames }) {
    if (!this.step || this.scan.width === 0) return;
    const [topRow, rows] = [Math.floor(topFrame / this.step), Math.round(spanFrames / this.step)];
    const rowHeight = plotHeight / rows;
    context.save();
    // Rows lie from old to new; the newest belongs on top.
    context.translate(LEFT, 0);
    context.scale(1, -1);
    context.imageSmoothingEnabled = true;
    const end = (topRow % ROWS) + 1;
    const first = Math.min(rows, end);
    context.drawImage(this.scan, 0, end - first, this.scan.width, first, 0, -first * rowHeight, plotWidth, first * rowHeight);
    const rest = Math.min(rows - first, ROWS - end);
    if (rest > 0) {
      context.drawImage(this.scan, 0, ROWS - rest, this.scan.width, rest, 0, -(first + rest) * rowHeight, plotWidth, rest * rowHeight);
    }
    context.restore();
  }

  drawEvent({ context, x, y, plotHeight }, record, isSelected) {
    const { frame_start: start, frame_end: end, frame_peak: peak, bbox, centroid_px: centre } = record.message;
    if (!bbox || record.state === "retracted" || record.isRejected) return;
    const [top, bottom] = [y(end ?? start), y(start)];
    if (bottom < -10 || top > plotHeight + 10) return;
    const [left, right] = [x(bbox[1]), x(bbox[3])];
    context.strokeStyle = record.kind.colour;
    context.lineWidth = isSelected ? 2.5 : 1.2;
    context.setLineDash(record.state === "final" ? [] : [4, 3]);
    context.fillStyle = record.kind.colour + (isSelected ? "44" : record.kind.name === "wave" ? "12" : "26");
    context.fillRect(left, top, right - left, Math.max(2, bottom - top));
    context.strokeRect(left, top, right - left, Math.max(2, bottom - top));
    context.setLineDash([]);
    const middle = { x: x(centre ? centre[1] : (bbox[1] + bbox[3]) / 2), y: y(peak ?? start) };
    drawSign(context, record.kind, middle.x, middle.y, isSelected ? 5 : 3.2);
    this.shapes.push({ id: record.id, left: left - 4, right: right + 4, top: top - 4, bottom: bottom + 4, middle });
  }

  /** The id of the event at a place of the canvas, or null: the nearest one that covers it. */
  eventAt(px, py) {
    const hits = (this.shapes ?? []).filter((s) => px >= s.left && px <= s.right && py >= s.top && py <= s.bottom);
    hits.sort((a, b) => Math.hypot(a.middle.x - px, a.middle.y - py) - Math.hypot(b.middle.x - px, b.middle.y - py));
    return hits[0]?.id ?? null;
  }
}

function drawLine({ context, x, y, plotWidth }, frame, colour, dash, text) {
  const at = Math.round(y(frame)) + 0.5;
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(LEFT, at);
  context.lineTo(LEFT + plotWidth, at);
  context.stroke();
  context.setLineDash([]);
  label(context, text, LEFT + 5, at - 4, colour);
}

/** Lost frames are hatched in grey: nothing was seen there, and they look like no event. */
function drawGap({ context, y, plotWidth, plotHeight }, gap) {
  const top = Math.max(-10, y(gap.first_missing_frame + gap.missing_frames));
  const height = Math.min(plotHeight + 10, Math.max(top + 2, y(gap.first_missing_frame))) - top;
  if (height <= 0) return;
  context.save();
  context.beginPath();
  context.rect(LEFT, top, plotWidth, height);
  context.clip();
  context.fillStyle = "#3a424b";
  context.fillRect(LEFT, top, plotWidth, height);
  context.strokeStyle = "#a3adb8";
  context.lineWidth = 1;
  context.beginPath();
  for (let x = LEFT - height; x < LEFT + plotWidth; x += 6) {
    context.moveTo(x, top + height);
    context.lineTo(x + height, top);
  }
  context.stroke();
  context.restore();
}

function drawAxes({ context, x, y, plotHeight, topFrame, spanFrames }, { height, intervalMs, pixelSizeUm, frameWidth }) {
  context.fillStyle = "#7d8a98";
  context.textAlign = "right";
  const step = niceStep((spanFrames * intervalMs) / 1000, Math.max(2, plotHeight / 45));
  const newest = (topFrame * intervalMs) / 1000;
  for (let second = Math.floor(newest / step) * step; second >= 0; second -= step) {
    const at = y((1000 * second) / intervalMs);
    if (at > plotHeight - 4) break;
    if (at > 6) context.fillText(clockText(1000 * second).replace(/\.00$/, ""), LEFT - 5, at + 4);
  }
  context.textAlign = "center";
  const width = frameWidth * (pixelSizeUm ?? 1);
  const tick = niceStep(width, 8);
  for (let place = 0; place <= width; place += tick) {
    context.fillText(place === 0 && pixelSizeUm ? "0 µm" : `${place}`, Math.max(LEFT + 12, Math.min(x(place / (pixelSizeUm ?? 1)), x(frameWidth) - 10)), height - 5);
  }
  context.textAlign = "left";
}
