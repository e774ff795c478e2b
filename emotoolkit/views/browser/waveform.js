// @ts-check
// The waveform of the stretch that is shown, requested again when that changes.

import { errorMessage } from "./dom.js";

/** @import { Calls } from "./calls.js" */
/** @import { TimeWindow } from "./time_window.js" */
/** @import { Log } from "./view_log.js" */

const DEBOUNCE_MS = 150; // from the last change to the request
const MIN_POINTS = 200; // of a request
const MAX_POINTS = 4000;

/**
 * The largest amplitude of an envelope; never 0.
 * @param {{ low: number[], high: number[] }} envelope
 */
export function loudest({ low, high }) {
  return low.reduce((most, each, n) => Math.max(most, -each, high[n]), 0.01);
}

export class Waveform {
  /**
   * @param {Pick<Calls, "ask">} calls
   * @param {Log} log
   * @param {TimeWindow} window
   * @param {() => void} changed
   */
  constructor(calls, log, window, changed) {
    this.calls = calls;
    this.log = log;
    this.window = window;
    this.changed = changed;
    /** @type {string | null} the stretch of the last request */
    this.requested = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  requestSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.request(), DEBOUNCE_MS);
  }

  async request() {
    const { from, to, width } = this.window;
    const requested = `${from}-${to}`;
    this.requested = requested;
    const points = Math.round(Math.min(Math.max(MIN_POINTS, width), MAX_POINTS));
    try {
      const { answer } = await this.calls.ask({ do: "waveform", start: from, end: to, points });
      const isLatest = requested === this.requested;
      if (isLatest && answer.low?.length) this.log.waveform = { ...answer, loudest: loudest(answer) };
      this.changed();
    } catch (problem) {
      this.log.error = errorMessage(problem);
    }
  }

  close() {
    clearTimeout(this.timer);
  }
}
