
// Cells, phases, release sites, resting light and movement.

const places = data.places;
let chosenCell = null;
let chosenSite = null;

/** A rate with as many digits as it means. */
const rateText = value => value === 0 ? "0" : value < 0.1 ? value.toFixed(3) : value < 10 ? value.toFixed(2) : value.toFixed(1);
const phaseText = phase => phase.label ?? (places.phases.length > 1 ? "before the first mark" : "whole movie");

/** A table of texts; a row may have attributes of its own. */
function plainTable(headings, rows) {
  const head = element("tr", {}, ...headings.map(heading => element("th", { scope: "col" }, heading)));
  const lines = rows.map(({ attributes = {}, cells }) => element("tr", attributes, ...cells.map(cell => element("td", {}, cell ?? ""))));
  return element("table", {}, element("thead", {}, head), element("tbody", {}, ...lines));
}

function drawCells() {
  const rows = places.cells.flatMap(cell => places.phases.map((phase, index) => ({
    attributes: {
      class: cell.cell === chosenCell ? "chosen" : "", "data-cell": cell.cell,
      onclick: () => { chosenCell = chosenCell === cell.cell ? null : cell.cell; draw(); },
    },
    cells: [
      String(cell.cell), cell.area_um2 === undefined ? "" : `${text(cell.area_um2)} µm²`, phaseText(phase),
      phase.observed_s === undefined ? "" : `${text(phase.observed_s, 4)} s${phase.usable_share < 1 ? `, ${text(100 * phase.usable_share)} % usable` : ""}`,
      ...classes.map(name => {
        const rate = cell.rates[index][name];
        if (!rate) return "";
        return `${rateText(rate.per_100um2_per_s)} (${rateText(rate.low95)} to ${rateText(rate.high95)}), ${rate.events}`;
      }),
    ],
  })));
  get("cells").replaceChildren(plainTable(
    ["cell", "area", "phase", "observed", ...classes.map(name => `${name}s: rate (95 %), events`)], rows,
  ));
}

/** Outlines of cells with their numbers, where there are several. */
function cellOutlines() {
  if (places.cells.length < 2) return [];
  return places.cells.filter(cell => cell.runs.length).map(cell => element("g", { class: `cell${cell.cell === chosenCell ? " chosen" : ""}` },
    element("path", { class: "cell-edge", d: outline(cell.runs) }),
    element("text", { x: cell.runs[1] + 2, y: cell.runs[0] + 9 }, `cell ${cell.cell}`)));
}

const siteCount = site => site.phases.reduce((sum, phase) => sum + phase.events, 0);

function drawSites() {
  const own = places.sites.filter(site => chosenCell === null || site.cell === chosenCell);
  get("sites-section").hidden = places.sites.length === 0;
  const source = document.querySelector("#map canvas"), canvas = document.querySelector("#site-map canvas");
  [canvas.width, canvas.height] = [source.width, source.height];
  canvas.getContext("2d").drawImage(source, 0, 0);
  const svg = document.querySelector("#site-map svg");
  overlay(svg);
  const most = Math.max(2, ...own.map(siteCount));
  const choose = site => ({ "data-site": site.site, onclick: () => { chosenSite = site.site; drawSites(); } });
  const ring = site => element("g", { class: `site${site.site === chosenSite ? " chosen" : ""}`, ...choose(site) },
    element("circle", { cx: site.x_px + .5, cy: site.y_px + .5, r: 1 / data.pixel_um, "fill-opacity": .15 + .6 * siteCount(site) / most }),
    element("text", { x: site.x_px + 1.5 + 1 / data.pixel_um, y: site.y_px + 4 }, String(siteCount(site))));
  svg.replaceChildren(...cellOutlines(), ...own.map(ring));
  const several = places.phases.length > 1;
  const rows = [...own].sort((a, b) => siteCount(b) - siteCount(a)).flatMap(site => site.phases.map((phase, index) => ({
    attributes: { class: site.site === chosenSite ? "chosen" : "", ...choose(site) },
    cells: [
      String(site.site), site.cell === undefined ? "" : String(site.cell), site.event_type,
      text(site.x_px * data.pixel_um), text(site.y_px * data.pixel_um), ...(several ? [phaseText(places.phases[index])] : []),
      String(phase.events), text(phase.first_latency_ms, 5), text(phase.interval_median_ms, 5),
    ],
  })));
  get("sites").replaceChildren(plainTable(
    ["site", "cell", "class", "x (µm)", "y (µm)", ...(several ? ["phase"] : []), "events", "first latency (ms)", "median interval (ms)"], rows,
  ));
}

