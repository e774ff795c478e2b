// @ts-check
// All messages in a list of which only the lines in sight exist: ten thousand cost no more than ten.

import { make } from "./dom.js";
import { clock } from "./formats.js";

/** @import { Log, Message } from "./view_log.js" */

const LINE = 20; // px

let lists = 0; // on this page

export class Messages {
  /**
   * @param {Log} log
   * @param {(message: Message) => void} chosen
   */
  constructor(log, chosen) {
    this.log = log;
    this.root = make("div", { className: "emo-messages", tabIndex: 0, role: "grid", ariaLabel: "Messages of the servers" });
    this.tall = make("div", { className: "emo-tall" });
    this.root.append(this.tall);
    this.root.addEventListener("scroll", () => this.draw());
    this.root.addEventListener("keydown", (event) => this.key(event));
    this.tall.addEventListener("click", (event) => {
      const line = /** @type {HTMLElement} */ (event.target).closest("[data-number]");
      if (line instanceof HTMLElement) this.choose(Number(line.dataset.number));
    });
    this.chosen = chosen;
    this.name = `emo-messages-${++lists}`;
    this.count = -1;
    this.at = -1; // the line that the keys are at
  }

  // Stays at the end, unless the reader has scrolled away from it.
  update() {
    const count = this.log.messages.length;
    if (count === this.count) return;
    const atEnd = this.root.scrollTop + this.root.clientHeight >= this.tall.offsetHeight - LINE;
    this.count = count;
    this.tall.style.height = `${count * LINE}px`;
    this.root.ariaRowCount = String(count);
    if (atEnd) this.root.scrollTop = count * LINE;
    this.draw();
  }

  /**
   * Up, down and Enter do what a click does.
   * @param {KeyboardEvent} event
   */
  key(event) {
    /** @type {Record<string, number>} */
    const steps = { ArrowUp: -1, ArrowDown: 1, PageUp: -7, PageDown: 7 };
    if (event.key === "Enter" && this.at >= 0) this.choose(this.at);
    else if (event.key in steps && this.count > 0) this.goTo(Math.min(Math.max(this.at + steps[event.key], 0), this.count - 1));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {number} number */
  goTo(number) {
    this.at = number;
    const [top, seen] = [number * LINE, this.root.clientHeight];
    if (top < this.root.scrollTop) this.root.scrollTop = top;
    else if (top + LINE > this.root.scrollTop + seen) this.root.scrollTop = top + LINE - seen;
    this.draw();
  }

  /** @param {number} number */
  choose(number) {
    this.goTo(number);
    this.chosen(this.log.messages[number]);
  }

  draw() {
    const first = Math.max(0, Math.floor(this.root.scrollTop / LINE) - 2);
    const last = Math.min(this.log.messages.length, first + Math.ceil(this.root.clientHeight / LINE) + 4);
    const lines = [];
    for (let number = first; number < last; number++) lines.push(this.line(number));
    this.tall.replaceChildren(...lines);
    if (this.at >= first && this.at < last) this.root.setAttribute("aria-activedescendant", `${this.name}-${this.at}`);
    else this.root.removeAttribute("aria-activedescendant");
  }

  /** @param {number} number */
  line(number) {
    const { api, name, start, end, received, text } = this.log.messages[number];
    const about = [start, end].filter((each) => each !== null).map((each) => clock(each, 1)).join("–");
    const row = make("div", { className: "emo-line", role: "row", ariaRowIndex: String(number + 1) });
    row.id = `${this.name}-${number}`;
    row.classList.toggle("emo-at", number === this.at);
    row.ariaSelected = String(number === this.at);
    row.dataset.number = String(number);
    row.style.top = `${number * LINE}px`;
    for (const cell of [`${received.toFixed(1)} s`, api.replace("_", " "), name, about, text]) {
      row.append(make("span", { role: "gridcell", textContent: cell, title: cell }));
    }
    return row;
  }
}
