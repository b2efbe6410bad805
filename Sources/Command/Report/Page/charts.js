
// Charts and outlines, and how they are saved.

/** Width of a place on the page in px, so that letters keep their size on every screen. */
const roomOf = (id, otherwise) => get(id).clientWidth || otherwise;

/** A drawing with what it can be saved as. */
function figure(name, svg, table) {
  if (!(svg instanceof SVGElement)) return [svg];
  return [svg, element("div", { class: "files" }, fileButton("SVG", () => saveDrawing(name, svg)),
    fileButton("PNG", () => savePicture(name, svg)), fileButton("CSV", () => saveTable(name, table())))];
}

function fileButton(kind, save) { return element("button", { class: "file", title: `save as ${kind}`, onclick: save }, kind); }

function save(name, content) {
  const link = element("a", { href: URL.createObjectURL(content), download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}

/** Rows as CSV; empty for null. */
function saveTable(name, rows) {
  const cell = value => value === null || value === undefined ? "" : /[",\n]/.test(value) ? `"${String(value).replaceAll('"', '""')}"` : value;
  save(`${name}.csv`, new Blob([rows.map(row => row.map(cell).join(",") + "\r\n").join("")], { type: "text/csv" }));
}

const drawnStyles = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "font-size", "font-family"];

/** The text of a drawing that needs no style sheet. */
function drawingText(svg) {
  const copy = svg.cloneNode(true);
  const [own, copied] = [svg, copy].map(node => [...node.querySelectorAll("*")]);
  own.forEach((node, i) => {
    const style = getComputedStyle(node);
    for (const name of drawnStyles) copied[i].setAttribute(name, style.getPropertyValue(name));
  });
  const [, , width, height] = svg.getAttribute("viewBox").split(" ");
  for (const [key, value] of Object.entries({ xmlns: "http://www.w3.org/2000/svg", width, height })) copy.setAttribute(key, value);
  copy.prepend(element("rect", { width, height, fill: getComputedStyle(document.body).backgroundColor }));
  return new XMLSerializer().serializeToString(copy);
}

function saveDrawing(name, svg) { save(`${name}.svg`, new Blob([drawingText(svg)], { type: "image/svg+xml" })); }

/** Three pixels for every one on the screen: enough for print. */
function savePicture(name, svg) {
  const [, , width, height] = svg.getAttribute("viewBox").split(" ").map(Number);
  const image = new Image();
  image.onload = () => {
    const canvas = element("canvas", { width: 3 * width, height: 3 * height });
    canvas.getContext("2d").drawImage(image, 0, 0, canvas.width, canvas.height);
    canvas.toBlob(content => save(`${name}.png`, content));
  };
  image.src = "data:image/svg+xml;charset=utf-8," + encodeURIComponent(drawingText(svg));
}

/** Round steps of an axis from low to high. */
function ticks(low, high, count = 6) {
  const raw = (high - low) / count || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= raw);
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** An empty chart with axes; x and y turn values into positions. */
function chart({ width = 1000, height, x: [x0, x1], y: [y0, y1], xLabel, yLabel, yCount = 4, flipped = false }) {
  const [left, right, top, bottom] = [52, 8, 8, xLabel ? 34 : 20];
  const x = value => left + (value - x0) / (x1 - x0 || 1) * (width - left - right);
  const y = value => {
    const part = (value - y0) / (y1 - y0 || 1);
    return top + (flipped ? part : 1 - part) * (height - top - bottom);
  };
  const svg = element("svg", { viewBox: `0 0 ${width} ${height}`, width: "100%", role: "img", "aria-label": yLabel });
  for (const tick of ticks(y0, y1, yCount)) {
    svg.append(element("line", { class: "axis", x1: left, x2: width - right, y1: y(tick), y2: y(tick) }),
      element("text", { x: left - 6, y: y(tick) + 4, "text-anchor": "end" }, text(tick)));
  }
  for (const tick of ticks(x0, x1, Math.max(3, width / 130))) {
    svg.append(element("text", { x: x(tick), y: height - bottom + 15, "text-anchor": "middle" }, text(tick, 6)));
  }
  if (xLabel) svg.append(element("text", { x: (left + width) / 2, y: height - 4, "text-anchor": "middle" }, xLabel));
  if (yLabel) {
    const middle = (top + height - bottom) / 2;
    svg.append(element("text", { x: 12, y: middle, transform: `rotate(-90 12 ${middle})`, "text-anchor": "middle" }, yLabel));
  }
  return { svg, x, y, height, bottom };
}

/** A line through the values that there are. */
function linePath(times, values, plot) {
  let path = "", isDown = false;
  values.forEach((value, i) => {
    if (value !== null) path += `${isDown ? "L" : "M"}${plot.x(times[i]).toFixed(1)} ${plot.y(value).toFixed(1)}`;
    isDown = value !== null;
  });
  return path;
}

/** Runs [y, first x, end x, ...] as a path to fill. */
function area(runs) {
  let path = "";
  for (let i = 0; i < runs.length; i += 3) path += `M${runs[i + 1]} ${runs[i]}H${runs[i + 2]}v1H${runs[i + 1]}z`;
  return path;
}

/** The border of such runs as a path to stroke: the edges that only one pixel has. */
function outline(runs) {
  const rows = new Map();
  for (let i = 0; i < runs.length; i += 3) {
    if (!rows.has(runs[i])) rows.set(runs[i], []);
    rows.get(runs[i]).push([runs[i + 1], runs[i + 2]]);
  }
  let path = "";
  const uncovered = (ranges, [start, end]) => {
    let parts = [[start, end]];
    for (const [a, b] of ranges ?? []) {
      parts = parts.flatMap(([p, q]) => b <= p || a >= q ? [[p, q]] : [[p, a], [b, q]].filter(([m, n]) => n > m));
    }
    return parts;
  };
  for (const [y, ranges] of rows) {
    for (const range of ranges) {
      path += `M${range[0]} ${y}v1M${range[1]} ${y}v1`;
      for (const [a, b] of uncovered(rows.get(y - 1), range)) path += `M${a} ${y}H${b}`;
      for (const [a, b] of uncovered(rows.get(y + 1), range)) path += `M${a} ${y + 1}H${b}`;
    }
  }
  return path;
}

/** Lays a drawing over a picture; its letters keep their size however wide the picture is shown. */
function overlay(svg) {
  svg.setAttribute("viewBox", `0 0 ${data.width} ${data.height}`);
  svg.style.setProperty("--px", `${data.width / (svg.clientWidth || data.width)}px`);
}
