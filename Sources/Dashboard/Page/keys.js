// Everything by keyboard, and the list of keys.

import { CLASSES } from "./classes.js";
import { element } from "./lists.js";

/** @param actions Map from key to {text, run}; `shown` names the key in the help. */
export function installKeys(actions, isDialogOpen) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || isDialogOpen()) return;
    if (event.target.matches("input:not([type=checkbox], [type=range]), select, textarea")) return;
    const action = actions.get(event.key.length === 1 ? event.key.toLowerCase() : event.key);
    if (!action) return;
    event.preventDefault();
    event.target.blur?.();
    action.run();
  });
}

export function showKeys(list, legend, actions) {
  list.replaceChildren(...[...actions].filter(([, { text }]) => text).flatMap(([key, { text, shown }]) => {
    const term = element("dt");
    term.append(element("kbd", shown ?? key.toUpperCase()));
    return [term, element("dd", text)];
  }));
  legend.replaceChildren(...CLASSES.flatMap((kind) => [
    element("dt", `${kind.sign} ${kind.name}`, { class: kind.name }),
    element("dd", { spark: "brief and local", puff: "longer, one place", wave: "travels along the cell" }[kind.name]),
  ]));
}
