// How well the detector is: numbers that should be looked at stand out.

import { element } from "./lists.js";

const SMALLEST_GOOD_FACTOR = 1;
const MOST_NOTICES = 30;
const REMEDIES = "too slow here: what helps is a smaller frame, --provisional off, a model with a larger stride, a faster computer";

export class Health {
  constructor() {
    this.framesPerSecond = null;
    this.version = 0;
    this.notices = [];
    this.clear();
  }

  clear() {
    this.beat = null;
    this.examination = null;
    this.notices = this.notices.filter((notice) => notice.isOwn);
    this.version += 1;
  }

  takeBeat(beat) {
    if (this.beat && beat.frames_received >= this.beat.frames_received) {
      const seconds = (beat.t_pub_ns - this.beat.t_pub_ns) / 1e9;
      if (seconds > 0.2) this.framesPerSecond = (beat.frames_received - this.beat.frames_received) / seconds;
    }
    this.beat = beat;
    this.version += 1;
  }

  /** isOwn: it is the page's, and stays when the detector's story begins anew. */
  notice(text, level, atMs, isOwn = false) {
    this.notices.unshift({ text, level, at: new Date(atMs), isOwn });
    this.notices.length = Math.min(this.notices.length, MOST_NOTICES);
    this.version += 1;
  }

  /** What was found about how the series is recorded. */
  takeExamination(examination) {
    this.examination = examination;
    const level = levelOf(examination.verdict);
    if (level) this.notice(examination.message, level, examination.t_pub_ns / 1e6);
    this.version += 1;
  }

  takeGap(gap) {
    const where = { source: "at the microscope", transport: "on the way", detector: "here, detection was too slow" }[gap.origin];
    const what = gap.action === "hold" ? "bridged" : "detection starts anew";
    this.notice(`${gap.missing_frames} frames lost ${where} from ${gap.first_missing_frame} on: ${what}`, "notice", gap.t_pub_ns / 1e6);
  }

  showState(badge, isConnected, { isFull, hasEnded, wasConnected }) {
    const lost = isFull ? "ALL PLACES TAKEN" : hasEnded ? "RUN ENDED" : wasConnected ? "CONNECTION LOST" : "CONNECTING";
    const state = isConnected ? this.beat?.state ?? "CONNECTED" : lost;
    badge.textContent = state;
    badge.title = { "RUN ENDED": "the detector was ended; the page waits for the next run", "CONNECTION LOST": "the detector does not answer; what it publishes is not shown" }[state] ?? "";
    badge.dataset.level = !isConnected ? (hasEnded ? "ended" : "off") : state === "STALLED" ? 2 : this.beat?.status ?? 0;
  }

  /** One line with the verdict; opened, every check with its value, limit and advice. */
  showExamination(box, seriesID) {
    const examination = this.examination?.series_id === seriesID ? this.examination : null;
    box.hidden = !examination;
    if (!examination) return;
    const [summary, list] = box.children;
    const wanting = examination.checks.filter((check) => levelOf(check.grade));
    summary.className = levelOf(examination.verdict);
    summary.textContent = wanting.length
      ? `Recording: ${wanting.length} of ${examination.checks.length} checks want a look (${wanting.map((check) => check.name.replaceAll("_", " ")).join(", ")})`
      : `Recording: all ${examination.checks.length} checks are good`;
    list.replaceChildren(...examination.checks.flatMap((check) => [
      element("dt", check.name.replaceAll("_", " ")),
      element("dd", check.text, { ...(levelOf(check.grade) && { class: levelOf(check.grade) }), title: check.advice ? `${check.limit}. ${check.advice}` : check.limit, "data-check": check.name }),
    ]));
  }

