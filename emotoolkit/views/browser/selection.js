// @ts-check
// The stretch that is selected: by this page, by another one, or by the kernel.

import { messageOf } from "./dom.js";

/** @import { Calls } from "./calls.js" */
/** @import { Log, Now } from "./view_log.js" */

/** @typedef {{ start: number, end: number }} Stretch in media seconds */

/**
 * The stretch between two moments, in whichever order they come.
 * @param {number} one
 * @param {number} other
 * @returns {Stretch}
 */
export function between(one, other) {
  return one <= other ? { start: one, end: other } : { start: other, end: one };
}

/**
 * A stretch one end of which is moved to a moment; the other end gives way, and without a stretch it is all.
 * @param {Stretch | null} stretch
 * @param {"start" | "end"} side
 * @param {number} at
 * @param {number} duration
 * @returns {Stretch}
 */
export function withEnd(stretch, side, at, duration) {
  const { start, end } = stretch ?? { start: 0, end: duration };
  return side === "start" ? { start: at, end: Math.max(at, end) } : { start: Math.min(start, at), end: at };
}

export class Selection {
  /**
   * @param {Pick<Calls, "ask">} calls
   * @param {Log} log
   * @param {() => void} draw
   */
  constructor(calls, log, draw) {
    this.calls = calls;
    this.log = log;
    this.draw = draw;
    /** @type {Stretch | null} */
    this.stretch = null;
    this.count = 0; // how often something was selected, as far as is known here
    this.dragging = false;
  }

  /**
   * Takes over what was selected elsewhere, unless the reader is about to select something.
   * @param {Pick<Now, "selection" | "selections">} now
   */
  take(now) {
    if (now.selections <= this.count || this.dragging) return;
    this.count = now.selections;
    this.stretch = now.selection && { start: now.selection[0], end: now.selection[1] };
  }

  /**
   * Shows a stretch that is not selected yet.
   * @param {Stretch} stretch
   */
  drag(stretch) {
    this.dragging = true;
    this.stretch = stretch;
    this.draw();
  }

  drop() {
    this.dragging = false;
  }

  /** @param {Stretch | null} stretch */
  async select(stretch) {
    this.stretch = stretch;
    this.draw();
    try {
      const { answer } = await this.calls.ask({ do: "select", ...stretch });
      this.count = Math.max(this.count, answer.selections ?? 0);
    } catch (problem) {
      this.log.trouble = messageOf(problem);
    }
  }
}
