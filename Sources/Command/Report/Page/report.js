"use strict";
const data = JSON.parse(document.getElementById("data").textContent);
const classes = ["spark", "puff", "wave"];
const shown = new Set(classes);
const get = id => document.getElementById(id);
const seconds = data.frames * data.interval_ms / 1000;
const events = data.events.map((event, index) => ({
  ...event, index, shape: data.shapes[index], trace: data.traces[index], width_um: data.widths_um[index],
}));
let chosen = null;

function element(name, attributes = {}, ...children) {
  const isDrawn = ["svg", "path", "rect", "line", "text", "polyline", "g", "circle"].includes(name);
  const node = isDrawn ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
    else if (value !== null && value !== false) node.setAttribute(key, value);
  }
  node.append(...children);
  return node;
}

/** A number as people write it; empty for null. */
function text(value, digits = 3) {
  if (value === null || value === undefined) return "";
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(digits)));
}

/** Every quantity of an event that is a number: how to name it and how to get it. */
const quantities = [
  ["t_start_ms", "start", "ms", e => e.t_start_ms],
  ["duration_ms", "duration", "ms", e => e.duration_ms],
  ["width_um", "width along x", "µm", e => e.width_um],
  ["area_um2", "area", "µm²", e => e.area_um2],
  ["x_um", "x", "µm", e => e.centroid_um[1]],
  ["y_um", "y", "µm", e => e.centroid_um[0]],
  ...[...new Set(events.flatMap(e => Object.keys(e.params)))].sort().map(key => {
    const [name, unit] = parameterName(key);
    return [key, name, unit, e => e.params[key] ?? null];
  }),
  ["confidence", "confidence", "", e => e.confidence],
  ["missing_frames", "missing frames", "", e => e.missing_frames],
].map(([key, name, unit, value]) => ({ key, name, unit, value }))
  .filter(q => events.some(e => q.value(e) !== null));

/** `wave_speed_centroid_um_per_s` is "wave speed centroid" in "µm/s". */
function parameterName(key) {
  const units = [
    ["_dff0_per_s", "ΔF/F0 /s"], ["_um_per_s", "µm/s"], ["_dff0_um3", "ΔF/F0 µm³"], ["_dff0_ms", "ΔF/F0 ms"],
    ["_dff0", "ΔF/F0"], ["_um2", "µm²"], ["_um", "µm"], ["_ms", "ms"], ["_deg", "°"],
  ];
  const [ending, unit] = units.find(([ending]) => key.endsWith(ending)) ?? ["", ""];
  return [key.slice(0, key.length - ending.length).replaceAll("_", " "), unit];
}

const label = quantity => quantity.name + (quantity.unit ? ` (${quantity.unit})` : "");
const quantity = key => quantities.find(q => q.key === key);

/** How strong an event is at least: the lower end of its amplitude's 95 % interval; uncertain amplitudes come last. */
function strength({ params, flags }) {
  const amplitude = params.amplitude_dff0 ?? null;
  if (amplitude === null || flags.includes("amplitude_uncertain")) return (params.raw_peak_dff0 ?? 0) - 1e6;
  return amplitude - 1.96 * (params.amplitude_error_dff0 ?? 0);
}

const visible = () => events.filter(event => shown.has(event.event_type) && (chosenCell === null || event.cell === chosenCell));

function describe(event) {
  const lines = [`${event.event_type} ${event.event_id}`,
    `${text(event.t_start_ms / 1000, 5)} s, ${text(event.duration_ms)} ms, x ${text(event.centroid_um[1])} µm`];
  if (event.params.amplitude_dff0 !== null) lines.push(`ΔF/F0 ${text(event.params.amplitude_dff0)}`);
  if (event.flags.length) lines.push(event.flags.join(", "));
  return lines.join("\n");
}

function pointable(event, attributes) {
  const tip = get("tip");
  return {
    ...attributes,
    "data-event": event.index,
    class: `${attributes.class} ${event.event_type}${chosen === event ? " chosen" : ""}`,
    onclick: () => choose(event),
    onmousemove: mouse => {
      tip.hidden = false;
      tip.textContent = describe(event);
      tip.style.left = Math.min(mouse.clientX + 14, innerWidth - 240) + "px";
      tip.style.top = mouse.clientY + 14 + "px";
    },
    onmouseleave: () => { tip.hidden = true; },
  };
}

/** All quantities of the events that are shown. */
const eventTable = () => [columns.map(c => c.key), ...visible().map(event => columns.map(c => c.value(event)))];

