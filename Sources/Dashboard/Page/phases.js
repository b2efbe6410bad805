// How often events came: in the present phase, large, and from mark to mark, recording by recording, cell by cell.

import { CLASSES } from "./classes.js";
import { element } from "./lists.js";

/** A rate with as many digits as it means. */
const rateText = (value) => (value === 0 ? "0" : value < 0.1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(1));

const rangeText = ({ low95, high95 }) => `${rateText(low95)}–${rateText(high95)}`;

const UNIT = "per 100 µm² of cell and second";

/** What a phase tells of a cell, or of all together; undefined before cells are known. */
const activity = (phase, cell) => (cell === null ? phase.cell : phase.cells?.find((own) => own.cell === cell)) ?? undefined;

/** Counts and rates of the present phase, of one cell or (null) of all. */
export function showClasses(node, phases, cell) {
  const phase = phases.at(-1) ?? { events: {}, cells: [] };
  const rates = activity(phase, cell)?.frequencies;
  node.replaceChildren(...CLASSES.map((kind) => {
    const rate = rates?.[kind.name];
    const count = rate?.events ?? (cell === null ? phase.events[kind.name] ?? 0 : 0);
    const tile = element("div", "", { class: "class-tile", "data-class": kind.name });
    tile.append(
      element("span", `${kind.sign} ${kind.name}s`, { class: `name ${kind.name}` }),
      element("div"),
      element("b", `${count}`),
      element("span", rate ? rateText(rate.per_100um2_per_s) : "–", { title: UNIT }),
      element("div", rate ? rangeText(rate) : "", { class: "faint", title: `95 % interval, ${UNIT}` }),
    );
    return tile;
  }));
}

/** Rates from mark to mark, the newest on top; recordings are divided, cells stand below their phase. */
export function showPhases(table, phases, chosen) {
  const head = element("tr");
  head.append(element("th", "phase"), element("th", "time"), ...CLASSES.map((kind) => element("th", `${kind.sign} ${kind.name}s`, { class: kind.name })));
  const rows = [];
  const recordings = new Set(phases.map((phase) => phase.series_id).filter(Boolean));
  phases.forEach((phase, index) => {
    const isLast = index === phases.length - 1;
    const own = [phaseRow(phase, index, isLast)];
    if (phase.cells.length > 1) own.push(...phase.cells.map((cell) => cellRow(cell, cell.cell === chosen)));
    own.push(...(phase.regions ?? []).map(regionRow));
    rows.unshift(...own);
    const next = phases[index + 1];
    if (recordings.size > 1 && phase.series_id && (isLast || next.series_id !== phase.series_id)) rows.unshift(recordingRow(phase.series_id));
  });
  table.replaceChildren(head, ...rows);
}

function recordingRow(seriesID) {
  const row = element("tr", "", { class: "divider" });
  row.append(element("td", `recording ${seriesID.slice(0, 24)}`, { colspan: 2 + CLASSES.length, title: seriesID }));
  return row;
}

function phaseRow(phase, index, isCurrent) {
  const row = element("tr", "", { class: isCurrent ? "phase current" : "phase", "data-phase": index });
  row.append(element("td", phase.label, { title: phase.label }), observedCell(phase));
  row.append(...CLASSES.map((kind) => rateCell(phase.cell?.frequencies[kind.name], phase.events[kind.name] ?? 0)));
  return row;
}

/** Time observed, and how much of it was usable if the cell moved in a way that cannot be undone. */
function observedCell(phase) {
  const node = element("td", `${phase.observed_s.toFixed(0)} s`);
  const share = phase.cell?.usable_share ?? 1;
  if (share < 1) {
    node.append(" ", element("small", `${Math.floor(100 * share)} % usable`, { class: "below" }));
    node.title = "in the rest of the time the cell moved in a way that cannot be undone";
  }
  return node;
}

function cellRow(cell, isChosen) {
  const row = element("tr", "", { class: isChosen ? "cell current" : "cell", "data-cell": cell.cell });
  row.append(element("td", `cell ${cell.cell}`), element("td", `${cell.area_um2.toFixed(0)} µm²`));
  row.append(...CLASSES.map((kind) => rateCell(cell.frequencies[kind.name], cell.frequencies[kind.name].events)));
  return row;
}

function regionRow(region) {
  const row = element("tr", "", { class: "region", "data-region": region.region });
  row.append(element("td", `▭ ${region.region}`, { title: region.region }), element("td", `${region.area_um2.toFixed(0)} µm²`));
  const why = region.area_um2 > 0 ? "drawn too late to be counted here" : "outside of the frame";
  row.append(...CLASSES.map((kind) => {
    const rate = region.frequencies[kind.name];
    return rate ? rateCell(rate, rate.events) : element("td", "–", { title: why });
  }));
  return row;
}

function rateCell(rate, count) {
  const title = rate ? `${count} events, 95 %: ${rangeText(rate)} ${UNIT}` : `${count} events`;
  const node = element("td", rate ? rateText(rate.per_100um2_per_s) : "–", { title, "data-events": count });
  if (rate) node.append(element("small", ` ${rangeText(rate)}`));
  return node;
}
