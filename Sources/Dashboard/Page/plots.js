// Two small plots: rates per class over time, and the trace of one event.

import { CLASSES, drawSign } from "./classes.js";
import { drawLevels, niceStep, prepare } from "./canvas.js";

const RATE_WINDOW_S = 5;
const RATE_SPAN_S = 120;
const RATE_STEP_S = 1;

/** Rates per class in events per minute, over a moving window, by the frames in which events began. */
export function drawRates(canvas, { records, marks, newestDecided, intervalMs }) {
  const { context, width, height } = prepare(canvas);
  const plot = { left: 34, right: width - 6, top: 6, bottom: height - 15 };
  const now = newestDecided === null ? 0 : (newestDecided * intervalMs) / 1000;
  const starts = Object.fromEntries(CLASSES.map((kind) => [kind.name, []]));
  for (const record of records) {
    if (record.state === "final" && !record.isRejected) starts[record.kind.name].push((record.message.frame_start * intervalMs) / 1000);
  }
  const lines = CLASSES.map((kind) => ({ kind, points: ratePoints(starts[kind.name], now) }));
  const most = Math.max(12, ...lines.flatMap((line) => line.points.map((point) => point.rate)));
  const x = (second) => plot.right - ((now - second) / RATE_SPAN_S) * (plot.right - plot.left);
  const y = (rate) => plot.bottom - (rate / (1.1 * most)) * (plot.bottom - plot.top);

  drawLevels(context, plot, y, most, 3);
  context.textAlign = "center";
  for (let ago = 0; ago <= RATE_SPAN_S; ago += 30) {
    context.fillText(ago === 0 ? "now" : `-${ago} s`, Math.min(x(now - ago), width - 14), height - 3);
  }
  context.textAlign = "left";
  for (const mark of marks) {
    const at = x((mark.frame * intervalMs) / 1000);
    if (at < plot.left) continue;
    context.strokeStyle = "#ffffff99";
    context.beginPath();
    context.moveTo(at, plot.top);
    context.lineTo(at, plot.bottom);
    context.stroke();
  }
  for (const { kind, points } of lines) {
    context.strokeStyle = kind.colour;
    context.lineWidth = 1.6;
    context.beginPath();
    points.forEach((point, index) => (index ? context.lineTo(x(point.at), y(point.rate)) : context.moveTo(x(point.at), y(point.rate))));
    context.stroke();
    const last = points.at(-1);
    if (last) drawSign(context, kind, x(last.at), y(last.rate), 3);
  }
}

function ratePoints(starts, now) {
  const points = [];
  const first = Math.max(RATE_WINDOW_S, Math.ceil(now - RATE_SPAN_S));
  for (let at = first; at <= now; at += RATE_STEP_S) {
    const count = starts.filter((start) => start > at - RATE_WINDOW_S && start <= at).length;
    points.push({ at, rate: (60 * count) / RATE_WINDOW_S });
  }
  return points;
}

/** The mean counts at the place of an event over time; shaded while the event lasts. */
export function drawTrace(canvas, { record, detail, intervalMs }) {
  const { context, width, height } = prepare(canvas);
  const trace = detail?.trace;
  const values = trace?.counts.filter((value) => value !== null) ?? [];
  if (values.length < 2) {
    context.fillStyle = "#7d8a98";
    context.fillText(record.state === "final" ? "no trace: the frames are no longer kept" : "the trace comes with the final event", 8, 20);
    return;
  }
  const { frame_start: start, frame_end: end, frame_peak: peak } = record.message;
  const plot = { left: 46, right: width - 6, top: 6, bottom: height - 16 };
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const margin = 0.08 * Math.max(1, most - least);
  const lastFrame = trace.first_frame + trace.frame_step * (trace.counts.length - 1);
  const x = (frame) => plot.left + ((frame - trace.first_frame) / (lastFrame - trace.first_frame)) * (plot.right - plot.left);
  const y = (value) => plot.bottom - ((value - least + margin) / (most - least + 2 * margin)) * (plot.bottom - plot.top);

  context.fillStyle = record.kind.colour + "2e";
  context.fillRect(x(start), plot.top, Math.max(2, x(end + 1) - x(start)), plot.bottom - plot.top);
  drawResting(context, trace, start, x, y);
  context.strokeStyle = "#dbe6f0";
  context.lineWidth = 1.2;
  context.beginPath();
  let isDown = false;
  trace.counts.forEach((value, index) => {
    const at = x(trace.first_frame + index * trace.frame_step);
    if (value === null) { isDown = false; return; }
    if (isDown) context.lineTo(at, y(value));
    else context.moveTo(at, y(value));
    isDown = true;
  });
  context.stroke();
  const peakValue = trace.counts[Math.round((peak - trace.first_frame) / trace.frame_step)];
  if (peakValue != null) drawSign(context, record.kind, x(peak), y(peakValue) - 7, 3.5);

  context.fillStyle = "#7d8a98";
  context.textAlign = "right";
  const step = niceStep(most - least, 3);
  for (let value = Math.ceil(least / step) * step; value <= most; value += step) context.fillText(`${Math.round(value)}`, plot.left - 4, y(value) + 4);
  context.textAlign = "center";
  const timeStep = niceStep((lastFrame - trace.first_frame) * intervalMs, 5);
  for (let ms = Math.ceil(((trace.first_frame - start) * intervalMs) / timeStep) * timeStep; ms <= (lastFrame - start) * intervalMs; ms += timeStep) {
    context.fillText(`${Math.round(ms)}${ms === 0 ? " ms" : ""}`, Math.max(plot.left + 8, Math.min(x(start + ms / intervalMs), width - 16)), height - 3);
  }
  context.textAlign = "left";
}

/** A dashed line at the median of the frames in front of the event. */
function drawResting(context, trace, start, x, y) {
  const before = trace.counts.filter((value, index) => value !== null && trace.first_frame + index * trace.frame_step < start - 2);
  if (before.length < 8) return;
  const resting = before.sort((a, b) => a - b)[before.length >> 1];
  context.strokeStyle = "#7d8a98";
  context.setLineDash([4, 4]);
  context.beginPath();
  context.moveTo(x(trace.first_frame), y(resting));
  context.lineTo(x(start), y(resting));
  context.stroke();
  context.setLineDash([]);
}