function drawHeader() {
  const { setup, outcome } = data.run;
  document.title = `${data.movie} · Sparkwatch`;
  get("name").textContent = data.movie;
  get("facts").textContent = [
    `${data.frames} frames of ${data.width} × ${data.height} pixels`, `${text(seconds, 4)} s`,
    `${text(data.pixel_um)} µm per pixel (${setup.calibration.pixel_size_um.origin})`,
    `${text(data.interval_ms)} ms per frame (${setup.calibration.frame_interval_ms.origin})`,
  ].join(" · ");
  const said = ["bit_depth", "pixel_size", "frame_interval", "dark_frames"];
  const findings = (data.run.examination?.checks ?? []).filter(check => ["bad", "notice"].includes(check.grade) && !said.includes(check.name))
    .map(check => `${check.name.replaceAll("_", " ")}: ${check.text} (${check.limit})${check.advice ? `: ${check.advice}` : ""}`);
  get("remarks").textContent = [...data.run.remarks, ...findings].join(". ");
  const model = setup.model_sha256 ? `model ${setup.model_sha256.slice(0, 12)}` : "probabilities made elsewhere";
  get("footer").textContent = `Sparkwatch ${setup.software_version} · ${model} · mode ${setup.configuration.mode}`
    + ` · threshold ${text(outcome.threshold)} · ${setup.movie.path} · ${data.run.finished}`;
  for (const name of classes) {
    const box = element("input", { type: "checkbox", id: `show-${name}`, onchange: () => {
      if (box.checked) shown.add(name); else shown.delete(name);
      draw();
    } });
    box.checked = true;
    get("classes").append(element("label", { class: name }, box, element("i", { class: "swatch" }), `${name}s`));
  }
}

function drawSummary() {
  get("summary").replaceChildren(...classes.map(name => {
    const own = events.filter(event => event.event_type === name);
    const median = key => { const q = quantity(key); return q ? middle(own.map(q.value)) : null; };
    const parts = [["amplitude_dff0", "ΔF/F0"], ["duration_ms", "ms"], ["width_um", "µm wide"]]
      .map(([key, unit]) => [median(key), unit]).filter(([value]) => value !== null)
      .map(([value, unit]) => `${text(value)} ${unit}`);
    return element("div", { class: `card ${name}` }, `${name}s`, element("b", {}, String(own.length)),
      element("span", {}, `${text(own.length / seconds)} per s`),
      element("span", {}, parts.length ? `median ${parts.join(", ")}` : "none found"));
  }));
}

