// The lists beside the picture: events, and what is known of one event.

import { clockText, shortID } from "./eventbook.js";

const MOST_ROWS = 150;

/** Makes an element with text and attributes. */
export function element(name, text = "", attributes = {}) {
  const node = document.createElement(name);
  node.textContent = text;
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  return node;
}

/** The newest events, newest first, with marks and the beginnings of recordings between them. */
export class EventTable {
  constructor(body) {
    this.body = body;
    this.rows = new Map();
  }

  show(records, marks, selected) {
    const entries = [
      ...records.map((record) => ({ series: record.seriesID, frame: record.message.frame_start, record })),
      ...marks.map((mark) => ({ series: mark.series_id, frame: mark.frame, mark })),
    ];
    const order = new Map();
    for (const { series } of entries) if (!order.has(series)) order.set(series, order.size);
    entries.sort((a, b) => order.get(b.series) - order.get(a.series) || b.frame - a.frame);
    if (order.size > 1) for (const series of order.keys()) entries.splice(1 + entries.findLastIndex((entry) => entry.series === series), 0, { series, begin: series });
    const rows = new Map(entries.slice(0, MOST_ROWS).map((entry) => this.row(entry, selected)));
    this.rows = rows;
    this.body.replaceChildren(...[...rows.values()].map(({ node }) => node));
  }

  /** The row that is there already if nothing in it has changed: one that is being clicked must not go away. */
  row({ record, mark, begin }, selected) {
    const key = begin ? `recording ${begin}` : mark ? `mark ${mark.message_num}` : record.id;
    const content = !record ? "" : `${record.state} ${record.message.rev} ${record.id === selected} ${record.correction?.message_num}`;
    const known = this.rows.get(key);
    if (known?.content === content) return [key, known];
    return [key, { content, node: record ? eventRow(record, selected) : dividerRow(mark ? `▼ ${mark.label}` : `▲ recording ${begin.slice(0, 24)}`) }];
  }
}

function dividerRow(text) {
  const row = element("tr", "", { class: "divider" });
  row.append(element("td", text, { colspan: 7 }));
  return row;
}

function eventRow(record, selected) {
  const { message, kind, state } = record;
  const amplitude = message.params?.amplitude_dff0;
  const verdict = record.isRejected ? "rejected" : record.correction?.action === "retype" ? `was ${record.correction.event_type_found}` : "";
  const row = element("tr", "", { "data-id": record.id, class: `${state} ${record.isRejected ? "rejected" : ""} ${record.id === selected ? "selected" : ""}` });
  const reject = element("td");
  if (state === "final") reject.append(element("button", record.isRejected ? "↺" : "✕", { "data-reject": record.id, title: record.isRejected ? "it is one after all (D)" : "it is none (D)" }));
  row.append(
    element("td", `${kind.sign} ${shortID(record.id)}${state === "final" ? "" : ` ${state}`}${verdict ? ` ${verdict}` : ""}`, { class: kind.name }),
    element("td", clockText(message.t_start_ms)),
    element("td", message.centroid_um ? `${message.centroid_um[1].toFixed(1)} µm` : ""),
    element("td", amplitude == null ? "–" : amplitude.toFixed(2), { title: "ΔF/F₀" }),
    element("td", message.duration_ms == null ? "" : `${Math.round(message.duration_ms)} ms`),
    element("td", message.confidence == null ? "" : `${Math.round(100 * message.confidence)} %`, { title: "confidence", class: "faint" }),
    reject,
  );
  return row;
}

/** How often provisional events were confirmed, and how long before. */
export function tiersText({ provisional, confirmed, retracted, leadsMs }) {
  if (provisional === 0) return "";
  const settled = confirmed + retracted;
  const share = settled ? `${Math.round((100 * confirmed) / settled)} % of ${settled} provisional confirmed` : `${provisional} provisional`;
  const lead = leadsMs.length ? `, median ${Math.round([...leadsMs].sort((a, b) => a - b)[leadsMs.length >> 1])} ms earlier` : "";
  return share + lead;
}

const UNITS = {
  ms: "ms", um: "µm", um2: "µm²", um_s: "µm/s", um_per_s: "µm/s",
  dff0: "ΔF/F₀", dff0_ms: "ΔF/F₀ ms", dff0_per_s: "ΔF/F₀/s", dff0_um3: "ΔF/F₀ µm³",
};

/** All numbers of an event, whatever a later version adds to them. */
export function showValues(list, record) {
  const { message } = record;
  const values = [
    ["onset", clockText(message.t_start_ms)],
    ["lasts", message.duration_ms == null ? "–" : `${message.duration_ms.toFixed(0)} ms`],
    ["area", message.area_um2 == null ? "–" : `${message.area_um2.toFixed(1)} µm²`],
    ["frames", `${message.frame_start}–${message.frame_end ?? ""}`],
    ...(message.cell == null ? [] : [["cell", `${message.cell}`]]),
    ...(message.site == null ? [] : [["site", `${message.site}, event ${message.site_events}`]]),
    ["confidence", message.confidence == null ? "–" : message.confidence.toFixed(2)],
    ["latency", message.latency_ms?.total == null ? "–" : `${Math.round(message.latency_ms.total)} ms`],
    ...Object.entries(message.params ?? {}).map(([key, value]) => parameter(key, value, message.reasons?.[key])),
    ...(message.flags?.length ? [["flags", message.flags.join(" ")]] : []),
    ...(message.missing_frames ? [["missing frames", `${message.missing_frames}`]] : []),
  ];
  list.replaceChildren(...values.flatMap(([name, value, title]) => [element("dt", name), element("dd", value, title ? { title } : {})]));
}

/** Name, value with its unit, and why there is none. */
export function parameter(key, value, reason) {
  const parts = key.split("_");
  const unit = Object.keys(UNITS).filter((suffix) => key.endsWith(`_${suffix}`)).sort((a, b) => b.length - a.length)[0];
  const name = unit ? key.slice(0, -unit.length - 1).replaceAll("_", " ") : parts.join(" ");
  if (value == null) return [name, "–", reason?.replaceAll("_", " ")];
  const number = typeof value === "number" ? Number(value.toPrecision(3)).toString() : `${value}`;
  return [name, unit ? `${number} ${UNITS[unit]}` : number];
}
