// @ts-check
// The timeline: lanes over media time, drawn on a canvas when something changed. The cursor is not drawn here.

import { RULER_HEIGHT_PX, rowsOf, defaultLanes } from "./lanes.js";
import { drawMarks, drawRow, drawRuler } from "./row_drawing.js";
import { GUTTER_PX, TimeWindow } from "./time_window.js";

/** @import { Box } from "./row_drawing.js" */
/** @import { Log } from "./view_log.js" */

export class Timeline {
  /**
   * @param {HTMLCanvasElement} canvas
   * @param {Log} log
   */
  constructor(canvas, log) {
    this.canvas = canvas;
    this.log = log;
    this.window = new TimeWindow(() => log.end);
    /** @type {Set<number> | null} numbers of the lanes that the reader chose */
    this.chosen = null;
    /** @type {Box[]} */
    this.boxes = [];
  }

  /** Numbers of the parameters and scores that are drawn. */
  get shown() {
    return this.chosen ?? defaultLanes(this.log);
  }

  draw() {
    if (this.window.whole) this.window.all();
    const { rows, height } = rowsOf(this.log, this.shown);
    const pen = this.blank(height);
    const ink = getComputedStyle(this.canvas).color;
    this.boxes = [];
    const sheet = { pen, ink, height, window: this.window, log: this.log, boxes: this.boxes };
    drawRuler(sheet);
    for (const row of rows) drawRow(sheet, row);
    drawMarks(sheet);
    if (rows.length === 0) {
      const text = this.log.underWay ? "Nothing was answered yet." : "Nothing was answered.";
      pen.fillStyle = ink;
      pen.fillText(text, GUTTER_PX + 8, RULER_HEIGHT_PX + 20);
    }
  }

  /**
   * An empty canvas of the right size. A new size costs its memory anew, so it is given only where it differs.
   * @param {number} high px
   */
  blank(high) {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.window.width * ratio), Math.round(high * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.style.height = `${high}px`;
      Object.assign(this.canvas, { width, height });
    }
    const pen = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    pen.setTransform(1, 0, 0, 1, 0, 0);
    pen.clearRect(0, 0, width, height);
    pen.scale(ratio, ratio);
    pen.font = "11px system-ui, sans-serif";
    return pen;
  }

  /**
   * What is under the pointer, if anything.
   * @param {number} x px
   * @param {number} y px
   */
  hit(x, y) {
    const at = this.boxes.findLast((b) => x >= b.x - 1 && x <= b.x + b.width + 1 && y >= b.y && y <= b.y + b.height);
    return at?.one ?? null;
  }
}
