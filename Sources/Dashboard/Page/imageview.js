// The picture: contrast, colours, classes as a tint, outlines of open and final events with their ids.

import { classNumbered } from "./classes.js";
import { font, label, prepare } from "./canvas.js";
import { countsTable } from "./frames.js";
import { changeLut, lut } from "./luts.js";
import { strokeAt, traceRun } from "./outlines.js";
import { shortID } from "./eventbook.js";

/** How long the outline of a final event stays after its message came, in ms. */
const OUTLINE_MS = 1500;
const LOWEST_SHARE = 0.01;
const HIGHEST_SHARE = 0.997;
/** Share of the way to a picture's own contrast that one picture goes. */
const CONTRAST_PACE = 0.08;
const CHANGE_RANGE = [-0.6, 1.8];

export class ImageView {
  constructor(canvas, settings) {
    this.canvas = canvas;
    this.settings = settings;
    this.picture = document.createElement("canvas");
    this.paths = new WeakMap();
    this.contrast = null;
  }

  /** Height of the box, in CSS pixels, that shows a picture in its true shape. */
  static heightFor(image, width, mostHeight) {
    return Math.round(Math.min(mostHeight, Math.max(60, (width * image.height) / image.width)));
  }

  /** The place of the picture in its canvas: x, y, scale in CSS pixels per picture pixel. */
  placement(image, width, height) {
    const scale = Math.min(width / image.width, height / image.height);
    return { scale, x: (width - scale * image.width) / 2, y: (height - scale * image.height) / 2 };
  }

  /** shift: rows and columns of the camera by which the cell is displaced in the picture, to be undone; or null. */
  draw({ image, runs, records, details, selected, baseline, pixelSizeUm, places, regions, shift }) {
    const { context, width, height } = prepare(this.canvas);
    if (!image) return this.drawWaiting(context, width, height);
    this.render(image, runs, baseline);
    const place = this.placement(image, width, height);
    this.drawPicture(context, image, place, shift, this.settings.outlines ? runs : null);
    if (this.settings.outlines) {
      for (const record of records) this.drawFinal(context, image, record, details.get(record.id), place, selected);
    }
    if (this.settings.places) {
      places.drawCells(context, image, place);
      places.drawSites(context, image, place, pixelSizeUm);
    }
    if (this.settings.places || regions.isDrawing) regions.draw(context, image, place);
    this.drawScaleBar(context, image, place, pixelSizeUm);
    this.drawColourBar(context, image, place, baseline);
  }

  /** The picture with what was decided for it, moved back if the cell is to stand still. */
  drawPicture(context, image, place, shift, runs) {
    const size = [place.scale * image.width, place.scale * image.height];
    context.save();
    context.beginPath();
    context.rect(place.x, place.y, ...size);
    context.clip();
    const step = place.scale / image.binning;
    const moved = { ...place, x: place.x - (shift?.x ?? 0) * step, y: place.y - (shift?.y ?? 0) * step };
    context.imageSmoothingEnabled = false;
    context.drawImage(this.picture, moved.x, moved.y, ...size);
    if (runs) this.drawOpen(context, image, runs, moved);
    context.restore();
    this.canvas.dataset.shift = shift ? `${shift.y} ${shift.x}` : "";
  }

  /** The place in pixels of the camera under a point of the canvas; null beside the picture. */
  pixelAt(image, px, py) {
    const place = this.placement(image, this.canvas.clientWidth, this.canvas.clientHeight);
    const [y, x] = [(py - place.y) / place.scale, (px - place.x) / place.scale];
    const isInside = y >= 0 && y < image.height && x >= 0 && x < image.width;
    return isInside ? { y: y * image.binning, x: x * image.binning } : null;
  }

  /** The same of the nearest point of the picture. */
  nearestPixel(image, px, py) {
    const place = this.placement(image, this.canvas.clientWidth, this.canvas.clientHeight);
    const within = (at, most) => Math.min(most, Math.max(0, at / place.scale)) * image.binning;
    return { y: within(py - place.y, image.height), x: within(px - place.x, image.width) };
  }

  drawWaiting(context, width, height) {
    context.fillStyle = "#7d8a98";
    context.textAlign = "center";
    context.fillText("waiting for frames", width / 2, height / 2);
    context.textAlign = "left";
  }

