// Triggers: what each rule did last.

import { element } from "./lists.js";

const MOST_RULES = 40;

export class Triggers {
  constructor() { this.rules = new Map(); }

  clear() { this.rules.clear(); }

  take(message) {
    const what = message.topic.split(".").at(-1);
    const name = message.rule ?? message.rule_name ?? message.trigger ?? message.name ?? "trigger";
    const rule = this.rules.get(name) ?? { fired: 0, suppressed: 0, isArmed: true };
    if (what === "fired") rule.fired += 1;
    if (what === "suppressed") rule.suppressed += 1;
    if (what === "armed" || what === "disarmed") rule.isArmed = what === "armed";
    Object.assign(rule, { what, atMs: message.t_pub_ns / 1e6, reason: message.reason ?? "", isDryRun: message.dry_run === true });
    this.rules.delete(name);
    this.rules.set(name, rule);
    if (this.rules.size > MOST_RULES) this.rules.delete(this.rules.keys().next().value);
  }

  show(panel, node) {
    panel.hidden = this.rules.size === 0;
    node.replaceChildren(...[...this.rules].reverse().map(([name, rule]) => {
      const state = rule.isArmed ? rule.what : "disarmed";
      const item = element("span", "", { class: `trigger ${state}`, title: rule.reason });
      const time = new Date(rule.atMs).toTimeString().slice(0, 8);
      item.append(element("b", name), ` ${rule.isArmed ? "armed" : "disarmed"} · fired ${rule.fired}, suppressed ${rule.suppressed} · ${state}${rule.isDryRun ? " (dry run)" : ""} ${time}`);
      return item;
    }));
  }
}
