// @ts-check
// Pulls what is new for as long as a view is in sight. One per model; views say whether they are seen.

import { Closed } from "./calls.js";
import { messageOf } from "./dom.js";

/** @import { Calls } from "./calls.js" */
/** @import { Log } from "./view_log.js" */

const RETRY_MS = 2000; // from a pull that was refused, or not answered, to the next
const MAX_RETRY_MS = 60000; // between two pulls at most, where there was no answer for long

export class Puller {
  /**
   * @param {Pick<Calls, "ask">} calls
   * @param {Log} log
   * @param {() => void} onAnswer
   */
  constructor(calls, log, onAnswer) {
    this.calls = calls;
    this.log = log;
    this.onAnswer = onAnswer;
    /** @type {Set<object>} */
    this.views = new Set();
    this.running = false;
    this.closed = false;
  }

  /**
   * @param {object} view
   * @param {boolean} seen
   */
  look(view, seen) {
    if (seen) this.views.add(view);
    else this.views.delete(view);
    if (seen && !this.running) this.run();
  }

  // A kernel that does not answer may be busy, or the machine was asleep: it is asked again, less and less often.
  async run() {
    this.running = true;
    let wait = RETRY_MS;
    while (this.views.size && !this.closed) {
      const answered = await this.pull();
      if (this.closed) break;
      this.onAnswer();
      wait = answered ? RETRY_MS : wait;
      if (this.log.trouble) await new Promise((resolve) => setTimeout(resolve, wait));
      if (!answered) wait = Math.min(2 * wait, MAX_RETRY_MS);
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
        this.onAnswer();
      }
      return false;
    }
  }
}
