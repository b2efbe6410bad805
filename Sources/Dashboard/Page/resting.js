// The course of the resting light: bleaching, drift, what a drug does.

import { drawLevels, niceStep, prepare } from "./canvas.js";

const LINE_HEIGHT = 11;
const GREYS = ["#e8eef4", "#9fb6cc", "#7d8a98", "#c9d3dd"];

/** F0 of every cell over all recordings, one after the other, with a divider between them. */
export function drawResting(canvas, { recordings, marks }) {
  const { context, width, height } = prepare(canvas);
  const plot = { left: 44, right: width - 34, top: 6, bottom: height - 14 };
  const parts = placed(recordings.filter((recording) => recording.frames.length > 0));
  const values = parts.flatMap((part) => part.cells.flatMap((cell) => cell.f0_counts)).filter((value) => value !== null);
  if (values.length < 2) {
    context.fillStyle = "#7d8a98";
    context.fillText("F₀ comes with the first window", 8, 20);
    return;
  }
  const end = parts.at(-1).start + parts.at(-1).length;
  const most = 1.08 * Math.max(...values);
  const x = (second) => plot.left + (second / Math.max(end, 1e-6)) * (plot.right - plot.left);
  const y = (value) => plot.bottom - (Math.max(0, value) / most) * (plot.bottom - plot.top);
  drawAxes(context, { plot, x, y, most, end, height, ticks: 4 });
  for (const part of parts) {
    if (part.start > 0) line(context, x(part.start), plot, "#56616d", []);
    drawMarks(context, part, marks, x, plot);
    part.cells.forEach((cell, index) => drawCourse(context, part, cell, GREYS[index % GREYS.length], x, y));
  }
  drawEnds(context, parts.at(-1), plot, y);
}

/** Recordings one after another: where each begins, in seconds, and how long it is. */
export function placed(recordings) {
  let start = 0;
  return recordings.map((recording) => {
    const { frames, frame_interval_ms: interval } = recording;
    const at = start;
    const length = ((frames.at(-1) - frames[0]) * interval) / 1000;
    start += length + 0.01 * Math.max(length, 1);
    return { ...recording, start: at, length, second: (frame) => at + (Math.min(Math.max(frame, frames[0]), frames.at(-1)) - frames[0]) * (interval / 1000) };
  });
}

/** Levels at the left, seconds below. */
export function drawAxes(context, { plot, x, y, most, end, height, ticks }) {
  drawLevels(context, plot, y, most, 2);
  context.textAlign = "center";
  const tick = niceStep(end, ticks);
  for (let second = 0; second <= end; second += tick) context.fillText(second === 0 ? "0 s" : `${Number(second.toPrecision(6))}`, x(second), height - 2);
  context.textAlign = "left";
}

function drawCourse(context, part, cell, colour, x, y) {
  context.strokeStyle = colour;
  context.lineWidth = 1.4;
  context.beginPath();
  let isDown = false;
  part.frames.forEach((frame, index) => {
    const value = cell.f0_counts[index];
    if (value === null) { isDown = false; return; }
    if (isDown) context.lineTo(x(part.second(frame)), y(value));
    else context.moveTo(x(part.second(frame)), y(value));
    isDown = true;
  });
  context.stroke();
}

/** How much is left of the first value, at the end of every course; texts do not cover each other. */
function drawEnds(context, part, plot, y) {
  const texts = part.cells.map((cell) => cell.f0_counts.filter((value) => value !== null)).filter((known) => known.length > 1 && known[0] > 0)
    .map((known) => ({ text: `${Math.round((100 * known.at(-1)) / known[0])} %`, at: y(known.at(-1)) + 4 })).sort((a, b) => a.at - b.at);
  context.fillStyle = "#c9d3dd";
  let free = plot.top + 4;
  for (const { text, at } of texts) {
    free = Math.max(free, at);
    context.fillText(text, plot.right + 3, free);
    free += LINE_HEIGHT;
  }
}

/** The marks of a recording. */
export function drawMarks(context, part, marks, x, plot) {
  for (const mark of marks) {
    if (mark.series_id === part.series_id) line(context, x(part.second(mark.frame)), plot, "#ffffff99", [2, 3]);
  }
}

function line(context, at, plot, colour, dash) {
  context.strokeStyle = colour;
  context.lineWidth = 1;
  context.setLineDash(dash);
  context.beginPath();
  context.moveTo(Math.round(at) + 0.5, plot.top);
  context.lineTo(Math.round(at) + 0.5, plot.bottom);
  context.stroke();
  context.setLineDash([]);
}
