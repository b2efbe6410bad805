// Triggers: whether each rule is armed, what it did last, and a switch for each.

import { element } from "./lists.js";

const MOST_RULES = 40;

export class Triggers {
  /** @param arm called with the name of a rule and whether it shall be armed. */
  constructor(arm) {
    this.rules = new Map();
    this.arm = arm;
    this.version = 0;
  }

  clear() {
    this.rules.clear();
    this.version += 1;
  }

  /** isHistory: what it counts is in the heartbeat already. */
  take(message, isHistory) {
    const rule = this.rule(message.rule);
    const { fired, suppressed } = rule;
    rule.at = new Date(message.t_pub_ns / 1e6);
    (changes[message.topic] ?? (() => {}))(rule, message);
    if (isHistory) Object.assign(rule, { fired, suppressed });
    this.version += 1;
  }

  /** Heartbeats tell of every rule, whether anything has happened to it or not. */
  takeBeat(counters) {
    for (const [name, { armed, fired, suppressed }] of Object.entries(counters ?? {})) {
      Object.assign(this.rule(name), { isArmed: armed, fired, suppressed });
    }
    this.version += 1;
  }

  rule(name) {
    if (!this.rules.has(name)) this.rules.set(name, { isArmed: true, fired: 0, suppressed: 0, last: "", level: "", course: null, node: this.makeNode(name) });
    if (this.rules.size > MOST_RULES) this.rules.delete(this.rules.keys().next().value);
    return this.rules.get(name);
  }

  /** Made once for every rule: a button that is replaced while somebody presses it would not feel the click. */
  makeNode(name) {
    const [title, text, last] = [element("b"), element("span"), element("div", "", { class: "faint" })];
    const course = element("div", "", { class: "course" });
    const button = element("button");
    button.addEventListener("click", () => this.arm(name, !this.rules.get(name).isArmed));
    const item = element("div");
    item.append(button, title, text, last, course);
    return { item, title, text, last, course, button };
  }

  show(panel, node) {
    panel.hidden = this.rules.size === 0;
    for (const [name, rule] of this.rules) {
      const { item, title, text, last, course, button } = rule.node;
      item.className = `trigger ${rule.isArmed ? rule.level : "disarmed"}`;
      title.textContent = `${rule.isArmed ? "◆" : "◇"} ${name}`;
      text.textContent = ` ${rule.isArmed ? "armed" : "disarmed"} · fired ${rule.fired} · suppressed ${rule.suppressed}`;
      last.textContent = rule.last && `${rule.at.toTimeString().slice(0, 8)} ${rule.last}`;
      course.textContent = courseText(rule.course);
      button.textContent = rule.isArmed ? "Disarm" : "Arm";
    }
    const items = [...this.rules.values()].map(({ node: { item } }) => item);
    if (items.length !== node.children.length || items.some((item, index) => item !== node.children[index])) node.replaceChildren(...items);
  }
}

/** When what happened for the last firing, in ms since the onset of its event. */
function courseText(course) {
  if (!course) return "";
  const steps = [["onset", 0], ["seen", course.seen], ["decided", course.decided], ["sent", course.sent], [course.end, course.ended]];
  return steps.filter(([, ms]) => ms != null).map(([name, ms]) => `${name} ${Math.round(ms)}`).join(" → ") + " ms";
}

/** Until the action has ended; nothing is known of the decision where the movie came from a file. */
function startOfCourse({ trigger_id: id, late_ms: seen, t_ready_ns: ready, t_fired_ns: fired }) {
  if (seen == null) return null;
  return { id, seen, decided: ready == null || fired == null ? null : seen + (fired - ready) / 1e6 };
}

/** What the messages of each topic change. */
const changes = {
  "trigger.armed": (rule) => Object.assign(rule, { isArmed: true, last: "armed", level: "" }),
  "trigger.disarmed": (rule) => Object.assign(rule, { isArmed: false, last: "disarmed", level: "" }),
  "trigger.fired": (rule, message) => Object.assign(rule, {
    fired: rule.fired + 1,
    level: "fired",
    course: startOfCourse(message),
    last: `fired${message.dry_run ? " (dry run)" : ""}: ${message.event_type}${message.late_ms == null ? "" : `, ${Math.round(message.late_ms)} ms after its onset`}`,
  }),
  "trigger.suppressed": (rule, { reason, detail }) => Object.assign(rule, {
    suppressed: rule.suppressed + 1, level: "", last: `suppressed, ${(reason ?? "").replaceAll("_", " ")}${detail ? `: ${detail}` : ""}`,
  }),
  "trigger.action": (rule, { trigger_id: id, action, outcome, sent_ms: sent, elapsed_ms: ms, detail }) => {
    if (rule.course?.id === id && rule.course.decided != null && ms != null) {
      const { decided } = rule.course;
      Object.assign(rule.course, { sent: sent == null ? null : decided + sent, end: outcome, ended: decided + ms });
    }
    const isDone = outcome === "acknowledged";
    if (isDone && rule.level === "failed") return;
    if (!isDone) rule.level = "failed";
    rule.last = `${action} ${outcome}${ms == null ? "" : ` after ${ms.toFixed(1)} ms`}${isDone || !detail ? "" : `: ${detail}`}`;
  },
  "trigger.outcome": (rule, { outcome }) => { rule.last = rule.level === "failed" ? `${rule.last}; its event was ${outcome}` : `its event was ${outcome}`; },
};