  /** Paints the picture, one canvas pixel per picture pixel. */
  render(image, runs, baseline) {
    const { width, height, pixels } = image;
    if (this.picture.width !== width || this.picture.height !== height) {
      this.picture.width = width;
      this.picture.height = height;
      this.contrast = null;
    }
    const context = this.picture.getContext("2d");
    const data = context.createImageData(width, height);
    const colours = new Uint32Array(data.data.buffer);
    const counts = countsTable(image);
    if (this.settings.quantity === "dff" && baseline?.length === pixels.length) {
      paintChange(colours, pixels, counts, baseline, image);
    } else {
      this.paintCounts(colours, pixels, counts);
    }
    if (this.settings.classes && runs) tint(colours, runs, image);
    context.putImageData(data, 0, 0);
  }

  paintCounts(colours, pixels, counts) {
    const [low, high] = this.shownRange = this.range(pixels, counts);
    const table = lut(this.settings.lut);
    const shades = Uint32Array.from({ length: 256 }, (_, code) => {
      const share = (counts[code] - low) / (high - low);
      return table[Math.round(255 * Math.min(1, Math.max(0, share)))];
    });
    for (let i = 0; i < pixels.length; i += 1) colours[i] = shades[pixels[i]];
  }

  /** The counts shown black and white: those of the picture, slowly followed, or set by hand. */
  range(pixels, counts) {
    if (this.settings.auto || !this.contrast) {
      const histogram = new Uint32Array(256);
      for (let i = 0; i < pixels.length; i += 1) histogram[pixels[i]] += 1;
      const low = counts[codeAtShare(histogram, pixels.length, LOWEST_SHARE)];
      const high = Math.max(low + 1, counts[codeAtShare(histogram, pixels.length, HIGHEST_SHARE)]);
      this.contrast ??= { low, high };
      this.contrast.low += CONTRAST_PACE * (low - this.contrast.low);
      this.contrast.high += CONTRAST_PACE * (high - this.contrast.high);
    }
    const { low, high } = this.contrast;
    if (this.settings.auto) return [low, high];
    const span = high - low;
    const bottom = low + (this.settings.low / 100) * span;
    return [bottom, Math.max(bottom + 1, low + (this.settings.high / 100) * span)];
  }

  /** Outlines of what was decided for this very picture, thin: their events may still go on. */
  drawOpen(context, image, runs, place) {
    const grid = new Uint8Array(image.width * image.height);
    eachRun(runs, image.binning, image, (y, x0, x1, kind) => grid.fill(kind, y * image.width + x0, y * image.width + x1));
    const paths = new Map();
    eachRun(runs, image.binning, image, (y, x0, x1, kind) => {
      if (!paths.has(kind)) paths.set(kind, new Path2D());
      traceRun(paths.get(kind), grid, image, y, x0, x1, kind);
    });
    for (const [kind, path] of paths) strokeAt(context, path, place, classNumbered(kind)?.colour, 1, [3, 2]);
  }

  /** The outline of everything that an event covered, with its id, while it lasts and shortly after it came. */
  drawFinal(context, image, record, detail, place, selected) {
    const { frame_start: start, frame_end: end, bbox } = record.message;
    const lasts = image.frame >= start && image.frame <= end;
    const isFresh = !this.settings.isPaused && !record.isHistory && performance.now() - record.changed < OUTLINE_MS;
    if (!bbox || record.state === "retracted" || record.isRejected || !(lasts || isFresh || record.id === selected)) return;
    const isSelected = record.id === selected;
    const path = detail ? this.pathOf(detail, image) : boxPath(bbox, image.binning);
    strokeAt(context, path, place, record.kind.colour, isSelected ? 3 : 1.8, record.state === "final" ? [] : [5, 4]);
    const [y0, x0] = [bbox[0] / image.binning, bbox[1] / image.binning];
    const sign = record.state === "provisional" ? "?" : "";
    context.font = isSelected ? `bold ${font()}` : font();
    const text = `${record.kind.sign} ${shortID(record.id)}${sign}`;
    const x = Math.min(place.x + place.scale * x0, place.x + place.scale * image.width - context.measureText(text).width - 2);
    label(context, text, Math.max(x, 2), Math.max(place.y + place.scale * y0 - 3, 11), record.kind.colour);
  }

  pathOf(detail, image) {
    let path = this.paths.get(detail);
    if (!path) {
      path = footprintPath(detail.footprint, image);
      this.paths.set(detail, path);
    }
    return path;
  }

