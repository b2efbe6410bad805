// Triggers: whether each rule is armed, and what it did last.

import { element } from "./lists.js";

const MOST_RULES = 40;

export class Triggers {
  constructor() { this.rules = new Map(); }

  clear() { this.rules.clear(); }

  take(message) {
    const rule = this.rules.get(message.rule) ?? { isArmed: true, fired: 0, suppressed: 0, last: "", level: "" };
    rule.at = new Date(message.t_pub_ns / 1e6);
    (changes[message.topic] ?? (() => {}))(rule, message);
    this.rules.set(message.rule, rule);
    if (this.rules.size > MOST_RULES) this.rules.delete(this.rules.keys().next().value);
  }

  show(panel, node) {
    panel.hidden = this.rules.size === 0;
    node.replaceChildren(...[...this.rules].map(([name, rule]) => {
      const item = element("div", "", { class: `trigger ${rule.isArmed ? rule.level : "disarmed"}` });
      item.append(
        element("b", `${rule.isArmed ? "◆" : "◇"} ${name}`),
        ` ${rule.isArmed ? "armed" : "disarmed"} · fired ${rule.fired} · suppressed ${rule.suppressed}`,
        element("div", rule.last && `${rule.at.toTimeString().slice(0, 8)} ${rule.last}`, { class: "faint" }),
      );
      return item;
    }));
  }
}

/** What the messages of each topic change. */
const changes = {
  "trigger.armed": (rule, { armed }) => Object.assign(rule, { isArmed: armed, last: armed ? "armed" : "disarmed", level: "" }),
  "trigger.fired": (rule, message) => Object.assign(rule, {
    fired: message.count ?? rule.fired + 1,
    level: "fired",
    last: `fired${message.dry_run ? " (dry run)" : ""}: ${message.event_type}${message.late_ms == null ? "" : `, ${Math.round(message.late_ms)} ms after its onset`}`,
  }),
  "trigger.suppressed": (rule, { reason, detail }) => Object.assign(rule, {
    suppressed: rule.suppressed + 1, level: "", last: `suppressed, ${(reason ?? "").replaceAll("_", " ")}${detail ? `: ${detail}` : ""}`,
  }),
  "trigger.action": (rule, { action, outcome, elapsed_ms: ms, detail }) => {
    rule.last = `${action} ${outcome}${ms == null ? "" : ` after ${ms.toFixed(1)} ms`}${outcome === "acknowledged" || !detail ? "" : `: ${detail}`}`;
  },
  "trigger.outcome": (rule, { outcome }) => { rule.last = `its event was ${outcome}`; },
};
