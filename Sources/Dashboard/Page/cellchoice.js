// Which cell is looked at, where there are several: chosen from a list or in the picture.

import { element } from "./lists.js";

export class CellChoice {
  /** @param rig `pixelAt` gives the pixel of the camera under a point of the picture, `changed` is told of a choice. */
  constructor(nodes, places, rig) {
    Object.assign(this, { nodes, places, rig });
    nodes.list.addEventListener("input", () => this.choose(nodes.list.value === "" ? null : Number(nodes.list.value)));
    nodes.picture.addEventListener("click", (event) => this.click(event));
  }

  show() {
    const { cells, chosenCell } = this.places;
    this.nodes.box.hidden = cells.length < 2;
    this.nodes.list.replaceChildren(element("option", "all", { value: "" }), ...cells.map(({ cell }) => element("option", `${cell}`, { value: cell })));
    this.nodes.list.value = chosenCell ?? "";
  }

  choose(cell) {
    this.places.chosenCell = cell;
    this.nodes.list.value = cell ?? "";
    this.rig.changed();
  }

  /** A cell in the picture; beside all cells, all of them. */
  click(event) {
    if (this.places.cells.length < 2) return;
    const at = this.rig.pixelAt(event.offsetX, event.offsetY);
    if (at) this.choose(this.places.cellAt(at.y, at.x));
  }
}