function drawResting() {
  const courses = places.resting.filter(course => course.frames.length > 1);
  if (!courses.length) return get("resting").replaceChildren("Too short to tell.");
  const highest = 1.1 * Math.max(1, ...courses.flatMap(course => course.counts));
  const width = roomOf("rates", 1000);
  const plot = chart({ width, height: 150, x: [0, seconds], y: [0, highest], xLabel: "time (s)", yLabel: "F0 (counts)", yCount: 3 });
  for (const phase of places.phases.slice(1)) {
    const at = plot.x(phase.start_s);
    plot.svg.append(element("line", { class: "mark", x1: at, x2: at, y1: 8, y2: plot.y(0) }), element("text", { x: at + 3, y: 16 }, phaseText(phase)));
  }
  courses.forEach((course, index) => {
    const points = course.frames.map((frame, i) => `${plot.x(frame * data.interval_ms / 1000).toFixed(1)},${plot.y(Math.max(0, course.counts[i])).toFixed(1)}`);
    const left = course.counts[0] > 0 ? ` ${Math.round(100 * course.counts.at(-1) / course.counts[0])} %` : "";
    plot.svg.append(element("polyline", { class: `resting shade-${index % 4}`, points: points.join(" ") }),
      element("text", { x: width - 10, y: plot.y(Math.max(0, course.counts.at(-1))) - 4, "text-anchor": "end" },
        (courses.length > 1 ? `cell ${course.cell}` : "") + left));
  });
  get("resting").replaceChildren(plot.svg);
}

function drawMovement() {
  const movement = data.movement;
  get("movement-part").hidden = !movement;
  if (!movement) return;
  const left = movement.motion_left_share.some(share => share > 0);
  get("movement-hint").textContent = `How far the cell was from where it was at first, in µm. ${movement.undone_frames ? `${movement.undone_frames} of ${data.frames} frames were moved back before detection; places are those that the camera saw.` : "No frame had to be moved back."}`
    + (left ? " Shaded: movement that cannot be undone; events in it carry the flag motion." : "");
  const highest = Math.max(0.2, 1.08 * Math.max(...movement.farthest_um));
  const plot = chart({ width: roomOf("rates", 1000), height: 130, x: [0, seconds], y: [0, highest], xLabel: "time (s)", yLabel: "µm", yCount: 3 });
  const times = movement.frames.map(frame => frame * data.interval_ms / 1000);
  movement.motion_left_share.forEach((share, i) => {
    if (share === 0) return;
    plot.svg.append(element("rect", { class: "moved", x: plot.x(times[i]), y: plot.y(highest), "fill-opacity": 0.15 + 0.45 * share,
      width: Math.max(1, plot.x(times[i + 1] ?? seconds) - plot.x(times[i])), height: plot.y(0) - plot.y(highest) }));
  });
  plot.svg.append(element("path", { class: "movement", d: linePath(times, movement.farthest_um, plot) }));
  get("movement").replaceChildren(...figure(`${data.movie}_movement`, plot.svg, () => [["frame", "time_s", "farthest_um", "motion_left_share"],
    ...movement.frames.map((frame, i) => [frame, times[i], movement.farthest_um[i], movement.motion_left_share[i]])]));
}

drawHeader();
drawSummary();
drawImage();
chosen = [...events].filter(event => event.trace).sort((a, b) => strength(b) - strength(a))[0] ?? events[0] ?? null;
draw();
