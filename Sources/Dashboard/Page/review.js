// The review page: shows what was found in a movie, and sends what a person makes of it.

import { CLASSES } from "./classes.js";
import { Connection } from "./connection.js";
import { clockText } from "./eventbook.js";
import { installKeys, showKeys } from "./keys.js";
import { element, parameter } from "./lists.js";
import { LUT_NAMES } from "./luts.js";
import { ReviewBook, decodeMask, decodeScan } from "./reviewbook.js";
import { Brush } from "./reviewbrush.js";
import { ReviewList, centre, sign } from "./reviewlist.js";
import { ReviewPicture } from "./reviewpicture.js";
import { ScanView, drawCourse } from "./reviewplots.js";

const $ = (id) => document.getElementById(id);
const NOTICE_MS = 6000;
/** Frames shown before and behind an event while it plays again and again. */
const LOOP_MARGIN = 25;

const MODES = {
  look: "",
  split: "click the second peak of the event, in the frame of that peak",
  merge: "click the events that belong to the chosen one, then press J again or Done",
  grow: "click the peak of the event: its region is shown; change the share, then take it",
  add: "click the peak of the event that was missed: its region is shown; change the share, then take it",
  brush: "paint what belongs to the event, with Shift or Erase what does not; without a chosen event a new one is made",
};

const book = new ReviewBook((request) => connection.send(request));
const picture = new ReviewPicture($("image"), $("image-box"));
const scan = new ScanView($("scan"));
const brush = new Brush();
const list = new ReviewList(
  { list: $("list"), space: $("list-space"), head: $("head"), filterClass: $("filter-class"), filterState: $("filter-state"), count: $("list-count") },
  (id, click) => (click.ctrlKey || click.metaKey || click.shiftKey ? toggle(id) : choose(id)),
);
const run = {
  isConnected: false, movies: [], wanted: 0, chosen: new Set(), current: null, frame: 0, isPlaying: false, mode: "look", draft: null, growth: null,
  progress: null, pointer: null, isDirty: true, shownVersion: -1, lastTick: performance.now(), isWaitingForNew: false, changes: 0,
};

// What arrives

const connection = new Connection({
  opened() {
    run.isConnected = true;
    showState();
  },
  closed(isFull) {
    run.isConnected = false;
    showState(isFull);
  },
  image(image) {
    book.takePicture(image);
    if (image.frame === run.frame) run.isDirty = true;
  },
  mask(view) {
    const mask = decodeMask(view);
    if (mask.movie !== book.number) return;
    if (mask.isDraft) run.draft = mask;
    else book.takeMask(mask);
    run.isDirty = true;
  },
  scan(view) {
    const taken = decodeScan(view);
    if (taken.movie === book.number) book.scan = taken;
    run.isDirty = true;
  },
  message(message) { messages[message.page]?.(message); },
}, Infinity);

const messages = {
  movies({ movies, reviewer }) {
    run.movies = movies;
    $("reviewer").textContent = reviewer;
    $("movie").replaceChildren(...movies.map(({ name }, index) => element("option", name, { value: index })));
    openMovie(Math.min(run.wanted, movies.length - 1));
  },
  movie({ movie }) {
    const isSame = book.movie?.name === movie.name;
    book.clear(movie);
    run.progress = movie.progress;
    if (!isSame) Object.assign(run, { chosen: new Set(), current: null, frame: 0 });
    $("scrub").max = movie.frames - 1;
    $("probability-label").dataset.available = movie.probabilities;
    if (movie.remarks.length > 0) notice(movie.remarks.join("\n"));
    book.ask("scan", { command: "scan" });
    setMode("look");
  },
  events({ movie, events, last }) {
    if (movie !== book.number) return;
    book.take(events);
    book.isComplete = last;
    if (!last || run.current !== null) return;
    list.show(book, run.chosen, run.current);
    choose(list.nextOpen(null) ?? list.order[0] ?? null);
  },
  changed({ movie, events, gone, progress }) {
    if (movie !== book.number) return;
    const added = events.filter(({ id }) => !book.events.has(id)).map(({ id }) => id);
    book.take(events, gone);
    run.progress = progress;
    for (const id of gone) run.chosen.delete(id);
    if (run.isWaitingForNew && added.length > 0) choose(added[0]);
    else if (!book.events.has(run.current)) choose(events.find(({ id }) => book.events.has(id))?.id ?? null);
    run.isWaitingForNew = false;
    run.changes += 1;
  },
  course({ movie, number, course }) { if (movie === book.number) book.takeCourse(number, course); },
  written({ text }) { notice(text); },
  refused({ text }) {
    run.isWaitingForNew = false;
    notice(text, "bad");
  },
  missed() { notice("this browser was too slow: the movie is opened again", "bad"); openMovie(run.wanted); },
};

