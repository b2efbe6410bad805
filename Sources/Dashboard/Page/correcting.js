// What somebody at the rig makes of events: none, another class, or as they were found. The detector publishes it.

import { CLASSES } from "./classes.js";
import { element } from "./lists.js";

const CLASS_OF_KEY = { 1: "spark", 2: "wave", 3: "puff" };

export class Correcting {
  /** @param rig `book`, `run` gives what is chosen and under way, `send` a command and says whether it could, `refused` is told why not. */
  constructor(buttons, table, rig) {
    Object.assign(this, { buttons, rig, hovered: null });
    buttons.replaceChildren(
      element("button", "Not an event", { "data-verdict": "reject", title: "it is none, or is one after all (D)" }),
      ...Object.entries(CLASS_OF_KEY).map(([key, name]) => {
        const kind = CLASSES.find((one) => one.name === name);
        return element("button", `${kind.sign} ${name}`, { "data-verdict": name, class: name, title: `it is a ${name} (${key})` });
      }),
    );
    buttons.addEventListener("click", (event) => this.correct(event.target.dataset.verdict));
    table.addEventListener("pointerover", (event) => { this.hovered = event.target.closest("tr")?.dataset.id ?? null; });
    table.addEventListener("pointerleave", () => { this.hovered = null; });
  }

  /** Rows of the list have a button of their own; true if it was that. */
  takeClick(event) {
    const button = event.target.closest("button[data-reject]");
    if (button) this.correct("reject", button.dataset.reject);
    return Boolean(button);
  }

  /** A verdict is `reject`, which takes itself back, or the name of a class. */
  correct(verdict, id = this.rig.run().selected ?? this.hovered) {
    const record = this.rig.book.byID.get(id);
    if (!verdict || !record) return;
    if (record.state !== "final" || record.seriesID !== this.rig.run().series?.series_id) {
      this.rig.refused(record.state === "final" ? "events of an earlier recording are corrected later, by sparkwatch review" : "an event can be corrected as soon as it is final");
      return;
    }
    const command = { command: "correct", event_id: id };
    if (verdict === "reject") command.action = record.isRejected ? "restore" : "reject";
    else Object.assign(command, { action: "retype", event_type: verdict });
    if (!this.rig.send(command)) this.rig.refused("not connected: the event was NOT corrected");
  }

  show(record) {
    for (const button of this.buttons.children) {
      const { verdict } = button.dataset;
      button.setAttribute("aria-pressed", verdict === "reject" ? Boolean(record.isRejected) : !record.isRejected && record.kind.name === verdict);
    }
  }

  /** The keys, for the list of keys. */
  get actions() {
    return [
      ["d", { text: "the chosen event is none, or is one after all", run: () => this.correct("reject") }],
      ...Object.entries(CLASS_OF_KEY).map(([key, name]) => [key, { text: `the chosen event is a ${name}`, run: () => this.correct(name) }]),
    ];
  }
}
