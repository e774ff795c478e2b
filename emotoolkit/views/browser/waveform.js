// @ts-check
// The sound's waveform, asked for anew when another stretch is shown.

import { messageOf } from "./dom.js";

/** @import { Calls } from "./calls.js" */
/** @import { TimeWindow } from "./time_window.js" */
/** @import { Log } from "./view_log.js" */

const DEBOUNCE_MS = 150; // without another move before it is asked for
const MIN_POINTS = 200; // that are asked for
const MAX_POINTS = 4000;

/**
 * The farthest from silence that an envelope goes; never 0.
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
    /** @type {string | null} the stretch that was asked for last */
    this.asked = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
  }

  askSoon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.ask(), DEBOUNCE_MS);
  }

  async ask() {
    const { from, to, width } = this.window;
    const asked = `${from}-${to}`;
    this.asked = asked;
    const points = Math.round(Math.min(Math.max(MIN_POINTS, width), MAX_POINTS));
    try {
      const { answer } = await this.calls.ask({ do: "waveform", start: from, end: to, points });
      if (answer.low?.length && asked === this.asked) this.log.waveform = { ...answer, loudest: loudest(answer) };
      this.changed();
    } catch (problem) {
      this.log.trouble = messageOf(problem);
    }
  }

  close() {
    clearTimeout(this.timer);
  }
}