function openMovie(number) {
  run.wanted = Math.max(0, number);
  $("movie").value = run.wanted;
  connection.send({ command: "open", movie: run.wanted });
}

function notice(text, level = "") {
  $("notice-text").textContent = text;
  $("notice").dataset.level = level;
  $("notice").hidden = false;
  clearTimeout(notice.timer);
  notice.timer = setTimeout(() => { $("notice").hidden = true; }, Math.max(NOTICE_MS, 60 * text.length));
}

// What is shown

function draw(now) {
  requestAnimationFrame(draw);
  play(now);
  const isMissing = book.movie !== null && !book.pictures.has(run.frame);
  if (!run.isDirty && run.shownVersion === book.version && !isMissing) return;
  if (run.shownVersion !== book.version) {
    run.shownVersion = book.version;
    list.show(book, run.chosen, run.current);
    showProgress();
  }
  run.isDirty = false;
  const { movie } = book;
  const events = book.eventsAt(run.frame);
  const row = book.events.get(run.current) ?? null;
  picture.draw({
    movie, frame: run.frame, picture: movie && book.picture(run.frame), masks: movie ? book.masksAt(run.frame, events) : [], chosen: run.chosen, current: run.current,
    draft: run.draft, strokes: brush.rows, isErasing: brush.isErasing, isBrush: run.mode === "brush", brushSize: Number($("brush-size").value), pointer: run.pointer,
  });
  scan.draw({ movie, scan: book.scan, events: book.events.values(), frame: run.frame, current: run.current });
  $("scan-scale").textContent = book.scan ? `ΔF/F₀ ${book.scan.low.toFixed(2)} (black) to ${book.scan.high.toFixed(2)} (white)` : "";
  showEvent(row);
  $("scrub").value = run.frame;
  $("clock").textContent = movie ? clockText(run.frame * movie.interval_ms) : "–";
  $("scrub-text").textContent = movie ? `${run.frame} / ${movie.frames}` : "–";
  document.body.dataset.shownFrame = isMissing ? "" : run.frame;
}

function showEvent(row) {
  const title = $("event-title");
  title.textContent = row ? `${sign(row)} ${row.class} ${row.id}${run.chosen.size > 1 ? ` and ${run.chosen.size - 1} more` : ""}` : "no event chosen";
  title.className = row?.class ?? "";
  $("event-state").textContent = row ? (row.verdict === "open" ? "not reviewed" : row.verdict) : "";
  for (const id of ["accept", "delete", "spark", "wave", "puff", "undefined", "split", "merge", "grow", "comment"]) $(id).disabled = !row;
  const course = row ? book.course(row) : null;
  drawCourse($("trace"), { row, course, frame: run.frame, movie: book.movie });
  $("event-comment").hidden = !row?.comment;
  $("event-comment").textContent = row?.comment ? `✉ ${row.comment}` : "";
  showValues(row, course);
}

let listedValues = null;

function showValues(row, course) {
  const key = JSON.stringify([row, course?.rev, course?.class]);
  if (key === listedValues) return;
  listedValues = key;
  if (!row) return $("values").replaceChildren();
  const { movie } = book;
  const [y, x] = centre(row);
  const values = [
    ["onset", clockText(row.frames[0] * movie.interval_ms)], ["frames", `${row.frames[0]}–${row.frames[1]}`],
    ["x, y", `${(x * movie.pixel_um).toFixed(1)}, ${(y * movie.pixel_um).toFixed(1)} µm`], ["voxels", `${row.voxels}`],
    ["certain", row.confidence == null ? "–" : `${Math.round(100 * row.confidence)} %`],
    ...Object.entries(course?.params ?? {}).map(([name, value]) => parameter(name, value, course.reasons[name])),
  ];
  $("values").replaceChildren(...values.flatMap(([name, value, why]) => [element("dt", name), element("dd", value, why ? { title: why } : {})]));
}

