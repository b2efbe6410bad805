// Regions: rectangles and polygons that are drawn on the picture and named. The detector keeps them; this page asks and shows.

import { font, label } from "./canvas.js";
import { element } from "./lists.js";

const MOST_REGIONS = 32;
const MOST_CORNERS = 100;
const COLOUR = "#e8e4d4";
/** A click so near to the first corner closes a polygon, in CSS pixels. */
const CLOSING_DISTANCE = 9;
/** A rectangle has at least so many pixels of the camera a side. */
const SMALLEST_SIDE = 1;

const rounded = (value) => Math.round(value * 10) / 10;

export class Regions {
  /**
   * @param nodes the picture, buttons of both tools, the list, and the dialog that asks for the name.
   * @param rig `pixelAt` gives the pixel of the camera under a point, the nearest one beside the picture; `send` sends a command
   *   and says whether it could, `failed` is told if not.
   */
  constructor(nodes, rig) {
    Object.assign(this, { nodes, rig, drawn: [], version: 0, tool: null, corners: [], cursor: null, isSwallowing: false });
    nodes.rectangle.addEventListener("click", () => this.choose("rectangle"));
    nodes.polygon.addEventListener("click", () => this.choose("polygon"));
    nodes.picture.addEventListener("pointerdown", (event) => this.press(event));
    nodes.picture.addEventListener("pointermove", (event) => this.move(event));
    nodes.picture.addEventListener("pointerup", (event) => this.release(event));
    nodes.picture.addEventListener("click", (event) => this.click(event));
    nodes.picture.addEventListener("dblclick", () => this.close());
    nodes.dialog.addEventListener("close", () => this.set());
    nodes.cancel.addEventListener("click", () => nodes.dialog.close());
    nodes.list.addEventListener("click", (event) => this.erase(event.target.dataset.erase));
  }

  get isDrawing() { return this.tool !== null; }

  clear() { this.take({ regions: [] }); }

  take({ regions }) {
    this.drawn = regions;
    this.version += 1;
  }

  /** Begins to draw, or leaves off. */
  choose(tool) {
    if (tool && this.drawn.length >= MOST_REGIONS) this.rig.failed(`there are ${MOST_REGIONS} regions; delete one first`);
    this.tool = tool === this.tool || this.drawn.length >= MOST_REGIONS ? null : tool;
    Object.assign(this, { corners: [], cursor: null });
    for (const name of ["rectangle", "polygon"]) this.nodes[name].setAttribute("aria-pressed", this.tool === name);
    this.nodes.picture.toggleAttribute("data-drawing", this.isDrawing);
  }

  press(event) {
    this.isSwallowing = false;
    if (this.tool !== "rectangle") return;
    this.nodes.picture.setPointerCapture(event.pointerId);
    const at = this.rig.pixelAt(event.offsetX, event.offsetY);
    this.corners = at ? [at] : [];
  }

  move(event) {
    if (this.isDrawing) this.cursor = this.rig.pixelAt(event.offsetX, event.offsetY);
  }

  release(event) {
    if (this.tool !== "rectangle" || !this.corners.length) return;
    const [a, b] = [this.corners[0], this.rig.pixelAt(event.offsetX, event.offsetY)];
    this.corners = [];
    // The click that follows chooses no cell.
    this.isSwallowing = true;
    if (!b || Math.abs(a.y - b.y) < SMALLEST_SIDE || Math.abs(a.x - b.x) < SMALLEST_SIDE) return;
    this.name({ rectangle_px: [Math.min(a.y, b.y), Math.min(a.x, b.x), Math.max(a.y, b.y), Math.max(a.x, b.x)].map(rounded) });
  }

