// @ts-check
// Pulls what is new for as long as somebody looks. One per model; views say whether they are seen.

import { Closed } from "./calls.js";
import { messageOf } from "./dom.js";

/** @import { Calls } from "./calls.js" */
/** @import { Log } from "./view_log.js" */

const AGAIN = 2000; // ms from a pull that was refused, or not answered, to the next
const SELDOM = 60000; // ms between two pulls at most, where nobody has answered for long

export class Puller {
  /**
   * @param {Pick<Calls, "ask">} calls
   * @param {Log} log
   * @param {() => void} told called after each answer
   */
  constructor(calls, log, told) {
    this.calls = calls;
    this.log = log;
    this.told = told;
    /** @type {Set<object>} */
    this.lookers = new Set();
    this.running = false;
    this.closed = false;
  }

  /**
   * @param {object} view
   * @param {boolean} seen
   */
  look(view, seen) {
    if (seen) this.lookers.add(view);
    else this.lookers.delete(view);
    if (seen && !this.running) this.run();
  }

  // A kernel that does not answer may be busy, or the machine was asleep: it is asked again, less and less often.
  async run() {
    this.running = true;
    let wait = AGAIN;
    while (this.lookers.size && !this.closed) {
      const answered = await this.pull();
      if (this.closed) break;
      this.told();
      wait = answered ? AGAIN : wait;
      if (this.log.trouble) await new Promise((resolve) => setTimeout(resolve, wait));
      if (!answered) wait = Math.min(2 * wait, SELDOM);
    }
    this.running = false;
  }

  async pull() {
    try {
      const { answer } = await this.calls.ask({ do: "pull", have: this.log.have, seen: this.log.seen });
      if (answer.closed) throw new Closed("This view was closed in the kernel. Run its cell again."); // its server ends
      this.log.trouble = answer.error ?? "";
      if (!answer.error) this.log.take(answer);
      return true;
    } catch (problem) {
      this.log.trouble = messageOf(problem);
      if (problem instanceof Closed && !this.closed) {
        this.closed = true;
        this.told();
      }
      return false;
    }
  }
}