function showProgress() {
  const { count = 0, open = 0, undo = 0, redo = 0 } = run.progress ?? {};
  $("progress").textContent = `${count - open} of ${count} reviewed`;
  Object.assign($("bar"), { max: Math.max(1, count), value: count - open });
  $("undo").disabled = undo === 0;
  $("redo").disabled = redo === 0;
  Object.assign(document.body.dataset, { reviewed: count - open, events: count, undo, redo, changes: run.changes });
}

function showState(isFull = false) {
  $("state").dataset.level = run.isConnected ? "0" : "off";
  $("state").textContent = isFull ? "ALL PLACES TAKEN" : run.isConnected ? "" : "NOT CONNECTED: nothing is kept";
}

// Looking

function show(frame) {
  if (!book.movie) return;
  run.frame = Math.max(0, Math.min(book.movie.frames - 1, Math.round(frame)));
  run.isDirty = true;
}

function play(now) {
  const elapsed = now - run.lastTick;
  if (!run.isPlaying || !book.movie) { run.lastTick = now; return; }
  const interval = book.movie.interval_ms / Number($("speed").value);
  const steps = Math.floor(elapsed / interval);
  if (steps < 1) return;
  run.lastTick += steps * interval;
  // Waits for what has not come.
  if (!book.picture(run.frame)) return;
  const row = book.events.get(run.current);
  const [first, last] = row ? [row.frames[0] - LOOP_MARGIN, row.frames[1] + LOOP_MARGIN] : [0, book.movie.frames - 1];
  const next = run.frame + steps;
  show(next > Math.min(last, book.movie.frames - 1) || next < first ? Math.max(0, first) : next);
}

function togglePlay() {
  run.isPlaying = !run.isPlaying;
  run.lastTick = performance.now();
  $("play").setAttribute("aria-pressed", run.isPlaying);
  $("play").textContent = run.isPlaying ? "❚❚" : "▶";
}

function peakFrame(row) {
  const course = book.courses.get(row.id);
  const peak = course?.rev === row.rev && course.fit.length > 0 ? course.first + course.fit.indexOf(Math.max(...course.fit)) : NaN;
  return peak >= row.frames[0] && peak <= row.frames[1] ? peak : Math.round(row.frames[0] + 0.3 * (row.frames[1] - row.frames[0]));
}

function choose(id) {
  run.current = id;
  run.chosen = new Set(id === null ? [] : [id]);
  run.draft = null;
  const row = book.events.get(id);
  if (row) show(peakFrame(row));
  book.version += 1;
  requestAnimationFrame(() => list.scrollTo(id));
}

/** Adds an event to the chosen ones, or takes it out. */
function toggle(id) {
  if (run.current === null) return choose(id);
  if (run.chosen.has(id) && run.chosen.size > 1) run.chosen.delete(id);
  else run.chosen.add(id);
  if (!run.chosen.has(run.current)) [run.current] = run.chosen;
  book.version += 1;
}

/** The next one that is open; where none is left, that of the next movie. */
function next() {
  const open = list.nextOpen(run.current);
  const isAllDone = open === null && book.events.get(run.current)?.verdict !== "open";
  if (isAllDone && book.number + 1 < run.movies.length) openMovie(book.number + 1);
  else choose(open ?? run.current);
}

// Correcting

const send = (request) => {
  const isSent = connection.send({ movie: book.number, ...request });
  if (!isSent) notice("not connected: that was NOT kept", "bad");
  return isSent;
};

/** Decides on the chosen events, and goes on to the next one that is open. */
function decide(request) {
  if (run.current === null) return;
  const numbers = [...run.chosen];
  const following = list.nextOpen(run.current);
  if (!send({ ...request, numbers })) return;
  if (following !== null) choose(following);
  else if (book.number + 1 < run.movies.length) notice("nothing else is open in this movie; N opens the next one");
}

const retype = (name) => decide({ command: "retype", class: name });

function setMode(mode) {
  run.mode = mode;
  run.draft = run.growth = null;
  document.body.dataset.mode = mode;
  $("mode-text").textContent = MODES[mode];
  for (const node of document.querySelectorAll("[data-mode]:not(body)")) {
    const isAvailable = node.id !== "probability-label" || node.dataset.available === "true";
    node.hidden = !node.dataset.mode.split(" ").includes(mode) || !isAvailable;
  }
  if (mode !== "look" && run.isPlaying) togglePlay();
  run.isDirty = true;
}

const start = (mode) => setMode(run.mode === mode ? "look" : mode);

