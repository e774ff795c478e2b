// @ts-check
// The timeline's canvas: lanes over media time, drawn when something has changed. `Axis` draws the cursor over it.

import { RULER_HEIGHT_PX, layOutRows, defaultLanes } from "./lanes.js";
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
    /** @type {Set<number> | null} numbers of the lanes that the reader chose; null: the default */
    this.chosenLanes = null;
    /** @type {Box[]} */
    this.boxes = [];
  }

  /** Lane numbers of the parameters and scores that are drawn. */
  get shown() {
    return this.chosenLanes ?? defaultLanes(this.log);
  }

  draw() {
    if (this.window.showsAll) this.window.showAll();
    const { rows, height } = layOutRows(this.log, this.shown);
    const context = this.clear(height);
    const textColour = getComputedStyle(this.canvas).color;
    this.boxes = [];
    const drawing = { context, textColour, height, window: this.window, log: this.log, boxes: this.boxes };
    drawRuler(drawing);
    for (const row of rows) drawRow(drawing, row);
    drawMarks(drawing);
    if (rows.length === 0) {
      const text = this.log.running ? "Nothing was answered yet." : "Nothing was answered.";
      context.fillStyle = textColour;
      context.fillText(text, GUTTER_PX + 8, RULER_HEIGHT_PX + 20);
    }
  }

  /**
   * Clears the canvas, and returns its context. Setting a size reallocates its memory, so only a new one is set.
   * @param {number} high px
   */
  clear(high) {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [Math.round(this.window.width * ratio), Math.round(high * ratio)];
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.style.height = `${high}px`;
      Object.assign(this.canvas, { width, height });
    }
    const context = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext("2d"));
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.scale(ratio, ratio);
    context.font = "11px system-ui, sans-serif";
    return context;
  }

  /**
   * The item at a point of the canvas, or null.
   * @param {number} x px
   * @param {number} y px
   */
  hit(x, y) {
    const at = this.boxes.findLast((b) => x >= b.x - 1 && x <= b.x + b.width + 1 && y >= b.y && y <= b.y + b.height);
    return at?.item ?? null;
  }
}