  click(event) {
    if (this.isDrawing || this.isSwallowing) event.stopImmediatePropagation();
    this.isSwallowing = false;
    const at = this.tool === "polygon" ? this.rig.pixelAt(event.offsetX, event.offsetY) : null;
    if (!at) return;
    const [first, last] = [this.corners[0], this.corners.at(-1)];
    const distance = (corner) => Math.hypot(corner.y - at.y, corner.x - at.x) * (this.scale ?? 1);
    if (this.corners.length > 2 && distance(first) < CLOSING_DISTANCE) return this.close();
    // A double click adds a corner, not two.
    if (!last || distance(last) > 1) this.corners.push(at);
    if (this.corners.length === MOST_CORNERS) this.close();
  }

  /** The last corner is joined to the first one. */
  close() {
    if (this.tool !== "polygon" || this.corners.length < 3) return;
    this.name({ polygon_px: this.corners.map(({ y, x }) => [rounded(y), rounded(x)]) });
  }

  name(outline) {
    this.choose(null);
    this.outline = outline;
    const names = new Set(this.drawn.map(({ name }) => name));
    let number = 1;
    while (names.has(`region ${number}`)) number += 1;
    this.nodes.name.value = `region ${number}`;
    this.nodes.dialog.returnValue = "";
    this.nodes.dialog.showModal();
    this.nodes.name.select();
  }

  set() {
    const name = this.nodes.name.value.trim();
    if (this.nodes.dialog.returnValue === "set" && name) this.send({ command: "draw", name, ...this.outline }, `region "${name}" was NOT drawn`);
    this.outline = null;
  }

  erase(name) {
    if (name !== undefined) this.send({ command: "erase", name }, `region "${name}" was NOT deleted`);
  }

  send(command, otherwise) {
    if (!this.rig.send(command)) this.rig.failed(`not connected: ${otherwise}`);
  }

  /** The regions with their areas, as far as these are known, each to be deleted. */
  show(areas) {
    this.nodes.list.hidden = this.drawn.length === 0;
    this.nodes.list.replaceChildren(...this.drawn.map(({ name }) => {
      const chip = element("span", "", { class: "region", "data-region": name });
      const area = areas.get(name);
      chip.append(element("b", name), element("span", area === undefined ? "" : ` ${area.toFixed(0)} µm²`, { class: "faint" }));
      chip.append(element("button", "✕", { "data-erase": name, title: `delete ${name}`, "aria-label": `delete ${name}` }));
      return chip;
    }));
  }

  /** Outlines with names, and what is being drawn. */
  draw(context, image, place) {
    const scale = place.scale / image.binning;
    this.scale = scale;
    const at = ({ y, x }) => [place.x + x * scale, place.y + y * scale];
    context.save();
    context.font = font();
    for (const region of this.drawn) {
      const corners = cornersOf(region).map(at);
      stroke(context, corners, true);
      label(context, region.name, corners[0][0] + 4, corners[0][1] + 13, COLOUR);
    }
    if (this.isDrawing) {
      context.setLineDash([5, 4]);
      const [first] = this.corners;
      if (this.tool === "rectangle" && first && this.cursor) {
        stroke(context, cornersOf({ rectangle_px: [first.y, first.x, this.cursor.y, this.cursor.x] }).map(at), true);
      } else if (this.tool === "polygon") {
        stroke(context, [...this.corners, ...(this.cursor ? [this.cursor] : [])].map(at), false);
      }
    }
    context.restore();
  }
}

function cornersOf({ rectangle_px: rectangle, polygon_px: polygon }) {
  if (polygon) return polygon.map(([y, x]) => ({ y, x }));
  const [y0, x0, y1, x1] = rectangle;
  return [{ y: y0, x: x0 }, { y: y0, x: x1 }, { y: y1, x: x1 }, { y: y1, x: x0 }];
}

function stroke(context, points, isClosed) {
  Object.assign(context, { strokeStyle: COLOUR, lineWidth: 1.5 });
  context.beginPath();
  points.forEach(([x, y], index) => (index ? context.lineTo(x, y) : context.moveTo(x, y)));
  if (isClosed) context.closePath();
  context.stroke();
}