  show(list, notices, intervalMs) {
    const beat = this.beat;
    if (!beat) return;
    const refused = Object.entries(beat.refused ?? {});
    const refusedCount = refused.reduce((sum, [, count]) => sum + count, 0);
    const missing = beat.missing_source + beat.missing_transport;
    const nominal = intervalMs ? 1000 / intervalMs : null;
    const isSlow = beat.state === "RUNNING" && nominal && this.framesPerSecond !== null && this.framesPerSecond < 0.9 * nominal;
    const isBehind = (beat.rtf !== null && beat.rtf < SMALLEST_GOOD_FACTOR) || beat.overflow > 0;
    document.getElementById("health-note").textContent = isBehind ? REMEDIES : "";
    const values = [
      ["rate", rounded(this.framesPerSecond, 0, "/s"), isSlow ? "notice" : "", nominal ? `nominal ${nominal.toFixed(0)}/s` : ""],
      ["× real time", beat.rtf?.toFixed(2) ?? "–", beat.rtf !== null && beat.rtf < SMALLEST_GOOD_FACTOR ? "bad" : "", "recording time per computing time; above 1 it keeps up"],
      ["lag", duration(beat.lag_ms), beat.lag_ms > 1000 ? "bad" : beat.lag_ms > 400 ? "notice" : "", "received, but not yet taken by the detector"],
      ["frames", `${beat.frames_received}`, ""],
      ["missing", `${missing}`, missing ? "bad" : "", `${beat.missing_source} at the source, ${beat.missing_transport} in transport, ${beat.frames_held} bridged`],
      ["dropped", `${beat.overflow}`, beat.overflow ? "bad" : "", "received, but detection was too slow"],
      ["latency 50 %", duration(beat.latency_p50_ms), "", "from an event's peak to its publication"],
      ["95 %", duration(beat.latency_p95_ms), ""],
      ["99 %", duration(beat.latency_p99_ms), ""],
      ["ring", `${Math.round(100 * beat.ring_fill)} %`, beat.ring_fill > 0.5 ? "bad" : "", "waiting frames, share of the ring"],
      ["refused", `${refusedCount}`, refusedCount ? "notice" : "", refused.map(([reason, count]) => `${count} ${reason}`).join(", ")],
      ["not sent", `${beat.messages_lost}`, beat.messages_lost ? "bad" : "", "messages to other programs"],
    ];
    if (beat.frames_recorded + beat.frames_not_recorded > 0) {
      values.push(["not recorded", `${beat.frames_not_recorded}`, beat.frames_not_recorded ? "bad" : "", `frames that the disk did not take; ${beat.frames_recorded} are written`]);
    }
    if (beat.messages_not_journaled) values.push(["not journalled", `${beat.messages_not_journaled}`, "bad", "messages that the disk did not take"]);
    if (beat.wave_clips_lost) values.push(["clips lost", `${beat.wave_clips_lost}`, "bad", "movies of waves that were not written"]);
    list.replaceChildren(...values.flatMap(([name, value, level, title]) => [
      element("dt", name, title ? { title } : {}), element("dd", value, { ...(level && { class: level }), ...(title && { title }), "data-health": name }),
    ]));
    notices.replaceChildren(...this.notices.map(({ text, level, at }) => element("div", `${at.toTimeString().slice(0, 8)}  ${text}`, { class: level })));
  }
}

const levelOf = (grade) => ({ bad: "bad", notice: "notice" })[grade] ?? "";

const duration = (ms) => (ms >= 10000 ? rounded(ms / 1000, 1, " s") : rounded(ms, 0, " ms"));

const rounded = (value, digits, unit) => (value === null || value === undefined ? "–" : value.toFixed(digits) + unit);

/** Who computes: model, processor, instruction set, threads. */
export function deviceText({ model_name: model, model_sha256: sha, processor, isa, threads, window, stride, software_version: version }) {
  const name = processor.replace(/, \d+ threads?$/, "");
  return `${model} ${(sha ?? "").slice(0, 8)} · ${window} frames, every ${stride} · ${name} · ${isa.toUpperCase()} · ${threads} threads · v${version}`;
}
