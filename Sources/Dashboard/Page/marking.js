// The dialog in which a step of the protocol is marked.

import { element } from "./lists.js";
import { saveSettings } from "./settings.js";

const MOST_LABELS = 12;

export class Marking {
  /** @param rig `place` tells the newest frame, `send` sends a mark and says whether it could, `failed` is told if not. */
  constructor(nodes, settings, rig) {
    Object.assign(this, { nodes, settings, rig, at: {} });
    nodes.button.addEventListener("click", () => this.open());
    nodes.dialog.addEventListener("close", () => this.set());
    nodes.cancel.addEventListener("click", () => nodes.dialog.close());
  }

  /** A mark belongs to the moment of the key, not to the end of typing. */
  open() {
    this.at = this.rig.place();
    this.nodes.label.value = "";
    this.nodes.dialog.returnValue = "";
    this.nodes.labels.replaceChildren(...this.settings.labels.map((text) => element("option", "", { value: text })));
    this.nodes.dialog.showModal();
  }

  set() {
    const label = this.nodes.label.value.trim();
    if (this.nodes.dialog.returnValue !== "set" || !label) return;
    if (!this.rig.send({ command: "mark", label, ...this.at })) this.rig.failed(label);
    this.settings.labels = [label, ...this.settings.labels.filter((other) => other !== label)].slice(0, MOST_LABELS);
    saveSettings(this.settings);
  }
}
