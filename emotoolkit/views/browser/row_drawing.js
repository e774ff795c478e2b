// @ts-check
// Drawing of the timeline's rows, the ruler above and the marks below them.

import { formatClock, fitText, contrastColour, formatNumber } from "./formats.js";
import { ROW_HEIGHT_PX, RULER_HEIGHT_PX } from "./lanes.js";
import { GUTTER_PX } from "./time_window.js";

/** @import { Row } from "./lanes.js" */
/** @import { TimeWindow } from "./time_window.js" */
/** @import { Lane, Log, Mark, Span } from "./view_log.js" */

/** @typedef {CanvasRenderingContext2D} Context */

/**
 * A rectangle on the canvas, and the item that is drawn there.
 * @typedef {{ x: number, y: number, width: number, height: number, item: Span | Mark }} Box
 */

/**
 * The canvas, and what is drawn on it.
 * @typedef {object} Drawing
 * @property {Context} context
 * @property {string} textColour
 * @property {number} height px
 * @property {TimeWindow} window
 * @property {Log} log
 * @property {Box[]} boxes filled while drawing, for the pointer
 */

const TICK_STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
const VISIBLE_PX = 0.5; // narrower differences are not visible
const MIN_BAR_PX = 2; // width of a bar, at least
const LABELLED_BAR_PX = 40; // a wider bar has its label in it

/**
 * The ruler's step in seconds.
 * @param {number} length s
 * @param {number} width px
 */
export function rulerStep(length, width) {
  const most = Math.max(2, width / 90);
  return TICK_STEPS_S.find((tick) => length / tick <= most) ?? length / most;
}

/**
 * Draws a row with its label, clipped to its bounds.
 * @param {Drawing} drawing
 * @param {Row} row
 */
export function drawRow(drawing, row) {
  const { context } = drawing;
  drawLabel(drawing, row);
  context.save();
  context.beginPath();
  context.rect(GUTTER_PX, row.y - 1, drawing.window.width - GUTTER_PX, row.height + 3);
  context.clip();
  if (row.lane === null) drawWave(drawing, row);
  else if (row.kind === "signal" || row.kind === "state") drawSpans(drawing, row, row.lane);
  else drawLine(drawing, row, row.lane);
  context.restore();
}

/**
 * Draws the ticks and times, as many as there is room for.
 * @param {Drawing} drawing
 */
export function drawRuler(drawing) {
  const { context } = drawing;
  const { length } = drawing.window;
  const step = rulerStep(length, drawing.window.width - GUTTER_PX);
  context.fillStyle = context.strokeStyle = drawing.textColour;
  for (let n = Math.ceil(drawing.window.from / step - 1e-9); n * step <= drawing.window.to + 1e-9; n++) {
    const x = drawing.window.x(n * step);
    context.globalAlpha = 0.15;
    context.fillRect(x, RULER_HEIGHT_PX - 4, 1, drawing.height);
    context.globalAlpha = 1;
    const text = formatClock(n * step, step < 1 ? 1 : 0);
    context.fillText(text, Math.min(x + 3, drawing.window.width - context.measureText(text).width), 12);
  }
}

/**
 * @param {Drawing} drawing
 * @param {Row} row
 */
function drawLabel(drawing, row) {
  const { context } = drawing;
  context.fillStyle = drawing.textColour;
  const name = row.lane ? row.lane.name : "sound";
  const isLine = row.kind === "parameter" || row.kind === "score";
  const middle = row.y + Math.min(row.height, 24) / 2;
  context.fillText(fitText(context, name, isLine ? GUTTER_PX - 70 : GUTTER_PX - 26), 16, middle + 4);
  if (isLine && row.lane) drawScale(drawing, row, row.lane);
  if (row.lane && row.kind !== "state") {
    context.fillStyle = row.lane.colour;
    context.fillRect(2, middle - 4, 9, 9);
  }
}

/**
 * Writes the lowest and the highest value of a line, left of it.
 * @param {Drawing} drawing
 * @param {Row} row
 * @param {Lane} lane
 */
function drawScale(drawing, row, lane) {
  const { context } = drawing;
  const [low, high] = drawing.log.ranges.get(lane.number) ?? [0, 1];
  context.textAlign = "right";
  context.globalAlpha = 0.8;
  context.fillText(formatNumber(high), GUTTER_PX - 4, row.y + 9);
  context.fillText(formatNumber(low), GUTTER_PX - 4, row.y + row.height - 1);
  context.globalAlpha = 1;
  context.textAlign = "left";
}

/**
 * @param {Drawing} drawing
 * @param {Row} row
 */
function drawWave(drawing, row) {
  const { context } = drawing;
  if (!drawing.log.waveform) return;
  const { start, end, low, high, loudest } = drawing.log.waveform;
  const middle = row.y + row.height / 2;
  context.fillStyle = drawing.textColour;
  context.globalAlpha = 0.55;
  const step = (end - start) / low.length;
  const width = Math.max(1, drawing.window.x(start + step) - drawing.window.x(start));
  context.beginPath();
  low.forEach((each, n) => {
    const top = middle - (high[n] / loudest) * (row.height / 2);
    const bottom = middle - (each / loudest) * (row.height / 2);
    context.rect(drawing.window.x(start + n * step), top, width, Math.max(VISIBLE_PX, bottom - top));
  });
  context.fill();
  context.globalAlpha = 1;
}

/**
 * @param {Drawing} drawing
 * @param {Row} row
 * @param {Lane} lane
 */
