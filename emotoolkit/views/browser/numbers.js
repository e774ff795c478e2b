// @ts-check
// The numbers at the cursor, each with a checkbox that shows its lane on the timeline.

import { make, setText } from "./dom.js";
import { formatNumber } from "./formats.js";

/** @import { Timeline } from "./timeline.js" */
/** @import { Lane, Log } from "./view_log.js" */

const MAX_UNIT_LENGTH = 12; // characters of a unit that is shown beside a number

/**
 * A value with its unit, if that is short.
 * @param {number | null} value
 * @param {string} unit
 */
export function formatReading(value, unit) {
  return value === null ? "–" : `${formatNumber(value)} ${unit.length < MAX_UNIT_LENGTH ? unit : ""}`;
}

export class Numbers {
  /**
   * @param {Log} log
   * @param {Timeline} timeline
   * @param {() => void} onChoose called when other lanes were chosen
   */
  constructor(log, timeline, onChoose) {
    this.log = log;
    this.timeline = timeline;
    this.onChoose = onChoose;
    this.lines = make("div", { className: "emo-numbers" });
    this.root = make("details", {}, make("summary", { textContent: "Numbers at the cursor" }), this.lines);
    /** @type {{ box: HTMLInputElement, output: HTMLOutputElement }[]} */
    this.rows = [];
  }

  /** @param {number} moment s */
  draw(moment) {
    if (!this.root.open || !this.log.status) return;
    const lanes = this.log.lanes.filter((lane) => lane.kind === "parameter" || lane.kind === "score");
    const { shown } = this.timeline;
    lanes.forEach((lane, n) => {
      const { box, output } = (this.rows[n] ??= this.line(lane));
      setText(output, formatReading(this.log.valueAt(lane.number, moment), lane.unit));
      box.checked = shown.has(lane.number);
    });
  }

  /** @param {Lane} lane */
  line(lane) {
    const box = make("input", { type: "checkbox" });
    const output = make("output");
    box.addEventListener("change", () => this.choose(lane, box.checked));
    const title = lane.unit ? `${lane.name} (${lane.unit})` : lane.name;
    this.lines.append(make("label", { title }, box, make("span", { textContent: lane.name }), output));
    return { box, output };
  }

  /**
   * @param {Lane} lane
   * @param {boolean} shown
   */
  choose(lane, shown) {
    const chosen = new Set(this.timeline.shown);
    if (shown) chosen.add(lane.number);
    else chosen.delete(lane.number);
    this.timeline.chosenLanes = chosen;
    this.onChoose();
  }
}
