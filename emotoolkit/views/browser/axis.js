// @ts-check
// The timeline's element: its canvas with cursor and selection over it, and the handling of the pointer.

import { make } from "./dom.js";
import { formatClock } from "./formats.js";
import { RULER_HEIGHT_PX } from "./lanes.js";
import { between } from "./selection.js";
import { GUTTER_PX } from "./time_window.js";
import { Timeline } from "./timeline.js";

/** @import { Selection } from "./selection.js" */
/** @import { Log, Mark, Span } from "./view_log.js" */

const DRAG_THRESHOLD_PX = 4; // a pointer that moves less was not dragged

/**
 * @typedef {object} PointerActions
 * @property {(moment: number) => void} scrub
 * @property {(item: Span | Mark) => void} goTo
 * @property {() => void} moved called when another stretch is shown
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
    this.replayCursor = make("div", { className: "emo-replay-cursor", title: "where the replay is" });
    this.brush = make("div", { className: "emo-brush", hidden: true });
    const clip = make("div", { className: "emo-clip" }, this.brush, this.replayCursor, this.cursor);
    this.root = make("div", { className: "emo-axis", tabIndex: 0, role: "slider", title: "" }, canvas, clip);
    this.root.setAttribute("aria-label", "Position in the recording");
  }

  /** @param {AbortSignal} signal removes the listeners */
  listen(signal) {
    this.root.addEventListener("pointerdown", (event) => this.press(event), { signal });
    this.root.addEventListener("wheel", (event) => this.wheel(event), { passive: false, signal });
  }

  get window() {
    return this.timeline.window;
  }

  /** Takes the element's width; returns whether it has changed. */
  resize() {
    const width = Math.max(320, this.root.clientWidth);
    if (width === this.window.width) return false; // drawing changes the height
    this.window.width = width;
    return true;
  }

  /**
   * Moves the cursor, and the line at the replay's position; returns the time as text if it has changed, else null.
   * @param {number} time s
   * @param {boolean} followed whether the cursor follows the replay
   */
  drawCursor(time, followed) {
    this.cursor.style.transform = `translateX(${this.window.x(time) - GUTTER_PX}px)`;
    this.replayCursor.style.transform = `translateX(${this.window.x(this.log.position()) - GUTTER_PX}px)`;
    this.replayCursor.hidden = !this.log.running || followed;
    this.root.ariaValueMin = "0";
    this.root.ariaValueMax = this.log.duration.toFixed(1);
    this.root.ariaValueNow = time.toFixed(2);
    const text = `${formatClock(time, 1)} of ${formatClock(this.log.duration)}`;
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
  pointerPosition(event) {
    const { left, top } = this.root.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  }

  /** @param {PointerEvent} event */
  press(event) {
    const begin = this.pointerPosition(event);
    if (event.button !== 0 || begin.x < GUTTER_PX) return;
    this.root.focus({ preventScroll: true });
    this.root.setPointerCapture(event.pointerId);
    if (begin.y < RULER_HEIGHT_PX && !this.timeline.hit(begin.x, begin.y)) this.startScrub(begin.x);
    else this.startBrush(begin);
    event.preventDefault();
  }

  /**
   * On the ruler, the cursor follows the pointer.
   * @param {number} x
   */
  startScrub(x) {
    this.actions.scrub(this.window.moment(x));
    this.trackPointer((moved) => this.actions.scrub(this.window.moment(this.pointerPosition(moved).x)), () => {});
  }

  /**
   * Below the ruler, a drag selects, and a click goes to the item under the pointer.
   * @param {{ x: number, y: number }} begin
   */
  startBrush(begin) {
    const move = (/** @type {PointerEvent} */ moved) => {
      const { x } = this.pointerPosition(moved);
      if (!this.selection.dragging && Math.abs(x - begin.x) <= DRAG_THRESHOLD_PX) return;
      this.selection.drag(between(this.window.moment(begin.x), this.window.moment(x)));
    };
    this.trackPointer(move, (ended) => {
      if (this.selection.dragging) this.selection.select(this.selection.stretch);
      else if (ended.type === "pointerup") this.click(begin);
      this.selection.endDrag();
    });
  }

  /**
   * Handles the pointer until it is released, or the browser scrolls instead.
   * @param {(event: PointerEvent) => void} move
   * @param {(event: PointerEvent) => void} end
   */
  trackPointer(move, end) {
    const stop = (/** @type {PointerEvent} */ ended) => {
      this.root.removeEventListener("pointermove", move);
      this.root.removeEventListener("pointerup", stop);
      this.root.removeEventListener("pointercancel", stop);
      end(ended);
    };
    this.root.addEventListener("pointermove", move);
    this.root.addEventListener("pointerup", stop);
    this.root.addEventListener("pointercancel", stop);
  }

  /** @param {{ x: number, y: number }} at */
  click({ x, y }) {
    const item = this.timeline.hit(x, y);
    if (item) this.actions.goTo(item);
    else this.actions.scrub(this.window.moment(x));
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    const { x } = this.pointerPosition(event);
    if (event.ctrlKey || event.metaKey) this.window.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.window.moment(x));
    else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.window.pan(event.deltaX / 1000);
    else if (event.shiftKey) this.window.pan(event.deltaY / 1000);
    else return;
    event.preventDefault();
    this.actions.moved();
  }
}