function grow(place) {
  run.growth = { command: "grow", at: [run.frame, place.y, place.x] };
  askGrowth();
}

function askGrowth(isTaken = false) {
  if (!run.growth) return;
  const target = run.mode === "grow" ? { number: run.current } : { class: $("add-class").value };
  run.isWaitingForNew = isTaken && run.mode === "add";
  send({ ...run.growth, ...target, share: Number($("share").value) / 100, probability: $("probability").checked, take: isTaken });
}

function take() {
  if (!run.growth) return;
  askGrowth(true);
  setMode("look");
}

function merge() {
  if (run.chosen.size >= 2) {
    send({ command: "merge", numbers: [run.current, ...[...run.chosen].filter((id) => id !== run.current)] });
    run.chosen = new Set([run.current]);
    setMode("look");
  } else {
    start("merge");
  }
}

function undo() { send({ command: "undo" }); }
function redo() { send({ command: "redo" }); }

function openComment() {
  const row = book.events.get(run.current);
  if (!row) return;
  $("comment-text").value = row.comment;
  $("comment-dialog").returnValue = "";
  $("comment-dialog").showModal();
}

function keepComment() {
  if ($("comment-dialog").returnValue === "set" && run.current !== null) send({ command: "comment", number: run.current, text: $("comment-text").value });
}

function clickPicture(place, isMore) {
  const hit = book.masksAt(run.frame, book.eventsAt(run.frame)).find(([, runs]) => holds(runs, place))?.[0].id ?? null;
  if (run.mode === "split" && run.current !== null) {
    run.isWaitingForNew = true;
    send({ command: "split", number: run.current, at: [run.frame, place.y, place.x] });
    setMode("look");
  } else if (run.mode === "grow" || run.mode === "add") {
    grow(place);
  } else if (hit !== null && (run.mode === "merge" || isMore)) {
    toggle(hit);
  } else if (hit !== null) {
    const { frame } = run;
    choose(hit);
    show(frame);
  }
}

function holds(runs, { y, x }) {
  for (let i = 0; i < runs.length; i += 3) if (runs[i] === y && runs[i + 1] <= x && x < runs[i + 2]) return true;
  return false;
}

function finishStroke() {
  const runs = brush.finish(run.frame, Number($("brush-depth").value) || 0, book.movie);
  if (runs.length === 0) return;
  const target = run.current !== null ? { number: run.current } : { class: $("add-class").value };
  run.isWaitingForNew = run.current === null;
  send({ command: "draw", ...target, [brush.wasErasing ? "removed" : "added"]: runs });
}

// What a person does

const actions = new Map([
  ["a", { text: "accept: it is as it was found", run: () => decide({ command: "accept" }) }],
  ["d", { text: "delete: it is none", run: () => decide({ command: "delete" }) }],
  ["Delete", { run: () => decide({ command: "delete" }) }],
  ["1", { text: "it is a spark", run: () => retype("spark") }],
  ["2", { text: "it is a wave", run: () => retype("wave") }],
  ["3", { text: "it is a puff", run: () => retype("puff") }],
  ["4", { text: "undefined: nobody should be judged by it", run: () => retype("undefined") }],
  ["n", { text: "next that is not reviewed, or the next movie", run: next }],
  ["ArrowDown", { shown: "↓", text: "next in the list", run: () => choose(list.beside(run.current, 1)) }],
  ["ArrowUp", { shown: "↑", text: "the one before in the list", run: () => choose(list.beside(run.current, -1)) }],
  ["ArrowLeft", { shown: "←", text: "one frame back", run: () => show(run.frame - 1) }],
  ["ArrowRight", { shown: "→", text: "one frame on", run: () => show(run.frame + 1) }],
  [" ", { shown: "space", text: "play the event again and again, or stop", run: togglePlay }],
  ["x", { text: "split: place a second peak", run: () => start("split") }],
  ["j", { text: "merge the chosen events (Ctrl-click chooses several)", run: merge }],
  ["g", { text: "redraw: grow from a click", run: () => start("grow") }],
  ["b", { text: "redraw: paint and erase", run: () => start("brush") }],
  ["i", { text: "add an event that was missed", run: () => start("add") }],
  ["Enter", { shown: "Enter", text: "take the region that is shown", run: take }],
  ["c", { text: "comment", run: openComment }],
  ["z", { text: "undo", run: undo }],
  ["y", { text: "redo", run: redo }],
  ["w", { text: "write labels and tables", run: () => send({ command: "write" }) }],
  ["o", { text: "outlines on or off", run: () => { $("show-outlines").checked = !$("show-outlines").checked; takeSettings(); } }],
  ["l", { text: "next colours", run: () => { $("lut").selectedIndex = ($("lut").selectedIndex + 1) % LUT_NAMES.length; takeSettings(); } }],
  ["Escape", { shown: "Esc", text: "end splitting, growing, painting; choose nothing", run: () => (run.mode === "look" ? choose(null) : setMode("look")) }],
  ["?", { text: "this list", run: () => $("help-dialog").showModal() }],
]);

