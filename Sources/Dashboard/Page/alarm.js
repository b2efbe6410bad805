// The wave alarm: a band and a frame around everything until somebody has seen it.

import { clockText } from "./eventbook.js";

const FRESH_MS = 10000;
const MOST_SEEN = 100;

export class Alarm {
  constructor(nodes) {
    this.nodes = nodes;
    this.waves = new Map();
    this.seenIDs = new Set();
    this.since = 0;
  }

  /** Raises the alarm for a wave, or tells more about one that is known. */
  raise(record) {
    if (this.seenIDs.has(record.id)) return;
    if (!this.waves.has(record.id)) this.since = performance.now();
    this.waves.set(record.id, record);
    this.show();
  }

  withdraw(id) {
    if (this.waves.delete(id)) this.show();
  }

  seen() {
    this.seenIDs = new Set([...this.seenIDs, ...this.waves.keys()].slice(-MOST_SEEN));
    this.waves.clear();
    this.show();
  }

  /** Another recording begins: waves of those before are history. */
  leaveSeries(seriesID) {
    const before = this.waves.size;
    for (const [id, record] of this.waves) if (record.seriesID !== seriesID) this.waves.delete(id);
    if (this.waves.size < before) this.show();
  }

  /** Another detector may use the ids of waves that were seen for other ones. */
  forgetSeen() { this.seenIDs.clear(); }

  /** Calms down when nobody has come for some time. */
  age() {
    if (this.isOn && document.body.dataset.alarm !== this.urgency) document.body.dataset.alarm = this.urgency;
  }

  get urgency() { return performance.now() - this.since < FRESH_MS ? "fresh" : "seen-by-nobody"; }

  get isOn() { return this.waves.size > 0; }

  show() {
    const { band, title, text } = this.nodes;
    band.hidden = !this.isOn;
    document.title = this.isOn ? "▲ WAVE – Sparkwatch" : "Sparkwatch";
    if (!this.isOn) {
      delete document.body.dataset.alarm;
      return;
    }
    document.body.dataset.alarm = this.urgency;
    const records = [...this.waves.values()];
    const last = records.at(-1);
    title.textContent = records.length > 1 ? `${records.length} WAVES` : "WAVE";
    text.textContent = describe(last);
  }
}

function describe({ message, state }) {
  const box = message.bbox;
  const um = message.centroid_um && message.centroid_px ? message.centroid_um[1] / message.centroid_px[1] : null;
  const place = box && um ? `x ${(box[1] * um).toFixed(0)} to ${(box[3] * um).toFixed(0)} µm` : "";
  const speed = message.params?.front_speed_um_per_s ?? message.params?.wave_speed_line_scan_um_per_s;
  return [`at ${clockText(message.t_start_ms)}`, place, speed ? `${speed.toFixed(0)} µm/s` : "", state === "provisional" ? "provisional" : ""]
    .filter(Boolean).join(", ");
}
