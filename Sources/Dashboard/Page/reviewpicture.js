// A frame of the movie under review, with the outlines of its events, what is proposed, and the brush.

import { classNamed } from "./classes.js";
import { label, prepare } from "./canvas.js";
import { countsTable } from "./frames.js";
import { lut } from "./luts.js";
import { strokeAt, traceRun } from "./outlines.js";
import { sign } from "./reviewlist.js";

const OTHER_COLOUR = "#c9d3dd";
const MOST_HEIGHT_SHARE = 0.46;

export const colourOf = (row) => classNamed(row.class)?.colour ?? OTHER_COLOUR;

export class ReviewPicture {
  constructor(canvas, box) {
    this.canvas = canvas;
    this.box = box;
    this.picture = document.createElement("canvas");
    this.settings = { lut: "grey", low: 0, high: 100, outlines: true };
    this.place = null;
  }

  /** @param view {movie, frame, picture, masks, chosen, current, draft, strokes, isBrush, brushSize, pointer} */
  draw(view) {
    const { movie, picture } = view;
    if (movie) {
      const height = Math.min(MOST_HEIGHT_SHARE * innerHeight, Math.max(90, (this.box.clientWidth * movie.height) / movie.width));
      this.box.style.height = `${Math.round(height)}px`;
    }
    const { context, width, height } = prepare(this.canvas);
    if (!movie) return;
    const scale = Math.min(width / movie.width, height / movie.height);
    this.place = { scale, x: (width - scale * movie.width) / 2, y: (height - scale * movie.height) / 2 };
    context.imageSmoothingEnabled = false;
    if (picture) {
      this.render(picture);
      const size = scale * picture.binning;
      context.drawImage(this.picture, this.place.x, this.place.y, size * picture.width, size * picture.height);
    } else {
      context.fillStyle = "#7d8a98";
      context.fillText("the frame is on its way", 10, 20);
    }
    if (this.settings.outlines) this.drawMasks(context, view);
    if (view.draft) this.drawRuns(context, movie, view.draft.frames.get(view.frame) ?? [], "#ffffff", 2.4, [5, 4]);
    this.drawStrokes(context, view);
    drawScaleBar(context, movie, this.place);
  }

  /** The voxel of a point of the canvas: row and column; null outside. */
  voxelAt(x, y, movie) {
    if (!this.place || !movie) return null;
    const [column, row] = [Math.floor((x - this.place.x) / this.place.scale), Math.floor((y - this.place.y) / this.place.scale)];
    return column >= 0 && row >= 0 && column < movie.width && row < movie.height ? { y: row, x: column } : null;
  }

  render({ width, height, pixels, low, high }) {
    if (this.picture.width !== width || this.picture.height !== height) Object.assign(this.picture, { width, height });
    const context = this.picture.getContext("2d");
    const data = context.createImageData(width, height);
    const colours = new Uint32Array(data.data.buffer);
    const counts = countsTable({ low, high });
    const [bottom, span] = [low + (this.settings.low / 100) * (high - low), high - low];
    const top = Math.max(bottom + 1, low + (this.settings.high / 100) ** 2 * span);
    const table = lut(this.settings.lut);
    const shades = Uint32Array.from(counts, (count) => table[Math.round(255 * Math.min(1, Math.max(0, (count - bottom) / (top - bottom))))]);
    for (let i = 0; i < pixels.length; i += 1) colours[i] = shades[pixels[i]];
    context.putImageData(data, 0, 0);
  }

  drawMasks(context, { movie, masks, chosen, current }) {
    const grid = new Uint16Array(movie.width * movie.height);
    masks.forEach(([, runs], index) => {
      for (let i = 0; i < runs.length; i += 3) grid.fill(index + 1, runs[i] * movie.width + runs[i + 1], runs[i] * movie.width + runs[i + 2]);
    });
    masks.forEach(([row, runs], index) => {
      if (runs.length === 0) return;
      const path = new Path2D();
      for (let i = 0; i < runs.length; i += 3) traceRun(path, grid, movie, runs[i], runs[i + 1], runs[i + 2], index + 1);
      const isDeleted = row.verdict === "deleted";
      const isChosen = chosen.has(row.id);
      strokeAt(context, path, this.place, isDeleted ? "#7d8a98" : colourOf(row), row.id === current ? 3.4 : isChosen ? 2.6 : 1.5, isDeleted ? [2, 4] : []);
      if (isDeleted && !isChosen) return;
      const [y, x] = [this.place.y + this.place.scale * runs[0], this.place.x + this.place.scale * runs[1]];
      label(context, `${sign(row)} ${row.id}`, Math.max(2, x), Math.max(11, y - 3), isDeleted ? "#7d8a98" : colourOf(row));
    });
  }

  drawRuns(context, movie, runs, colour, width, dash) {
    const grid = new Uint8Array(movie.width * movie.height);
    for (let i = 0; i < runs.length; i += 3) grid.fill(1, runs[i] * movie.width + runs[i + 1], runs[i] * movie.width + runs[i + 2]);
    const path = new Path2D();
    for (let i = 0; i < runs.length; i += 3) traceRun(path, grid, movie, runs[i], runs[i + 1], runs[i + 2], 1);
    strokeAt(context, path, this.place, colour, width, dash);
  }

  drawStrokes(context, { strokes, isErasing, isBrush, brushSize, pointer }) {
    const { scale, x: left, y: top } = this.place;
    context.fillStyle = isErasing ? "rgb(166 104 255 / 55%)" : "rgb(255 255 255 / 55%)";
    for (const [y, columns] of strokes ?? []) for (const x of columns) context.fillRect(left + scale * x, top + scale * y, scale, scale);
    if (!isBrush || !pointer) return;
    context.strokeStyle = "#ffffff";
    context.lineWidth = 1;
    context.beginPath();
    context.arc(pointer.x, pointer.y, Math.max(2, brushSize * scale), 0, 2 * Math.PI);
    context.stroke();
  }
}

function drawScaleBar(context, movie, place) {
  const um = [1, 2, 5, 10, 20, 50, 100].findLast((size) => size <= 0.2 * movie.width * movie.pixel_um) ?? 1;
  const length = (um / movie.pixel_um) * place.scale;
  const [x, y] = [place.x + place.scale * movie.width - length - 8, place.y + place.scale * movie.height - 8];
  context.fillStyle = "#fff";
  context.fillRect(x, y, length, 2);
  context.textAlign = "center";
  label(context, `${um} µm`, x + length / 2, y - 4, "#fff");
  context.textAlign = "left";
}
