// The list of events: only the rows that can be seen exist, so that thousands of events stay fluid.

import { classNamed } from "./classes.js";
import { clockText } from "./eventbook.js";
import { element } from "./lists.js";

const VERDICTS = { open: "", accepted: "✓ accepted", corrected: "✎ corrected", added: "+ added", deleted: "✕ deleted" };
const EXTRA_ROWS = 6;

/** Columns: what stands in the head, in a row, and what it is sorted by. */
const COLUMNS = [
  { key: "id", title: "event", text: (row) => `${sign(row)} ${row.id}${row.comment ? " ✉" : ""}`, value: (row) => row.id },
  { key: "start", title: "onset", text: (row, movie) => clockText(row.frames[0] * movie.interval_ms), value: (row) => row.frames[0] },
  { key: "x", title: "x µm", text: (row, movie) => (centre(row)[1] * movie.pixel_um).toFixed(1), value: (row) => centre(row)[1] },
  { key: "dff0", title: "ΔF/F₀", text: (row) => row.dff0?.toFixed(2) ?? "–", value: (row) => row.dff0 ?? -1 },
  { key: "lasts", title: "lasts ms", text: (row, movie) => `${Math.round(duration(row) * movie.interval_ms)}`, value: duration },
  { key: "confidence", title: "certain", text: (row) => (row.confidence == null ? "–" : `${Math.round(100 * row.confidence)} %`), value: (row) => row.confidence ?? -1 },
  { key: "verdict", title: "review", text: (row) => VERDICTS[row.verdict].split(" ")[0], hint: (row) => VERDICTS[row.verdict], value: (row) => Object.keys(VERDICTS).indexOf(row.verdict) },
];

const CLASS_FILTERS = [["", "all classes"], ["spark", "● sparks"], ["wave", "▲ waves"], ["puff", "■ puffs"], ["undefined", "? undefined"]];
const STATE_FILTERS = [
  ["", "all", () => true], ["open", "not reviewed", (row) => row.verdict === "open"], ["done", "reviewed", (row) => row.verdict !== "open"],
  ["kept", "not deleted", (row) => row.verdict !== "deleted"], ["deleted", "deleted", (row) => row.verdict === "deleted"],
  ["comment", "with comment", (row) => row.comment !== ""],
];

export const centre = ({ box }) => [(box[0] + box[2] - 1) / 2, (box[1] + box[3] - 1) / 2];
export const sign = (row) => classNamed(row.class)?.sign ?? "?";
function duration({ frames }) { return frames[1] - frames[0] + 1; }

export class ReviewList {
  /** @param parts {list, space, head, filterClass, filterState, count}. @param choose Called with an event's number and the click. */
  constructor(parts, choose) {
    Object.assign(this, parts);
    this.order = [];
    this.sort = { key: "confidence", isDown: false };
    this.rows = new Map();
    this.filterClass.replaceChildren(...CLASS_FILTERS.map(([value, text]) => element("option", text, { value })));
    this.filterState.replaceChildren(...STATE_FILTERS.map(([value, text]) => element("option", text, { value })));
    this.head.replaceChildren(...COLUMNS.map((column) => {
      const button = element("button", column.title, { "data-key": column.key, role: "columnheader", title: `sort by ${column.title}` });
      button.addEventListener("click", () => this.sortBy(column.key));
      return button;
    }));
    this.list.addEventListener("scroll", () => this.draw());
    this.list.addEventListener("click", (event) => {
      const id = event.target.closest(".row")?.dataset.id;
      if (id) choose(Number(id), event);
    });
    new ResizeObserver(() => this.draw()).observe(this.list);
    for (const filter of [this.filterClass, this.filterState]) filter.addEventListener("input", () => this.arrange());
  }

  sortBy(key) {
    this.sort = { key, isDown: this.sort.key === key && !this.sort.isDown };
    this.arrange();
  }

