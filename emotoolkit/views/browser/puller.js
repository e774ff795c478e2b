// @ts-check
// Pulls new entries and the status while any view of the model is visible. One per model.

import { ViewClosed } from "./calls.js";
import { errorMessage } from "./dom.js";

/** @import { Calls } from "./calls.js" */
/** @import { Log } from "./view_log.js" */

const RETRY_MS = 2000; // after a pull that was refused, or not answered
const MAX_RETRY_MS = 60000; // after many pulls without an answer

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
    this.visibleViews = new Set();
    this.running = false;
    this.closed = false;
  }

  /**
   * @param {object} view
   * @param {boolean} visible
   */
  setVisible(view, visible) {
    if (visible) this.visibleViews.add(view);
    else this.visibleViews.delete(view);
    if (visible && !this.running) this.run();
  }

  // A kernel that does not answer may be busy, or the machine was asleep: retries with an exponential back-off.
  async run() {
    this.running = true;
    let wait = RETRY_MS;
    while (this.visibleViews.size && !this.closed) {
      const answered = await this.pull();
      if (this.closed) break;
      this.onAnswer();
      wait = answered ? RETRY_MS : wait;
      if (this.log.error) await new Promise((resolve) => setTimeout(resolve, wait));
      if (!answered) wait = Math.min(2 * wait, MAX_RETRY_MS);
    }
    this.running = false;
  }

  async pull() {
    try {
      const { entryCount, statusKey } = this.log;
      const { answer } = await this.calls.ask({ do: "pull", entry_count: entryCount, status_key: statusKey });
      if (answer.closed) throw new ViewClosed("This view was closed in the kernel. Run its cell again.");
      this.log.error = answer.error ?? "";
      if (!answer.error) this.log.addAnswer(answer);
      return true;
    } catch (problem) {
      this.log.error = errorMessage(problem);
      if (problem instanceof ViewClosed && !this.closed) {
        this.closed = true;
        this.onAnswer();
      }
      return false;
    }
  }
}
