// The page: takes what the detector sends, keeps it, and draws it.

import { Alarm } from "./alarm.js";
import { CellChoice } from "./cellchoice.js";
import { Connection } from "./connection.js";
import { Controls } from "./controls.js";
import { Correcting } from "./correcting.js";
import { drawRates, drawTrace } from "./plots.js";
import { EventBook, clockText, shortID } from "./eventbook.js";
import { Frames } from "./frames.js";
import { Health, deviceText } from "./health.js";
import { ImageView } from "./imageview.js";
import { installKeys, showKeys } from "./keys.js";
import { EventTable, element, showValues, tiersText } from "./lists.js";
import { LUT_NAMES } from "./luts.js";
import { Marking } from "./marking.js";
import { showClasses, showPhases } from "./phases.js";
import { Places } from "./places.js";
import { Playhead } from "./playhead.js";
import { Raster } from "./raster.js";
import { Regions } from "./regions.js";
import { drawResting } from "./resting.js";
import { Shifts, drawMovement } from "./movement.js";
import { loadSettings } from "./settings.js";
import { Sound } from "./sound.js";
import { Triggers } from "./triggers.js";

const $ = (id) => document.getElementById(id);
const LIST_PERIOD_MS = 200;
const PLOT_PERIOD_MS = 100;
/** Shortest pause between two drawings: pictures come 30 times a second, and drawing twice as often would cost for nothing. */
const DRAW_PAUSE_MS = 20;

const settings = loadSettings();
const frames = new Frames();
const playhead = new Playhead(frames);
const book = new EventBook();
const places = new Places();
const health = new Health();
const triggers = new Triggers((rule, isArmed) => connection.send({ command: isArmed ? "arm" : "disarm", rule }));
const sound = new Sound();
const marking = new Marking({ button: $("mark"), dialog: $("mark-dialog"), label: $("mark-label"), labels: $("mark-labels"), cancel: $("mark-cancel") }, settings, {
  place: () => (run.series !== null && frames.newest !== null && performance.now() - run.pictureAt < 1000 ? { series_id: run.series.series_id, frame: frames.newest.frame } : {}),
  send: (mark) => connection.send(mark),
  failed: (label) => health.notice(`not connected: the mark "${label}" was NOT set`, "bad", Date.now(), true),
});
const alarm = new Alarm({ band: $("alarm"), title: $("alarm-title"), text: $("alarm-text") });
const shifts = new Shifts();
const imageView = new ImageView($("image"), settings);
/** Before the choice of cells: where it draws, a click chooses none. */
const regions = new Regions({
  picture: $("image"), rectangle: $("draw-rectangle"), polygon: $("draw-polygon"), list: $("regions"),
  dialog: $("region-dialog"), name: $("region-name"), cancel: $("region-cancel"),
}, {
  pixelAt: (x, y) => (shown ? imageView.nearestPixel(shown, x, y) : null),
  send: (command) => connection.send(command),
  failed: (text) => health.notice(text, "bad", Date.now(), true),
});
const cellChoice = new CellChoice({ box: $("cell-choice"), list: $("cell"), picture: $("image") }, places, {
  pixelAt: (x, y) => (shown ? imageView.pixelAt(shown, x, y) : null),
  changed: () => { lastLists = 0; },
});
const raster = new Raster($("raster"), frames);
const correcting = new Correcting($("verdicts"), $("events"), { book, run: () => run, send: (command) => connection.send(command), refused: (text) => health.notice(text, "notice", Date.now(), true) });
const eventTable = new EventTable($("events").tBodies[0]);
const controls = new Controls($, settings, ({ timing, spanS }) => {
  playhead.timing = timing;
  raster.spanS = spanS;
});

const run = { isFull: false, series: null, phases: [], resting: [], movement: [], marks: [], gaps: [], isHistory: true, selected: null, batch: null, newestNs: null, heldBaseline: null, pictureAt: -Infinity };
const intervalMs = () => run.series?.frame_interval_ms ?? 6.8;

// What arrives

const connection = new Connection({
  opened() {
    Object.assign(run, { isHistory: true, isConnected: true, wasConnected: true });
    document.body.dataset.connected = "yes";
  },
  closed(isFull, hasEnded) {
    delete document.body.dataset.connected;
    // Later attempts find nobody: what is known of the end stays.
    run.hasEnded = hasEnded || (run.hasEnded && !run.isConnected);
    run.isConnected = false;
    run.isFull = isFull;
  },
  image(image) {
    run.pictureAt = performance.now();
    frames.add(image, intervalMs());
  },
  overlay(overlay) { frames.addMasks(overlay); },
  message(message) {
    if (message.page) pageMessages[message.page]?.(message);
    else published(message);
  },
});