function drawSpans(drawing, row, lane) {
  /** @type {number[]} */
  const drawn = []; // by row within the lane: px at which its last bar ends
  const isState = row.kind === "state";
  const height = isState ? row.height - 2 : ROW_HEIGHT_PX.signal - 4;
  for (const item of drawing.log.spans.get(lane.number)?.values() ?? []) {
    const [x, right] = [drawing.window.x(item.start), drawing.window.x(endOf(item, drawing.log))];
    if (right < GUTTER_PX || x > drawing.window.width) continue;
    const width = Math.max(right - x, MIN_BAR_PX);
    const at = row.packed?.rowBySpan.get(item.number) ?? 0;
    const covered = Math.abs(x + width - (drawn[at] ?? -Infinity)) < VISIBLE_PX;
    if (width === MIN_BAR_PX && covered) continue; // it would cover the last one
    drawn[at] = x + width;
    const box = { x, y: row.y + ROW_HEIGHT_PX.signal * at, width, height, item };
    drawBar(drawing.context, box, item);
    if (isState && width > LABELLED_BAR_PX) drawWord(drawing.context, box, item);
    drawing.boxes.push(box);
  }
}

/**
 * The end of a span; the replay's position for one that goes on.
 * @param {Span} span
 * @param {Log} log
 */
function endOf(span, log) {
  return span.end ?? Math.max(log.position(), span.start);
}

/**
 * @param {Context} context
 * @param {Box} box
 * @param {Span} span
 */
function drawBar(context, { x, y, width, height }, span) {
  context.fillStyle = context.strokeStyle = span.colour;
  context.globalAlpha = span.opacity;
  context.fillRect(x, y, width, height);
  context.globalAlpha = 1;
  context.strokeRect(x + 0.5, y + 0.5, Math.max(width - 1, 1), height - 1);
  if (span.end === null || !span.closed) drawOpenEnd(context, x + width, y, height);
}

/**
 * @param {Context} context
 * @param {Box} box
 * @param {Span} span
 */
function drawWord(context, { x, y, width }, span) {
  const word = fitText(context, span.label, width - 8);
  context.fillStyle = contrastColour(span.colour);
  context.fillText(word, Math.max(x, GUTTER_PX) + 4, y + 13);
}

/**
 * Draws the point of a bar without an end.
 * @param {Context} context
 * @param {number} x
 * @param {number} y
 * @param {number} height
 */
function drawOpenEnd(context, x, y, height) {
  context.beginPath();
  context.moveTo(x, y);
  context.lineTo(x + 5, y + height / 2);
  context.lineTo(x, y + height);
  context.fill();
}

/**
 * @param {Drawing} drawing
 * @param {Row} row
 * @param {Lane} lane
 */
function drawLine(drawing, row, lane) {
  const { context } = drawing;
  const values = drawing.log.values.get(lane.number) ?? [];
  const [low, high] = drawing.log.ranges.get(lane.number) ?? [0, 1];
  /** @param {number} value */
  const y = (value) => row.y + row.height - 3 - ((value - low) / (high - low || 1)) * (row.height - 8);
  context.strokeStyle = lane.colour;
  context.lineWidth = 2;
  for (const channel of [0, 1]) {
    context.setLineDash(channel ? [4, 3] : []);
    context.beginPath();
    let last = NaN; // end of the last value
    let drawn = -Infinity; // px: end of the line so far
    for (const each of values) {
      if (each.channel !== channel || each.end < drawing.window.from || each.start > drawing.window.to) continue;
      const [x, right] = [drawing.window.x(each.start), drawing.window.x(each.end)];
      if (right - drawn < VISIBLE_PX) continue;
      if (Math.abs(each.start - last) < 0.001) context.lineTo(x, y(each.value));
      else context.moveTo(x, y(each.value));
      context.lineTo(Math.max(right, x + 1), y(each.value));
      [last, drawn] = [each.end, right];
    }
    context.stroke();
  }
  context.setLineDash([]);
  context.lineWidth = 1;
  context.globalAlpha = 1;
}

/**
 * Draws the marks of faults, stalls, seeks and gaps, with their kind below the rows.
 * @param {Drawing} drawing
 */
export function drawMarks(drawing) {
  const { context } = drawing;
  const widths = new Map();
  const drawn = new Map(); // kind -> px of its last mark
  for (const mark of drawing.log.marks) {
    const [x, right] = [drawing.window.x(mark.start), drawing.window.x(mark.end)];
    if (right < GUTTER_PX || x > drawing.window.width) continue;
    const moment = mark.start === mark.end;
    const covered = Math.abs(x - (drawn.get(mark.kind) ?? -Infinity)) < VISIBLE_PX;
    if (moment && covered) continue; // by the last one
    if (moment) drawn.set(mark.kind, x);
    context.fillStyle = drawing.textColour;
    context.globalAlpha = 0.12;
    context.fillRect(x, RULER_HEIGHT_PX, Math.max(right - x, 1), drawing.height - RULER_HEIGHT_PX);
    context.globalAlpha = 1;
    if (!widths.has(mark.kind)) widths.set(mark.kind, context.measureText(mark.kind).width);
    const width = widths.get(mark.kind);
    const left = Math.min(x, drawing.window.width - width);
    context.fillText(mark.kind, left, drawing.height - 2);
    const box = { x: left, y: drawing.height - 14, width: Math.max(right - x, width), height: 14 };
    drawing.boxes.push({ ...box, item: mark });
  }
}
