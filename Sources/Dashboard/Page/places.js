// Places of a recording: where cells are, and where sparks and puffs recur.

import { font, label } from "./canvas.js";

const MOST_SITES = 8192;
const SITE_RADIUS_UM = 1;
const SITE_COLOUR = "#9be7c4";
const CELL_COLOUR = "#c9d3dd";

export class Places {
  constructor() { this.clear(); }

  clear() {
    this.seriesID = null;
    this.sites = new Map();
    this.cells = [];
    this.chosenCell = null;
  }

  /** Another recording begins. */
  start(seriesID) {
    if (seriesID === this.seriesID) return;
    this.clear();
    this.seriesID = seriesID;
  }

  /** A final event says where it arose, and how many have arisen there. */
  takeEvent({ state, site, series_id: seriesID, site_events: count, centroid_px: centre, cell }) {
    if (state !== "final" || site == null || !centre) return;
    this.start(seriesID);
    const known = this.sites.get(site) ?? { y: 0, x: 0, seen: 0, count: 0, cell };
    const seen = known.seen + 1;
    this.sites.set(site, {
      seen, cell, count: Math.max(known.count, count), y: known.y + (centre[0] - known.y) / seen, x: known.x + (centre[1] - known.x) / seen,
    });
    if (this.sites.size > MOST_SITES) this.sites.delete(this.sites.keys().next().value);
  }

  /** Where cells are: runs of pixels, y, first x, end of x, and so on. */
  takeCells({ series_id: seriesID, cells }) {
    this.start(seriesID);
    this.cells = cells;
    this.path = null;
  }

  /** Number of the cell at a place in pixels of the camera, null for none. */
  cellAt(y, x) {
    for (const { cell, runs } of this.cells) {
      for (let i = 0; i < runs.length; i += 3) if (runs[i] === Math.floor(y) && x >= runs[i + 1] && x < runs[i + 2]) return cell;
    }
    return null;
  }

  /** Rings of 1 µm around release sites, with the number of their events. */
  drawSites(context, image, place, pixelSizeUm) {
    const scale = place.scale / image.binning;
    const radius = Math.max(4, (SITE_RADIUS_UM / (pixelSizeUm ?? 0.2)) * scale);
    context.font = font();
    for (const { y, x, count, cell } of this.sites.values()) {
      if (count < 2 || (this.chosenCell !== null && cell !== this.chosenCell)) continue;
      const [px, py] = [place.x + (x + 0.5) * scale, place.y + (y + 0.5) * scale];
      for (const [colour, lineWidth] of [["rgb(0 0 0 / 60%)", 2.8], [SITE_COLOUR, 1.3]]) {
        Object.assign(context, { strokeStyle: colour, lineWidth });
        context.beginPath();
        context.arc(px, py, radius, 0, 2 * Math.PI);
        context.stroke();
      }
      label(context, `${count}`, px + radius + 2, py + 4, SITE_COLOUR);
    }
  }

  /** Outlines of cells with their numbers, where there are several. */
  drawCells(context, image, place) {
    if (this.cells.length < 2) return;
    const scale = place.scale / image.binning;
    this.path ??= this.cells.map(({ cell, runs }) => ({ cell, ...outline(runs) }));
    for (const { cell, edges, top } of this.path) {
      const isChosen = cell === this.chosenCell;
      context.save();
      context.translate(place.x, place.y);
      context.scale(scale, scale);
      context.lineWidth = (isChosen ? 2.2 : 1) / scale;
      context.strokeStyle = isChosen ? "#ffffff" : CELL_COLOUR + "99";
      context.stroke(edges);
      context.restore();
      context.font = isChosen ? `bold ${font()}` : font();
      label(context, `cell ${cell}`, place.x + top.x * scale + 3, place.y + top.y * scale + 12, isChosen ? "#ffffff" : CELL_COLOUR);
    }
  }
}

/** The edges of runs that only one pixel has, and where the text goes: at the first run. */
function outline(runs) {
  const rows = new Map();
  for (let i = 0; i < runs.length; i += 3) rows.set(runs[i], [...(rows.get(runs[i]) ?? []), [runs[i + 1], runs[i + 2]]]);
  const edges = new Path2D();
  const line = (xa, ya, xb, yb) => { edges.moveTo(xa, ya); edges.lineTo(xb, yb); };
  const open = (covers, [start, end]) => (covers ?? []).reduce(
    (parts, [a, b]) => parts.flatMap(([p, q]) => [[p, Math.min(q, a)], [Math.max(p, b), q]].filter(([m, n]) => n > m)), [[start, end]],
  );
  for (const [y, ranges] of rows) {
    for (const range of ranges) {
      for (const at of range) line(at, y, at, y + 1);
      for (const [a, b] of open(rows.get(y - 1), range)) line(a, y, b, y);
      for (const [a, b] of open(rows.get(y + 1), range)) line(a, y + 1, b, y + 1);
    }
  }
  return { edges, top: { y: runs[0] ?? 0, x: runs[1] ?? 0 } };
}
