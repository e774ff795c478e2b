// @ts-check
// The timeline on the page: its canvas with the cursor and the selection above it, and what the pointer does there.

import { make } from "./dom.js";
import { clock } from "./formats.js";
import { RULER_HEIGHT_PX } from "./lanes.js";
import { between } from "./selection.js";
import { GUTTER_PX } from "./time_window.js";
import { Timeline } from "./timeline.js";

/** @import { Selection } from "./selection.js" */
/** @import { Log, Mark, Span } from "./view_log.js" */

const DRAG_THRESHOLD_PX = 4; // a pointer that moves less was not dragged

/**
 * What the pointer brings about.
 * @typedef {object} PointerActions
 * @property {(moment: number) => void} scrub
 * @property {(one: Span | Mark) => void} goTo
 * @property {() => void} moved another stretch is shown
 */

export class Axis {
  /**
   * @param {Log} log
   * @param {Selection} selection
   * @param {PointerActions} actions
   */
  constructor(log, selection, actions) {
    this.log = log;
    this.selection = selection;
    this.actions = actions;
    const canvas = make("canvas");
    this.timeline = new Timeline(canvas, log);
    this.cursor = make("div", { className: "emo-cursor" });
    this.live = make("div", { className: "emo-live", title: "where the replay is" });
    this.brush = make("div", { className: "emo-brush", hidden: true });
    const clip = make("div", { className: "emo-clip" }, this.brush, this.live, this.cursor);
    this.root = make("div", { className: "emo-axis", tabIndex: 0, role: "slider", title: "" }, canvas, clip);
    this.root.setAttribute("aria-label", "Position in the recording");
  }

  /** @param {AbortSignal} signal until when the pointer is listened to */
  listen(signal) {
    this.root.addEventListener("pointerdown", (event) => this.press(event), { signal });
    this.root.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
  }

  get window() {
    return this.timeline.window;
  }

  /** Takes the page's width; whether it has another one now. */
  resize() {
    const width = Math.max(320, this.root.clientWidth);
    if (width === this.window.width) return false; // it has become higher, by what was drawn
    this.window.width = width;
    return true;
  }

  /**
   * Brings cursor and replay to where they are; gives the time in words where that is new, else null.
   * @param {number} time s
   * @param {boolean} followed whether the cursor is where the replay is
   */
  drawCursor(time, followed) {
    this.cursor.style.transform = `translateX(${this.window.x(time) - GUTTER_PX}px)`;
    this.live.style.transform = `translateX(${this.window.x(this.log.position()) - GUTTER_PX}px)`;
    this.live.hidden = !this.log.underWay || followed;
    this.root.ariaValueMin = "0";
    this.root.ariaValueMax = this.log.duration.toFixed(1);
    this.root.ariaValueNow = time.toFixed(2);
    const text = `${clock(time, 1)} of ${clock(this.log.duration)}`;
    if (this.root.ariaValueText === text) return null;
    this.root.ariaValueText = text;
    return text;
  }

  drawBrush() {
    const { stretch } = this.selection;
    this.brush.hidden = !stretch;
    if (!stretch) return;
    const [left, right] = [this.window.x(stretch.start), this.window.x(stretch.end)];
    this.brush.style.left = `${left - GUTTER_PX}px`;
    this.brush.style.width = `${Math.max(1, right - left)}px`;
  }

  /** @param {MouseEvent} event */
  place(event) {
    const { left, top } = this.root.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** @param {PointerEvent} event */
  press(event) {
    const begin = this.place(event);
    if (event.button !== 0 || begin.x < GUTTER_PX) return;
    this.root.focus({ preventScroll: true });
    this.root.setPointerCapture(event.pointerId);
    if (begin.y < RULER_HEIGHT_PX && !this.timeline.hit(begin.x, begin.y)) this.scrubbing(begin.x);
    else this.brushing(begin);
    event.preventDefault();
  }

  /**
   * On the ruler, the cursor goes with the pointer.
   * @param {number} x
   */
  scrubbing(x) {
    this.actions.scrub(this.window.moment(x));
    this.until((moved) => this.actions.scrub(this.window.moment(this.place(moved).x)), () => {});
  }

  /**
   * Below it, the pointer selects; one that is not dragged chooses what is under it.
   * @param {{ x: number, y: number }} begin
   */
  brushing(begin) {
    const move = (/** @type {PointerEvent} */ moved) => {
      const { x } = this.place(moved);
      if (!this.selection.dragging && Math.abs(x - begin.x) <= DRAG_THRESHOLD_PX) return;
      this.selection.drag(between(this.window.moment(begin.x), this.window.moment(x)));
    };
    this.until(move, (ended) => {
      if (this.selection.dragging) this.selection.select(this.selection.stretch);
      else if (ended.type === "pointerup") this.click(begin);
      this.selection.drop();
    });
  }

  /**
   * Follows the pointer until it is let go, or the browser scrolls instead.
   * @param {(event: PointerEvent) => void} move
   * @param {(event: PointerEvent) => void} end
   */
  until(move, end) {
    const over = (/** @type {PointerEvent} */ ended) => {
      this.root.removeEventListener("pointermove", move);
      this.root.removeEventListener("pointerup", over);
      this.root.removeEventListener("pointercancel", over);
      end(ended);
    };
    this.root.addEventListener("pointermove", move);
    this.root.addEventListener("pointerup", over);
    this.root.addEventListener("pointercancel", over);
  }

  /** @param {{ x: number, y: number }} at */
  click({ x, y }) {
    const one = this.timeline.hit(x, y);
    if (one) this.actions.goTo(one);
    else this.actions.scrub(this.window.moment(x));
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const { x } = this.place(event);
    if (event.ctrlKey || event.metaKey) this.window.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.window.moment(x));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.window.pan(event.deltaX / 1000);
    else if (event.shiftKey) this.window.pan(event.deltaY / 1000);
    else return;
    event.preventDefault();
    this.actions.moved();
  }
}
