// @ts-check
// All messages in a list of which only the lines in sight exist: ten thousand cost no more than ten.

import { make } from "./dom.js";
import { spelledStretch } from "./formats.js";

/** @import { Log, Message } from "./view_log.js" */

const LINE_HEIGHT_PX = 20;

let listCount = 0; // on this page

/** @type {Record<string, number>} */
const KEY_STEPS = { ArrowUp: -1, ArrowDown: 1, PageUp: -7, PageDown: 7 }; // lines

/**
 * The line that is some lines away from another; no farther than there are any.
 * @param {number} at
 * @param {number} step
 * @param {number} count of lines
 */
export function stepped(at, step, count) {
  return Math.min(Math.max(at + step, 0), count - 1);
}

/**
 * Which lines are drawn: those in sight, and a few more.
 * @param {number} top px that are scrolled away
 * @param {number} height px in sight
 * @param {number} count of lines
 */
export function linesInSight(top, height, count) {
  const first = Math.max(0, Math.floor(top / LINE_HEIGHT_PX) - 2);
  return { first, last: Math.min(count, first + Math.ceil(height / LINE_HEIGHT_PX) + 4) };
}

export class Messages {
  /**
   * @param {Log} log
   * @param {(message: Message) => void} chosen
   */
  constructor(log, chosen) {
    this.log = log;
    this.root = make("div", { className: "emo-messages", tabIndex: 0, role: "grid" });
    this.root.ariaLabel = "Messages of the servers";
    this.tall = make("div", { className: "emo-tall" });
    this.root.append(this.tall);
    this.root.addEventListener("scroll", () => this.draw());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.tall.addEventListener("click", (event) => {
      const line = /** @type {HTMLElement} */ (event.target).closest("[data-number]");
      if (line instanceof HTMLElement) this.choose(Number(line.dataset.number));
    });
    this.chosen = chosen;
    this.name = `emo-messages-${++listCount}`;
    this.count = -1;
    this.at = -1; // the line that the keys are at
  }

  // Stays at the end, unless the reader has scrolled away from it.
  update() {
    const count = this.log.messages.length;
    if (count === this.count) return;
    const atEnd = this.root.scrollTop + this.root.clientHeight >= this.tall.offsetHeight - LINE_HEIGHT_PX;
    this.count = count;
    this.tall.style.height = `${count * LINE_HEIGHT_PX}px`;
    this.root.ariaRowCount = String(count);
    if (atEnd) this.root.scrollTop = count * LINE_HEIGHT_PX;
    this.draw();
  }

  /**
   * Up, down and Enter do what a click does.
   * @param {KeyboardEvent} event
   */
  key(event) {
    if (event.key === "Enter" && this.at >= 0) this.choose(this.at);
    else if (event.key in KEY_STEPS && this.count > 0) this.goTo(stepped(this.at, KEY_STEPS[event.key], this.count));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} number */
  goTo(number) {
    this.at = number;
    const [top, seen] = [number * LINE_HEIGHT_PX, this.root.clientHeight];
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + LINE_HEIGHT_PX > this.root.scrollTop + seen) this.root.scrollTop = top + LINE_HEIGHT_PX - seen;
    this.draw();
  }

  /** @param {number} number */
  choose(number) {
    this.goTo(number);
    this.chosen(this.log.messages[number]);
  }

  draw() {
    const { first, last } = linesInSight(this.root.scrollTop, this.root.clientHeight, this.log.messages.length);
    const lines = [];
    for (let number = first; number < last; number++) lines.push(this.line(number));
    this.tall.replaceChildren(...lines);
    if (this.at >= first && this.at < last) this.root.setAttribute("aria-activedescendant", `${this.name}-${this.at}`);
    else this.root.removeAttribute("aria-activedescendant");
  }

  /** @param {number} number */
  line(number) {
    const { api, name, start, end, received, text } = this.log.messages[number];
    const row = make("div", { className: "emo-line", role: "row", ariaRowIndex: String(number + 1) });
    row.id = `${this.name}-${number}`;
    row.classList.toggle("emo-at", number === this.at);
    row.ariaSelected = String(number === this.at);
    row.dataset.number = String(number);
    row.style.top = `${number * LINE_HEIGHT_PX}px`;
    const stretch = spelledStretch({ start, end });
    for (const cell of [`${received.toFixed(1)} s`, api.replace("_", " "), name, stretch, text]) {
      row.append(make("span", { role: "gridcell", textContent: cell, title: cell }));
    }
    return row;
  }
}