const pageMessages = {
  hello(message) {
    $("device").textContent = deviceText(message);
    book.clear();
    places.clear();
    regions.clear();
    triggers.clear();
    if (message.run !== run.detector) alarm.forgetSeen();
    run.detector = message.run;
    Object.assign(run, { marks: [], gaps: [], series: null });
    health.clear();
  },
  now() { run.isHistory = false; },
  detail(message) { book.takeDetail(message); },
  phases(message) { run.phases = message.phases; },
  resting(message) { run.resting = message.recordings; },
  movement(message) { run.movement = message.recordings; },
  cells(message) { places.takeCells(message); cellChoice.show(); },
  missed(message) { health.notice(`this browser was too slow: ${message.messages} messages are missing here`, "notice", Date.now()); },
};

function published(message) {
  const [subject] = message.topic.split(".");
  ({ event: takeEvent, trigger: (m) => triggers.take(m, run.isHistory), series: takeSeries, hb: takeBeat, mark: takeMark, regions: (m) => regions.take(m), correction: (m) => book.takeCorrection(m), gap: takeGap, status: takeStatus, movement: takeMovement, examination: (m) => health.takeExamination(m) })[subject]?.(message);
}

function takeBeat(message) {
  if (!run.isHistory) run.newestNs = message.t_pub_ns;
  health.takeBeat(message);
  triggers.takeBeat(message.triggers);
}

function takeEvent(message) {
  if (message.topic.endsWith("retracted")) alarm.withdraw(message.event_id);
  const taken = book.take(message, run.isHistory);
  places.takeEvent(message);
  // What was published while this page was cut off is news, too.
  const isOld = run.isHistory && (run.newestNs === null || message.t_pub_ns <= run.newestNs);
  if (!run.isHistory) run.newestNs = message.t_pub_ns;
  if (!taken || isOld) return;
  const { record, before } = taken;
  const isWave = record.kind.name === "wave";
  if (isWave && record.state !== "retracted") alarm.raise(record);
  if (before === null && record.state !== "retracted" && (isWave || !run.isHistory)) soundOf(record);
}

/** Sounds keep the rhythm of the events that were decided together. */
function soundOf(record) {
  const now = performance.now();
  const peak = record.message.frame_peak ?? record.message.frame_start;
  if (!run.batch || now - run.batch.at > 60) run.batch = { at: now, frame: peak };
  sound.play(record, run.series?.shape[1] ?? 512, ((peak - run.batch.frame) * intervalMs()) / 1000);
  document.body.dataset.soundsPlayed = sound.played;
}

function takeSeries(message) {
  if (message.topic !== "series.start") return;
  if (message.series_id !== run.series?.series_id) alarm.leaveSeries(message.series_id);
  if (message.series_id !== run.series?.series_id) shifts.clear();
  run.series = message;
  places.start(message.series_id);
  cellChoice.show();
  $("series").textContent = `${message.stream} · series ${message.series_id.slice(0, 8)} · ${message.shape[1]} × ${message.shape[0]} px · ${message.pixel_size_um} µm · ${message.frame_interval_ms} ms`;
}

function takeMark(message) {
  if (message.frame !== null && message.frame !== undefined) run.marks.push(message);
  if (run.marks.length > 200) run.marks.shift();
  health.notice(`mark: ${message.label}`, "", message.t_pub_ns / 1e6);
}

function takeGap(message) {
  run.gaps.push(message);
  if (run.gaps.length > 500) run.gaps.shift();
  health.takeGap(message);
}

function takeMovement(message) {
  if (message.series_id !== run.series?.series_id) return;
  shifts.take(message);
  if (frames.oldest) shifts.forget(frames.oldest.frame);
}

function takeStatus(message) { health.notice(message.message, message.status >= 2 ? "bad" : message.status ? "notice" : "", message.t_pub_ns / 1e6); }

// What is shown

const ofSeries = (list) => list.filter((item) => item.series_id === run.series?.series_id);

let [lastDrawn, lastImage, lastPlots, lastLists] = [performance.now(), 0, 0, 0];
let isScrubbing = false;
let shown = null;

function draw(now) {
  setTimeout(() => requestAnimationFrame(draw), DRAW_PAUSE_MS);
  settings.isPaused = playhead.isPaused;
  const image = playhead.advance(now - lastDrawn, intervalMs());
  lastDrawn = now;
  showImage(image, now);
  if (now - lastPlots > PLOT_PERIOD_MS) {
    lastPlots = now;
    showPlots(image);
    showScrub(image);
  }
  if (now - lastLists > LIST_PERIOD_MS) {
    lastLists = now;
    showLists();
  }
}