function takeSettings() {
  Object.assign(picture.settings, { lut: $("lut").value, low: Number($("low").value), high: Number($("high").value), outlines: $("show-outlines").checked });
  $("share-text").textContent = `${$("share").value} %`;
  run.isDirty = true;
}

$("lut").replaceChildren(...LUT_NAMES.map((name) => element("option", name, { value: name })));
$("add-class").replaceChildren(...[...CLASSES.map((kind) => [kind.name, `${kind.sign} ${kind.name}`]), ["undefined", "? undefined"]].map(([value, text]) => element("option", text, { value })));
for (const id of ["lut", "low", "high", "show-outlines", "share"]) $(id).addEventListener("input", takeSettings);
for (const id of ["share", "probability", "add-class"]) $(id).addEventListener("input", () => askGrowth());
for (const name of ["spark", "wave", "puff", "undefined"]) $(name).addEventListener("click", () => retype(name));
const clicks = {
  accept: () => decide({ command: "accept" }), delete: () => decide({ command: "delete" }), split: () => start("split"), merge, grow: () => start("grow"),
  brush: () => start("brush"), add: () => start("add"), comment: openComment, undo, redo, write: () => send({ command: "write" }), next, take, cancel: () => setMode("look"),
  play: togglePlay, back: () => show(run.frame - 1), forth: () => show(run.frame + 1), help: () => $("help-dialog").showModal(),
  "notice-close": () => { $("notice").hidden = true; }, "comment-cancel": () => $("comment-dialog").close(),
};
for (const [id, action] of Object.entries(clicks)) $(id).addEventListener("click", action);
$("comment-dialog").addEventListener("close", keepComment);
$("movie").addEventListener("input", () => openMovie(Number($("movie").value)));
$("scrub").addEventListener("input", () => show(Number($("scrub").value)));
$("scan").addEventListener("click", (event) => {
  const place = scan.placeAt(event.offsetX, event.offsetY);
  if (!place) return;
  const hit = [...book.events.values()].find(({ frames, box, verdict }) => verdict !== "deleted" && frames[0] <= place.frame && place.frame <= frames[1] && box[1] <= place.column && place.column < box[3]);
  if (hit) choose(hit.id);
  show(place.frame);
});
$("image").addEventListener("pointerdown", (event) => {
  const place = picture.voxelAt(event.offsetX, event.offsetY, book.movie);
  if (!place || event.button !== 0) return;
  if (run.mode !== "brush") return clickPicture(place, event.ctrlKey || event.metaKey || event.shiftKey);
  $("image").setPointerCapture(event.pointerId);
  brush.start($("erase").checked || event.shiftKey);
  brush.paint(place, Number($("brush-size").value), book.movie);
  run.isDirty = true;
});
$("image").addEventListener("pointermove", (event) => {
  run.pointer = { x: event.offsetX, y: event.offsetY };
  if (run.mode === "brush") run.isDirty = true;
  const place = brush.isDown && picture.voxelAt(event.offsetX, event.offsetY, book.movie);
  if (place) brush.paint(place, Number($("brush-size").value), book.movie);
});
$("image").addEventListener("pointerup", () => {
  if (brush.isDown) finishStroke();
  run.isDirty = true;
});
document.addEventListener("keydown", (event) => {
  if (!(event.ctrlKey || event.metaKey) || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  if (key !== "z" && key !== "y") return;
  event.preventDefault();
  if (key === "y" || event.shiftKey) redo();
  else undo();
});
new ResizeObserver(() => { run.isDirty = true; }).observe(document.body);

showKeys($("keys"), $("legend"), actions);
installKeys(actions, () => document.querySelector("dialog[open]") !== null);
setMode("look");
takeSettings();
showState();
showProgress();
requestAnimationFrame(draw);
