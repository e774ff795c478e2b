// @ts-check
// The selected stretch, set by this page, by another one, or in the kernel.

import { errorMessage } from "./dom.js";

/** @import { Calls } from "./calls.js" */
/** @import { Log, Status } from "./view_log.js" */

/** @typedef {{ start: number, end: number }} Stretch in media seconds */

/**
 * The stretch between two moments in any order.
 * @param {number} one
 * @param {number} other
 * @returns {Stretch}
 */
export function between(one, other) {
  return one <= other ? { start: one, end: other } : { start: other, end: one };
}

/**
 * A stretch with one end moved to `at`; the other end is moved along if need be. Null stands for the whole duration.
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
    this.count = 0; // the kernel's selection count at the last update
    this.dragging = false;
  }

  /**
   * Takes over a newer selection of the kernel, unless the reader is dragging.
   * @param {Pick<Status, "selection" | "selection_count">} status
   */
  update(status) {
    if (status.selection_count <= this.count || this.dragging) return;
    this.count = status.selection_count;
    this.stretch = status.selection && { start: status.selection[0], end: status.selection[1] };
  }

  /**
   * Shows a stretch while the reader drags.
   * @param {Stretch} stretch
   */
  drag(stretch) {
    this.dragging = true;
    this.stretch = stretch;
    this.draw();
  }

  endDrag() {
    this.dragging = false;
  }

  /** @param {Stretch | null} stretch */
  async select(stretch) {
    this.stretch = stretch;
    this.draw();
    try {
      const { answer } = await this.calls.ask({ do: "select", ...stretch });
      this.count = Math.max(this.count, answer.selection_count ?? 0);
    } catch (problem) {
      this.log.error = errorMessage(problem);
    }
  }
}