function middle(values) {
  const sorted = values.filter(value => value !== null).sort((a, b) => a - b);
  return sorted.length ? (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2 : null;
}

function drawImage() {
  const canvas = document.querySelector("#map canvas");
  const { width, height, pixels } = data.image;
  canvas.width = width;
  canvas.height = height;
  const bytes = atob(pixels);
  const image = new ImageData(width, height);
  for (let i = 0; i < width * height; i++) {
    image.data.fill(bytes.charCodeAt(i), 4 * i, 4 * i + 3);
    image.data[4 * i + 3] = 255;
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  get("scale").textContent = `${text(data.width * data.pixel_um, 4)} µm × ${text(data.height * data.pixel_um, 4)} µm`;
}

function drawMap() {
  const svg = document.querySelector("#map svg");
  overlay(svg);
  const order = ["wave", "puff", "spark"];
  svg.replaceChildren(...cellOutlines(), ...visible().sort((a, b) => order.indexOf(a.event_type) - order.indexOf(b.event_type))
    .map(event => element("g", pointable(event, { class: "shape" }),
      element("path", { class: "area", d: area(event.shape) }), element("path", { class: "edge", d: outline(event.shape) }))));
}

function drawRaster() {
  const plot = chart({ width: roomOf("raster", 1000), height: 260, x: [0, seconds], y: [0, data.width * data.pixel_um], yLabel: "x (µm)", flipped: true });
  for (const event of visible().sort((a, b) => b.width_um * b.duration_ms - a.width_um * a.duration_ms)) {
    const [start, end] = [plot.x(event.t_start_ms / 1000), plot.x((event.t_start_ms + event.duration_ms) / 1000)];
    const [top, bottom] = [event.bbox[1], event.bbox[3]].map(column => plot.y(column * data.pixel_um));
    const rect = { x: start, y: top, width: Math.max(2, end - start), height: Math.max(3, bottom - top) };
    plot.svg.append(element("rect", pointable(event, { class: "bar", ...rect })));
  }
  get("raster").replaceChildren(...figure(`${data.movie}_events`, plot.svg, eventTable));
}

function drawRates() {
  const binCount = Math.max(1, Math.min(60, Math.round(seconds / 0.25)));
  const width = seconds / binCount;
  const counts = Array.from({ length: binCount }, () => Object.fromEntries(classes.map(name => [name, 0])));
  for (const event of visible()) counts[Math.min(binCount - 1, Math.floor(event.t_start_ms / 1000 / width))][event.event_type]++;
  const highest = Math.max(1, ...counts.map(bin => classes.reduce((sum, name) => sum + bin[name], 0))) / width;
  const plot = chart({ width: roomOf("rates", 1000), height: 150, x: [0, seconds], y: [0, highest], xLabel: "time (s)", yLabel: "events/s", yCount: 3 });
  counts.forEach((bin, index) => {
    let sum = 0;
    for (const name of classes) {
      const [low, high] = [sum / width, (sum + bin[name]) / width];
      sum += bin[name];
      plot.svg.append(element("rect", { class: `rate ${name}`, x: plot.x(index * width) + .5, y: plot.y(high),
        width: plot.x(width) - plot.x(0) - 1, height: plot.y(low) - plot.y(high) }));
    }
  });
  get("rates").replaceChildren(...figure(`${data.movie}_rates`, plot.svg, () => [["from_s", "to_s", ...classes.map(name => `${name}s`)],
    ...counts.map((bin, index) => [index * width, (index + 1) * width, ...classes.map(name => bin[name])])]));
}

function tracePlot(event, size) {
  const { first, values, fit } = event.trace;
  const times = values.map((_, index) => (first + index) * data.interval_ms);
  const known = values.filter(value => value !== null);
  const low = Math.min(0, ...known, ...fit ?? []), high = Math.max(0.1, ...known, ...fit ?? []);
  const margin = (high - low) * .06;
  const plot = chart({ ...size, x: [times[0], times[times.length - 1]], y: [low - margin, high + margin] });
  const [start, end] = [event.t_start_ms, event.t_start_ms + event.duration_ms].map(time => Math.min(times[times.length - 1], Math.max(times[0], time)));
  plot.svg.append(element("rect", { class: `span ${event.event_type}`, x: plot.x(start), y: plot.y(high + margin),
    width: Math.max(1, plot.x(end) - plot.x(start)), height: plot.y(low - margin) - plot.y(high + margin) }));
  plot.svg.append(element("path", { class: "trace", d: linePath(times, values, plot) }));
  if (fit) plot.svg.append(element("path", { class: `fit ${event.event_type}`, d: linePath(times, fit, plot) }));
  return plot.svg;
}

/** Everything of a trace as a table. */
const traceTable = ({ trace }) => [["frame", "time_ms", "dff0", "fit_dff0"],
  ...trace.values.map((value, i) => [trace.first + i, (trace.first + i) * data.interval_ms, value, trace.fit?.[i] ?? null])];

function drawEvent() {
  if (!chosen) return;
  const name = `${data.movie}_${chosen.event_id}`;
  get("trace").replaceChildren(...chosen.trace ? figure(name,
    tracePlot(chosen, { width: roomOf("trace", 720), height: 300, xLabel: "time (ms)", yLabel: "ΔF/F0" }), () => traceTable(chosen))
    : ["No trace was kept."]);
  const rows = quantities.filter(q => q.value(chosen) !== null)
    .flatMap(q => [element("dt", {}, label(q)), element("dd", {}, text(q.value(chosen), 4))]);
  const reasons = Object.entries(chosen.reasons ?? {}).filter(([, reason]) => reason !== "not_of_this_class")
    .flatMap(([key, reason]) => [element("dt", {}, parameterName(key)[0]), element("dd", {}, reason.replaceAll("_", " "))]);
  const flags = chosen.flags.length ? [element("dt", {}, "flags"), element("dd", {}, chosen.flags.join(", "))] : [];
  get("values").replaceChildren(
    element("dt", { class: `title ${chosen.event_type}` }, `${chosen.event_type} ${chosen.event_id}`), ...rows, ...flags, ...reasons);
}

function drawGallery() {
  const strongest = classes.filter(name => shown.has(name)).flatMap(name => events
    .filter(event => event.event_type === name && event.trace).sort((a, b) => strength(b) - strength(a)).slice(0, 5));
  get("gallery").replaceChildren(...strongest.map(event => element("button", {
    class: chosen === event ? "chosen" : "", "data-event": event.index, onclick: () => choose(event),
  }, tracePlot(event, { width: 230, height: 130, yLabel: "ΔF/F0" }), `${event.event_type} ${event.event_id}`)));
}

const panels = ["amplitude_dff0", "duration_ms", "width_um", "fdhm_ms", "tau_decay_ms", "fwhm_x_um"].filter(quantity).slice(0, 6);

function drawDistributions() {
  get("distributions").replaceChildren(...panels.map((key, panel) => {
    const select = element("select", { "aria-label": "quantity", onchange: () => { panels[panel] = select.value; drawDistributions(); } },
      ...quantities.map(q => element("option", { value: q.key, ...(q.key === key ? { selected: "" } : {}) }, label(q))));
    const q = quantity(key);
    return element("div", {}, select, ...figure(`${data.movie}_${key}`, histogram(q), () => [["event_id", "event_type", key],
      ...visible().map(event => [event.event_id, event.event_type, q.value(event)])]));
  }));
}

function histogram(q) {
  const all = visible().map(q.value).filter(value => value !== null).sort((a, b) => a - b);
  if (!all.length) return element("p", { class: "hint" }, "No values.");
  // The outermost hundredth would leave no room for the rest; it is counted in the last bins.
  const [low, high] = [Math.min(0, all[0]), all[Math.floor((all.length - 1) * .99)]];
  const top = high > low ? high : low + 1;
  const binCount = 24;
  const bins = Object.fromEntries(classes.map(name => [name, new Array(binCount).fill(0)]));
  const own = Object.fromEntries(classes.map(name => [name, []]));
  for (const event of visible()) {
    const value = q.value(event);
    if (value === null) continue;
    own[event.event_type].push(value);
    bins[event.event_type][Math.max(0, Math.min(binCount - 1, Math.floor((value - low) / (top - low) * binCount)))]++;
  }
  const shares = name => bins[name].map(count => count / Math.max(1, own[name].length) * 100);
  const highest = Math.max(...classes.flatMap(shares));
  const plot = chart({ width: Math.min(480, roomOf("distributions", 380)), height: 210, x: [low, top], y: [0, highest], xLabel: label(q), yLabel: "% of class" });
  for (const name of classes.filter(name => own[name].length)) {
    const step = (top - low) / binCount;
    let path = `M${plot.x(low)} ${plot.y(0)}`;
    shares(name).forEach((share, i) => { path += `V${plot.y(share)}H${plot.x(low + (i + 1) * step)}`; });
    plot.svg.append(element("path", { class: `step ${name}`, d: `${path}V${plot.y(0)}Z` }));
    const median = plot.x(Math.min(top, middle(own[name])));
    plot.svg.append(element("line", { class: `median ${name}`, x1: median, x2: median, y1: plot.y(0), y2: plot.y(highest) }));
  }
  return plot.svg;
}

let sorting = { key: "t_start_ms", isAscending: true };
const columns = [
  { key: "event_id", name: "event", unit: "", value: e => e.event_id },
  { key: "event_type", name: "class", unit: "", value: e => e.event_type },
  ...quantities,
];

function drawTable() {
  const column = columns.find(c => c.key === sorting.key);
  const sign = sorting.isAscending ? 1 : -1;
  const sorted = visible().sort((a, b) => {
    const [left, right] = [column.value(a), column.value(b)];
    if (left === null || right === null) return (left === null) - (right === null);
    return sign * (left < right ? -1 : left > right ? 1 : 0);
  });
  const head = columns.map(c => {
    const direction = c.key === sorting.key ? (sorting.isAscending ? "ascending" : "descending") : "none";
    const arrow = { ascending: " ▲", descending: " ▼", none: "" }[direction];
    return element("th", { "aria-sort": direction, scope: "col" }, element("button", { "data-key": c.key, onclick: () => {
      sorting = { key: c.key, isAscending: c.key === sorting.key ? !sorting.isAscending : true };
      drawTable();
    } }, label(c) + arrow));
  });
  const lines = sorted.map(event => element("tr", { class: `${event.event_type}${chosen === event ? " chosen" : ""}`,
    "data-event": event.index, onclick: () => choose(event) },
    ...columns.map(c => { const value = c.value(event); return element("td", {}, typeof value === "string" ? value : text(value, 5)); })));
  get("table-files").replaceChildren(fileButton("CSV", () => saveTable(`${data.movie}_table`, eventTable())));
  get("table").replaceChildren(element("table", {}, element("thead", {}, element("tr", {}, ...head)), element("tbody", {}, ...lines)));
}

function choose(event) {
  chosen = event;
  for (const node of document.querySelectorAll("[data-event]")) {
    node.classList.toggle("chosen", Number(node.dataset.event) === event.index);
  }
  drawEvent();
}

document.addEventListener("keydown", key => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[key.key];
  if (!step || !chosen || ["SELECT", "INPUT"].includes(document.activeElement.tagName)) return;
  const list = visible();
  const next = list[list.indexOf(chosen) + step];
  if (next) choose(next);
});

function draw() {
  drawMap();
  drawRaster();
  drawRates();
  drawResting();
  drawMovement();
  drawCells();
  drawSites();
  drawGallery();
  drawDistributions();
  drawTable();
  drawEvent();
}

let drawnWidth = innerWidth;
addEventListener("resize", () => {
  if (innerWidth === drawnWidth) return;
  drawnWidth = innerWidth;
  draw();
});