  /** What the colours stand for: counts, or relative change. */
  drawColourBar(context, image, place, baseline) {
    const isChange = this.settings.quantity === "dff" && baseline?.length === image.pixels.length;
    const [low, high] = isChange ? CHANGE_RANGE : this.shownRange ?? [image.low, image.high];
    const table = isChange ? changeLut() : lut(this.settings.lut);
    const [width, x, y] = [96, place.x + 8, place.y + place.scale * image.height - 12];
    for (let at = 0; at < width; at += 1) {
      const colour = table[Math.round((255 * at) / (width - 1))];
      context.fillStyle = `rgb(${colour & 255} ${(colour >> 8) & 255} ${(colour >> 16) & 255})`;
      context.fillRect(x + at, y, 1, 7);
    }
    context.strokeStyle = "#7d8a98";
    context.lineWidth = 1;
    context.strokeRect(x - 0.5, y - 0.5, width + 1, 8);
    const text = isChange ? `ΔF/F₀ ${low} to ${high}` : `F ${Math.round(low)} to ${Math.round(high)}`;
    label(context, text, x, y - 4, "#fff");
  }

  drawScaleBar(context, image, place, pixelSizeUm) {
    if (!pixelSizeUm) return;
    const um = [1, 2, 5, 10, 20, 50, 100].findLast((size) => size <= (0.2 * image.width * image.binning * pixelSizeUm)) ?? 1;
    const length = (um / pixelSizeUm / image.binning) * place.scale;
    const [x, y] = [place.x + place.scale * image.width - length - 8, place.y + place.scale * image.height - 8];
    context.fillStyle = "#fff";
    context.fillRect(x, y, length, 2);
    context.textAlign = "center";
    label(context, `${um} µm`, x + length / 2, y - 4, "#fff");
    context.textAlign = "left";
  }
}

/** Relative change to the resting level, averaged over 3 x 3 pixels. */
function paintChange(colours, pixels, counts, baseline, { width, height, low }) {
  const table = changeLut();
  const [least, most] = CHANGE_RANGE;
  const scale = 255 / (most - least);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      let [sum, rest, n] = [0, 0, 0];
      for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v += 1) {
        for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u += 1) {
          sum += counts[pixels[v * width + u]];
          rest += baseline[v * width + u];
          n += 1;
        }
      }
      const change = (sum - rest) / Math.max(rest - n * low, 1);
      // Where there is hardly any light a ratio means nothing: fade it out.
      const weight = Math.min(1, (rest - n * low) / Math.max(rest, 1) / 0.15);
      colours[y * width + x] = table[Math.round(Math.min(255, Math.max(0, (change * weight - least) * scale)))];
    }
  }
}

function codeAtShare(histogram, total, share) {
  let seen = 0;
  for (let code = 0; code < 256; code += 1) {
    seen += histogram[code];
    if (seen >= share * total) return code;
  }
  return 255;
}

function eachRun(runs, binning, { width, height }, body) {
  for (let i = 0; i < runs.length; i += 4) {
    const y = Math.floor(runs[i] / binning);
    const [x0, x1] = [Math.floor(runs[i + 1] / binning), Math.min(width, Math.ceil(runs[i + 2] / binning))];
    if (y < height) body(y, x0, x1, runs[i + 3]);
  }
}

/** Mixes the colours of the classes into the picture. */
function tint(colours, runs, image) {
  eachRun(runs, image.binning, image, (y, x0, x1, number) => {
    const rgb = classNumbered(number)?.rgb;
    if (!rgb) return;
    for (let i = y * image.width + x0; i < y * image.width + x1; i += 1) {
      const colour = colours[i];
      const [r, g, b] = [colour & 255, (colour >> 8) & 255, (colour >> 16) & 255];
      const mix = (from, to) => Math.round(0.62 * from + 0.38 * to);
      colours[i] = ((255 << 24) | (mix(b, rgb[2]) << 16) | (mix(g, rgb[1]) << 8) | mix(r, rgb[0])) >>> 0;
    }
  });
}

function footprintPath(footprint, image) {
  const grid = new Uint8Array(image.width * image.height);
  const runs = [];
  for (let i = 0; i < footprint.length; i += 3) runs.push(footprint[i], footprint[i + 1], footprint[i + 2], 1);
  eachRun(runs, image.binning, image, (y, x0, x1) => grid.fill(1, y * image.width + x0, y * image.width + x1));
  const path = new Path2D();
  eachRun(runs, image.binning, image, (y, x0, x1) => traceRun(path, grid, image, y, x0, x1, 1));
  return path;
}

function boxPath([y0, x0, y1, x1], binning) {
  const path = new Path2D();
  path.rect(x0 / binning, y0 / binning, (x1 - x0) / binning, (y1 - y0) / binning);
  return path;
}