  /** Shows the events of a book. */
  show(book, chosen, current) {
    const isOther = this.book !== book || this.movie !== book.movie;
    Object.assign(this, { book, movie: book.movie, chosen, current });
    this.rowHeight = Math.round(1.9 * parseFloat(getComputedStyle(this.list).fontSize));
    this.arrange();
    if (isOther) this.list.scrollTop = 0;
  }

  /** Sorts and filters anew. */
  arrange() {
    if (!this.book) return;
    const { value } = COLUMNS.find((column) => column.key === this.sort.key);
    const isShown = STATE_FILTERS.find(([name]) => name === this.filterState.value)[2];
    const rows = [...this.book.events.values()].filter((row) => (!this.filterClass.value || row.class === this.filterClass.value) && isShown(row));
    const direction = this.sort.isDown ? -1 : 1;
    rows.sort((a, b) => direction * (value(a) - value(b)) || a.id - b.id);
    this.order = rows.map((row) => row.id);
    this.count.textContent = `${rows.length} of ${this.book.events.size}`;
    for (const button of this.head.children) {
      if (button.dataset.key === this.sort.key) button.setAttribute("aria-sort", this.sort.isDown ? "descending" : "ascending");
      else button.removeAttribute("aria-sort");
    }
    this.space.style.height = `${rows.length * this.rowHeight}px`;
    this.draw();
  }

  /** Makes the rows that can be seen. */
  draw() {
    if (!this.book?.movie) return;
    const first = Math.max(0, Math.floor(this.list.scrollTop / this.rowHeight) - EXTRA_ROWS);
    const last = Math.min(this.order.length, Math.ceil((this.list.scrollTop + this.list.clientHeight) / this.rowHeight) + EXTRA_ROWS);
    const rows = new Map();
    for (let index = first; index < last; index += 1) {
      const row = this.book.events.get(this.order[index]);
      if (row) rows.set(row.id, this.row(row, index));
    }
    for (const [id, { node }] of this.rows) if (!rows.has(id)) node.remove();
    for (const { node } of rows.values()) if (node.parentNode !== this.space) this.space.append(node);
    this.rows = rows;
  }

  /** The row that is there already, if nothing in it has changed. */
  row(row, index) {
    const classes = `row ${row.verdict} ${this.chosen.has(row.id) ? "selected" : ""} ${row.id === this.current ? "current" : ""}`;
    const known = this.rows.get(row.id);
    const node = known?.row === row ? known.node : this.newRow(row);
    node.className = classes;
    node.style.top = `${index * this.rowHeight}px`;
    node.style.height = `${this.rowHeight}px`;
    if (known && known.node !== node) known.node.remove();
    return { row, node };
  }

  newRow(row) {
    const node = element("div", "", { "data-id": row.id, role: "row" });
    node.append(...COLUMNS.map((column, index) => element("span", column.text(row, this.movie), { title: column.hint?.(row) ?? row.comment, ...(index ? {} : { class: row.class }) })));
    return node;
  }

  /** The event so many places further on than another one. */
  beside(id, places) {
    const index = this.order.indexOf(id);
    if (index < 0) return this.order[0] ?? null;
    return this.order[Math.max(0, Math.min(this.order.length - 1, index + places))];
  }

  /** The next event in the list that nobody has looked at; from the top again behind the last. */
  nextOpen(id) {
    const start = this.order.indexOf(id) + 1;
    const order = [...this.order.slice(start), ...this.order.slice(0, start)];
    return order.find((other) => other !== id && this.book.events.get(other)?.verdict === "open") ?? null;
  }

  scrollTo(id) {
    const index = this.order.indexOf(id);
    if (index < 0) return;
    const [top, bottom] = [index * this.rowHeight, (index + 1) * this.rowHeight];
    if (top < this.list.scrollTop) this.list.scrollTop = top;
    else if (bottom > this.list.scrollTop + this.list.clientHeight) this.list.scrollTop = bottom - this.list.clientHeight;
    this.draw();
  }
}