function showImage(image, now) {
  if (image === shown && now - lastImage < PLOT_PERIOD_MS) return;
  lastImage = now;
  if (image) {
    const height = ImageView.heightFor(image, $("image-box").clientWidth, 0.42 * innerHeight);
    $("image-box").style.height = `${height}px`;
  }
  const records = run.series ? book.ofSeries(run.series.series_id) : [];
  imageView.draw({
    image, records, details: book.details, selected: run.selected, baseline: run.heldBaseline ?? frames.baseline,
    runs: image ? frames.masks.get(image.frame) : null, pixelSizeUm: run.series?.pixel_size_um, places, regions,
    shift: image && settings.stabilised ? shifts.of(image.frame) : null,
  });
  if (image === shown) return;
  shown = image;
  document.body.dataset.shownFrame = image?.frame ?? "";
  document.body.dataset.newestFrame = frames.newest?.frame ?? "";
}

function showScrub(image) {
  $("clock").textContent = image ? clockText(image.frame * intervalMs()) : "–";
  const [oldest, newest] = [frames.oldest?.frame ?? 0, frames.newest?.frame ?? 0];
  Object.assign($("scrub"), { min: oldest, max: newest, step: image?.frameStep ?? 1 });
  if (!isScrubbing) $("scrub").value = image?.frame ?? newest;
  const kept = ((newest - oldest) * intervalMs()) / 1000;
  const behind = image ? ((newest - image.frame) * intervalMs()) / 1000 : 0;
  $("scrub-text").textContent = playhead.isPaused
    ? `${behind.toFixed(2)} s back, detection goes on`
    : `live, ${behind.toFixed(2)} s late; ${kept.toFixed(0)} s kept`;
}

function showPlots(image) {
  const records = run.series ? book.ofSeries(run.series.series_id) : [];
  const marks = ofSeries(run.marks);
  const live = frames.newest?.frame ?? null;
  const span = (1000 * raster.spanS) / intervalMs();
  const topFrame = playhead.isPaused && image ? Math.min(live, Math.max(image.frame + 0.3 * span, 0)) : live;
  raster.draw({
    topFrame, newestDecided: frames.newestDecided, playhead: image?.frame ?? 0, isPaused: playhead.isPaused, records, marks, gaps: ofSeries(run.gaps),
    intervalMs: intervalMs(), pixelSizeUm: run.series?.pixel_size_um, frameWidth: run.series?.shape[1] ?? 512, selected: run.selected,
  });
  drawRates($("rates"), { records, marks, newestDecided: frames.newestDecided, intervalMs: intervalMs() });
  drawResting($("resting"), { recordings: run.resting, marks: run.marks });
  $("movement-part").hidden = !run.movement.some((recording) => recording.frames.length > 1);
  if (!$("movement-part").hidden) drawMovement($("movement"), { recordings: run.movement, marks: run.marks });
}

const listed = new Map();

/** Lists are made anew only if something they depend on has changed: layout costs more than everything else here. */
function list(name, dependencies, show) {
  const before = listed.get(name);
  if (before && dependencies.every((value, index) => value === before[index])) return;
  listed.set(name, dependencies);
  show();
}

function showLists() {
  const isConnected = document.body.dataset.connected === "yes";
  list("health", [health.version, isConnected, run.isFull, run.hasEnded, run.wasConnected, run.series], () => {
    health.showState($("state"), isConnected, run);
    health.show($("health"), $("notices"), run.series?.frame_interval_ms);
    health.showExamination($("doctor"), run.series?.series_id);
  });
  list("phases", [run.phases, places.chosenCell], () => {
    showClasses($("classes"), run.phases, places.chosenCell);
    showPhases($("phases"), run.phases, places.chosenCell);
  });
  const areas = new Map((run.phases.at(-1)?.regions ?? []).map((own) => [own.region, own.area_um2]));
  list("regions", [regions.version, JSON.stringify([...areas])], () => regions.show(areas));
  list("triggers", [triggers.version], () => triggers.show($("triggers-panel"), $("triggers")));
  alarm.age();
  list("events", [book.version, run.marks.length, run.selected, places.chosenCell], () => {
    $("tiers").textContent = tiersText(book.tiers);
    const isShown = ({ message, seriesID }) => places.chosenCell === null || seriesID !== places.seriesID || message.cell === places.chosenCell;
    eventTable.show(book.all.filter(isShown), run.marks, run.selected);
    showDetail();
  });
}

function showDetail() {
  const record = book.byID.get(run.selected);
  $("detail").hidden = !record;
  document.body.toggleAttribute("data-detail", Boolean(record));
  if (!record) return;
  $("detail-title").textContent = `${record.kind.sign} ${record.kind.name} ${shortID(record.id)}`;
  $("detail-title").className = record.kind.name;
  correcting.show(record);
  showValues($("detail-values"), record);
  drawTrace($("trace"), { record, detail: book.details.get(record.id), intervalMs: intervalMs() });
}

