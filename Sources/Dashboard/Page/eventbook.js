// All events that are known, each once, however often it was published: provisional, final or retracted.

import { classNamed } from "./classes.js";

const MOST_EVENTS = 800;

export class EventBook {
  constructor() { this.clear(); }

  clear() {
    this.byID = new Map();
    this.details = new Map();
    this.tiers = { provisional: 0, confirmed: 0, retracted: 0, leadsMs: [] };
    this.version = 0;
  }

  /** Takes a published event; returns its record, with `isNew` and `before`, the state it had. */
  take(message, isHistory) {
    const id = message.event_id;
    const state = stateOf(message);
    const known = this.byID.get(id);
    if (known && (known.message.rev ?? 1) > (message.rev ?? 1)) return null;
    if (!known && state === "retracted") return null;
    const before = known?.state ?? null;
    const merged = { ...known?.message, ...message };
    const kind = classNamed(merged.event_type);
    if (!kind) return null;
    const record = known ?? { id, firstSeen: performance.now(), publishedMs: message.t_pub_ns / 1e6 };
    Object.assign(record, { state, kind, message: merged, seriesID: merged.series_id, isHistory });
    record.changed = performance.now();
    this.byID.set(id, record);
    this.countTier(record, before, message);
    if (this.byID.size > MOST_EVENTS) this.forgetOldest();
    this.version += 1;
    return { record, before };
  }

  /** Takes what somebody at a page made of an event. */
  takeCorrection(message) {
    const record = this.byID.get(message.event_id);
    if (!record) return;
    Object.assign(record, { correction: message, isRejected: message.event_type === null, kind: classNamed(message.event_type ?? message.event_type_found) });
    this.version += 1;
  }

  takeDetail(detail) {
    this.details.set(detail.event_id, detail);
    if (this.details.size > MOST_EVENTS) this.details.delete(this.details.keys().next().value);
    this.version += 1;
  }

  /** Records from old to new. */
  get all() { return [...this.byID.values()]; }

  ofSeries(seriesID) { return this.all.filter((record) => record.seriesID === seriesID); }

  countTier(record, before, message) {
    if (record.state === "provisional" && before === null) this.tiers.provisional += 1;
    if (before !== "provisional") return;
    if (record.state === "retracted") this.tiers.retracted += 1;
    if (record.state === "final") {
      this.tiers.confirmed += 1;
      this.tiers.leadsMs.push(message.t_pub_ns / 1e6 - record.publishedMs);
      if (this.tiers.leadsMs.length > 500) this.tiers.leadsMs.shift();
    }
  }

  forgetOldest() {
    const id = this.byID.keys().next().value;
    this.byID.delete(id);
    this.details.delete(id);
  }
}

function stateOf(message) {
  if (message.topic.endsWith("retracted") || message.state === "retracted") return "retracted";
  return message.topic.endsWith("final") || message.state === "final" ? "final" : "provisional";
}

/** Seconds, from the start of its series, as minutes and seconds. */
export function clockText(milliseconds) {
  const sign = milliseconds < 0 ? "-" : "";
  const seconds = Math.abs(milliseconds) / 1000;
  const minutes = Math.floor(seconds / 60);
  return `${sign}${minutes}:${(seconds - 60 * minutes).toFixed(2).padStart(5, "0")}`;
}

/** Short form of an id: its number without leading zeros. */
export const shortID = (id) => id.replace(/^.*-0*/, "");
