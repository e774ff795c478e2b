// @ts-check
// The list of all messages. Only visible lines have elements, so ten thousand messages cost no more than ten.

import { make } from "./dom.js";
import { formatStretch } from "./formats.js";

/** @import { Log, Message } from "./view_log.js" */

const LINE_HEIGHT_PX = 20;

let listCount = 0; // on this page

/** @type {Record<string, number>} */
const KEY_STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -7, PageDown: 7 }; // lines

/**
 * The line some steps away from another, within the list.
 * @param {number} at
 * @param {number} step
 * @param {number} count of lines
 */
export function stepLine(at, step, count) {
  return Math.min(Math.max(at + step, 0), count - 1);
}

/**
 * The range of lines that are drawn: the visible ones, and a few more.
 * @param {number} top px that are scrolled away
 * @param {number} height px that are visible
 * @param {number} count of lines
 */
export function visibleLines(top, height, count) {
  const first = Math.max(0, Math.floor(top / LINE_HEIGHT_PX) - 2);
  return { first, last: Math.min(count, first + Math.ceil(height / LINE_HEIGHT_PX) + 4) };
}

export class Messages {
  /**
   * @param {Log} log
   * @param {(message: Message) => void} onChoose
   */
  constructor(log, onChoose) {
    this.log = log;
    this.root = make("div", { className: "emo-messages", tabIndex: 0, role: "grid" });
    this.root.ariaLabel = "Messages of the servers";
    this.content = make("div", { className: "emo-content" });
    this.root.append(this.content);
    this.root.addEventListener("scroll", () => this.draw());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.content.addEventListener("click", (event) => {
      const line = /** @type {HTMLElement} */ (event.target).closest("[data-number]");
      if (line instanceof HTMLElement) this.choose(Number(line.dataset.number));
    });
    this.onChoose = onChoose;
    this.name = `emo-messages-${++listCount}`;
    this.count = -1;
    this.current = -1; // the line with the keyboard's cursor
  }

  // Stays at the end, unless the reader has scrolled away from it.
  update() {
    const count = this.log.messages.length;
    if (count === this.count) return;
    const { scrollTop, clientHeight } = this.root;
    const atEnd = scrollTop + clientHeight >= this.content.offsetHeight - LINE_HEIGHT_PX;
    this.count = count;
    this.content.style.height = `${count * LINE_HEIGHT_PX}px`;
    this.root.ariaRowCount = String(count);
    if (atEnd) this.root.scrollTop = count * LINE_HEIGHT_PX;
    this.draw();
  }

  /**
   * Arrow and page keys move the cursor; Enter does what a click does.
   * @param {KeyboardEvent} event
   */
  key(event) {
    const { current, count } = this;
    if (event.key === "Enter" && current >= 0) this.choose(current);
    else if (event.key in KEY_STEPS && count > 0) this.goTo(stepLine(current, KEY_STEPS[event.key], count));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} number */
  goTo(number) {
    this.current = number;
    const [top, height] = [number * LINE_HEIGHT_PX, this.root.clientHeight];
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + LINE_HEIGHT_PX > this.root.scrollTop + height) this.root.scrollTop = top + LINE_HEIGHT_PX - height;
    this.draw();
  }

  /** @param {number} number */
  choose(number) {
    this.goTo(number);
    this.onChoose(this.log.messages[number]);
  }

  draw() {
    const { first, last } = visibleLines(this.root.scrollTop, this.root.clientHeight, this.log.messages.length);
    const lines = [];
    for (let number = first; number < last; number++) lines.push(this.line(number));
    this.content.replaceChildren(...lines);
    const drawn = this.current >= first && this.current < last;
    if (drawn) this.root.setAttribute("aria-activedescendant", `${this.name}-${this.current}`);
    else this.root.removeAttribute("aria-activedescendant");
  }

  /** @param {number} number */
  line(number) {
    const { api, kind, start, end, received, text } = this.log.messages[number];
    const row = make("div", { className: "emo-line", role: "row", ariaRowIndex: String(number + 1) });
    row.id = `${this.name}-${number}`;
    row.classList.toggle("emo-current", number === this.current);
    row.ariaSelected = String(number === this.current);
    row.dataset.number = String(number);
    row.style.top = `${number * LINE_HEIGHT_PX}px`;
    const stretch = formatStretch({ start, end });
    for (const cell of [`${received.toFixed(1)} s`, api.replace("_", " "), kind, stretch, text]) {
      row.append(make("span", { role: "gridcell", textContent: cell, title: cell }));
    }
    return row;
  }
}