// What the user does

function select(id) {
  run.selected = id;
  lastLists = 0;
}

function showPeak() {
  const record = book.byID.get(run.selected);
  if (record?.seriesID === run.series?.series_id) playhead.show(record.message.frame_peak ?? record.message.frame_start);
  showPaused();
}

function togglePause() {
  if (playhead.isPaused) playhead.resume();
  else playhead.pause();
  showPaused();
}

function showPaused() {
  frames.isHeld = playhead.isPaused;
  run.heldBaseline = playhead.isPaused ? run.heldBaseline ?? frames.baseline?.slice() ?? null : null;
  document.body.toggleAttribute("data-paused", playhead.isPaused);
  $("pause").setAttribute("aria-pressed", playhead.isPaused);
  $("pause").textContent = playhead.isPaused ? "Back to live" : "Pause";
}

function step(places) {
  playhead.step(places);
  showPaused();
}

async function toggleSound() {
  await sound.toggle();
  $("sound").textContent = sound.isOn ? "Sound on" : "Sound off";
  $("sound").setAttribute("aria-pressed", sound.isOn);
}

const actions = new Map([
  [" ", { shown: "space", text: "pause and look back, or back to live", run: togglePause }],
  ["ArrowLeft", { shown: "←", text: "one picture back", run: () => step(-1) }],
  ["ArrowRight", { shown: "→", text: "one picture on", run: () => step(1) }],
  ["m", { text: "mark a step of the protocol", run: () => marking.open() }],
  ["Enter", { shown: "Enter", text: "the wave alarm was seen; the polygon is done", run: () => (regions.isDrawing ? regions.close() : alarm.seen()) }],
  ["s", { text: "sound on or off", run: toggleSound }],
  ["n", { text: "newest picture, or in step with the classes", run: () => controls.cycle("timing") }],
  ["f", { text: "fluorescence, or relative change", run: () => controls.cycle("quantity") }],
  ["l", { text: "next colours", run: () => controls.cycle("lut") }],
  ["c", { text: "classes on or off", run: () => controls.flip("show-classes") }],
  ["o", { text: "outlines on or off", run: () => controls.flip("show-outlines") }],
  ["r", { text: "release sites, cells and regions on or off", run: () => controls.flip("show-places") }],
  ["h", { text: "cell held still, or as the camera saw it", run: () => controls.flip("show-stabilised") }],
  ["a", { text: "adaptive contrast on or off", run: () => controls.flip("auto") }],
  ["t", { text: "time shown along the cell", run: () => controls.cycle("span") }],
  ["p", { text: "show the peak of the chosen event", run: showPeak }],
  ["b", { text: "brightness of the page", run: () => controls.dim() }],
  ["e", { text: "draw a rectangle as a region", run: () => regions.choose("rectangle") }],
  ["g", { text: "draw a polygon as a region", run: () => regions.choose("polygon") }],
  ["Escape", { shown: "Esc", text: "close the event; leave off drawing", run: () => (regions.isDrawing ? regions.choose(null) : select(null)) }],
  ...correcting.actions,
  ["?", { text: "this list", run: () => $("help-dialog").showModal() }],
]);

$("lut").replaceChildren(...LUT_NAMES.map((name) => element("option", name, { value: name })));
$("pause").addEventListener("click", togglePause);
$("back").addEventListener("click", () => step(-1));
$("forth").addEventListener("click", () => step(1));
$("sound").addEventListener("click", toggleSound);
$("dim").addEventListener("click", () => controls.dim());
$("help").addEventListener("click", () => $("help-dialog").showModal());
$("alarm-seen").addEventListener("click", () => alarm.seen());
$("detail-close").addEventListener("click", () => select(null));
$("detail-show").addEventListener("click", showPeak);
$("events").addEventListener("click", (event) => {
  if (correcting.takeClick(event)) return;
  const id = event.target.closest("tr")?.dataset.id;
  if (id) select(id);
});
$("raster").addEventListener("click", (event) => select(raster.eventAt(event.offsetX, event.offsetY) ?? run.selected));
$("scrub").addEventListener("pointerdown", () => { isScrubbing = true; });
$("scrub").addEventListener("pointerup", () => { isScrubbing = false; });
$("scrub").addEventListener("input", () => {
  playhead.show(Number($("scrub").value));
  showPaused();
});
frames.listeners.push({ cleared: () => showPaused(), added: () => {} });

showKeys($("keys"), $("legend"), actions);
installKeys(actions, () => document.querySelector("dialog[open]") !== null);
controls.show();
requestAnimationFrame(draw);
