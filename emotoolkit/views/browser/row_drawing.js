// @ts-check
// How the rows of the timeline are drawn, and the ruler above and the marks below them.

import { clock, fitted, readable, shortNumber } from "./formats.js";
import { ROW_HEIGHT_PX, RULER_HEIGHT_PX } from "./lanes.js";
import { GUTTER_PX } from "./time_window.js";

/** @import { Row } from "./lanes.js" */
/** @import { TimeWindow } from "./time_window.js" */
/** @import { Lane, Log, Mark, Span } from "./view_log.js" */

/** @typedef {CanvasRenderingContext2D} Pen */

/**
 * A place on the canvas, and what is drawn there.
 * @typedef {{ x: number, y: number, width: number, height: number, one: Span | Mark }} Box
 */

/**
 * What is drawn on, and what of it.
 * @typedef {object} Sheet
 * @property {Pen} pen
 * @property {string} ink the colour of text
 * @property {number} height px
 * @property {TimeWindow} window
 * @property {Log} log
 * @property {Box[]} boxes filled while it is drawn
 */

const TICK_STEPS_S = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400];
const VISIBLE_PX = 0.5; // what is narrower cannot be seen
const MIN_BAR_PX = 2; // of a bar
const LABELLED_BAR_PX = 40; // a wider bar has its label in it

/**
 * The step of the ruler, for a stretch of some seconds.
 * @param {number} length s
 * @param {number} width px
 */
export function rulerStep(length, width) {
  const most = Math.max(2, width / 90);
  return TICK_STEPS_S.find((tick) => length / tick <= most) ?? length / most;
}

/**
 * A row with its label, within its bounds.
 * @param {Sheet} sheet
 * @param {Row} row
 */
export function drawRow(sheet, row) {
  const { pen } = sheet;
  drawLabel(sheet, row);
  pen.save();
  pen.beginPath();
  pen.rect(GUTTER_PX, row.y - 1, sheet.window.width - GUTTER_PX, row.height + 3);
  pen.clip();
  if (row.lane === null) drawWave(sheet, row);
  else if (row.sort === "signal" || row.sort === "state") drawSpans(sheet, row, row.lane);
  else drawLine(sheet, row, row.lane);
  pen.restore();
}

/**
 * The seconds, as many as there is room for.
 * @param {Sheet} sheet
 */
export function drawRuler(sheet) {
  const { pen } = sheet;
  const { length } = sheet.window;
  const step = rulerStep(length, sheet.window.width - GUTTER_PX);
  pen.fillStyle = pen.strokeStyle = sheet.ink;
  for (let n = Math.ceil(sheet.window.from / step - 1e-9); n * step <= sheet.window.to + 1e-9; n++) {
    const x = sheet.window.x(n * step);
    pen.globalAlpha = 0.15;
    pen.fillRect(x, RULER_HEIGHT_PX - 4, 1, sheet.height);
    pen.globalAlpha = 1;
    const text = clock(n * step, step < 1 ? 1 : 0);
    pen.fillText(text, Math.min(x + 3, sheet.window.width - pen.measureText(text).width), 12);
  }
}

/**
 * @param {Sheet} sheet
 * @param {Row} row
 */
function drawLabel(sheet, row) {
  const { pen } = sheet;
  pen.fillStyle = sheet.ink;
  const name = row.lane ? row.lane.name : "sound";
  const isLine = row.sort === "parameter" || row.sort === "score";
  const middle = row.y + Math.min(row.height, 24) / 2;
  pen.fillText(fitted(pen, name, isLine ? GUTTER_PX - 70 : GUTTER_PX - 26), 16, middle + 4);
  if (isLine && row.lane) drawScale(sheet, row, row.lane);
  if (row.lane && row.sort !== "state") {
    pen.fillStyle = row.lane.colour;
    pen.fillRect(2, middle - 4, 9, 9);
  }
}

/**
 * The lowest and the highest value of a line, left of it.
 * @param {Sheet} sheet
 * @param {Row} row
 * @param {Lane} lane
 */
function drawScale(sheet, row, lane) {
  const { pen } = sheet;
  const [low, high] = sheet.log.ranges.get(lane.number) ?? [0, 1];
  pen.textAlign = "right";
  pen.globalAlpha = 0.8;
  pen.fillText(shortNumber(high), GUTTER_PX - 4, row.y + 9);
  pen.fillText(shortNumber(low), GUTTER_PX - 4, row.y + row.height - 1);
  pen.globalAlpha = 1;
  pen.textAlign = "left";
}

/**
 * @param {Sheet} sheet
 * @param {Row} row
 */
function drawWave(sheet, row) {
  const { pen } = sheet;
  if (!sheet.log.waveform) return;
  const { start, end, low, high, loudest } = sheet.log.waveform;
  const middle = row.y + row.height / 2;
  pen.fillStyle = sheet.ink;
  pen.globalAlpha = 0.55;
  const step = (end - start) / low.length;
  const width = Math.max(1, sheet.window.x(start + step) - sheet.window.x(start));
  pen.beginPath();
  low.forEach((each, n) => {
    const top = middle - (high[n] / loudest) * (row.height / 2);
    const bottom = middle - (each / loudest) * (row.height / 2);
    pen.rect(sheet.window.x(start + n * step), top, width, Math.max(VISIBLE_PX, bottom - top));
  });
  pen.fill();
  pen.globalAlpha = 1;
}

/**
 * @param {Sheet} sheet
 * @param {Row} row
 * @param {Lane} lane
 */
function drawSpans(sheet, row, lane) {
  /** @type {number[]} */
  const drawn = []; // by row within the lane: px at which its last bar ends
  const isState = row.sort === "state";
  const height = isState ? row.height - 2 : ROW_HEIGHT_PX.signal - 4;
  for (const one of sheet.log.spans.get(lane.number)?.values() ?? []) {
    const [x, right] = [sheet.window.x(one.start), sheet.window.x(endOf(one, sheet.log))];
    if (right < GUTTER_PX || x > sheet.window.width) continue;
    const width = Math.max(right - x, MIN_BAR_PX);
    const at = row.packed?.of.get(one.number) ?? 0;
    const covered = Math.abs(x + width - (drawn[at] ?? -Infinity)) < VISIBLE_PX;
    if (width === MIN_BAR_PX && covered) continue; // it lies on the last
    drawn[at] = x + width;
    const box = { x, y: row.y + ROW_HEIGHT_PX.signal * at, width, height, one };
    drawBar(sheet.pen, box, one);
    if (isState && width > LABELLED_BAR_PX) drawWord(sheet.pen, box, one);
    sheet.boxes.push(box);
  }
}

/**
 * What goes on ends where the replay is.
 * @param {Span} span
 * @param {Log} log
 */
function endOf(span, log) {
  return span.end ?? Math.max(log.position(), span.start);
}

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {Span} span
 */
function drawBar(pen, { x, y, width, height }, span) {
  pen.fillStyle = pen.strokeStyle = span.colour;
  pen.globalAlpha = span.opacity;
  pen.fillRect(x, y, width, height);
  pen.globalAlpha = 1;
  pen.strokeRect(x + 0.5, y + 0.5, Math.max(width - 1, 1), height - 1);
  if (span.end === null || !span.closed) drawOpenEnd(pen, x + width, y, height);
}

/**
 * @param {Pen} pen
 * @param {Box} box
 * @param {Span} span
 */
function drawWord(pen, { x, y, width }, span) {
  const word = fitted(pen, span.label, width - 8);
  pen.fillStyle = readable(span.colour);
  pen.fillText(word, Math.max(x, GUTTER_PX) + 4, y + 13);
}

/**
 * No end came: the bar is pointed.
 * @param {Pen} pen
 * @param {number} x
 * @param {number} y
 * @param {number} height
 */
function drawOpenEnd(pen, x, y, height) {
  pen.beginPath();
  pen.moveTo(x, y);
  pen.lineTo(x + 5, y + height / 2);
  pen.lineTo(x, y + height);
  pen.fill();
}

/**
 * @param {Sheet} sheet
 * @param {Row} row
 * @param {Lane} lane
 */
function drawLine(sheet, row, lane) {
  const { pen } = sheet;
  const values = sheet.log.values.get(lane.number) ?? [];
  const [low, high] = sheet.log.ranges.get(lane.number) ?? [0, 1];
  /** @param {number} value */
  const y = (value) => row.y + row.height - 3 - ((value - low) / (high - low || 1)) * (row.height - 8);
  pen.strokeStyle = lane.colour;
  pen.lineWidth = 2;
  for (const channel of [0, 1]) {
    pen.setLineDash(channel ? [4, 3] : []);
    pen.beginPath();
    let last = NaN; // where the last stretch ends
    let drawn = -Infinity; // px: up to where the line is drawn
    for (const each of values) {
      if (each.channel !== channel || each.end < sheet.window.from || each.start > sheet.window.to) continue;
      const [x, right] = [sheet.window.x(each.start), sheet.window.x(each.end)];
      if (right - drawn < VISIBLE_PX) continue;
      if (Math.abs(each.start - last) < 0.001) pen.lineTo(x, y(each.value));
      else pen.moveTo(x, y(each.value));
      pen.lineTo(Math.max(right, x + 1), y(each.value));
      [last, drawn] = [each.end, right];
    }
    pen.stroke();
  }
  pen.setLineDash([]);
  pen.lineWidth = 1;
  pen.globalAlpha = 1;
}

/**
 * Signs of faults, stalls, seeks and gaps, below the rows.
 * @param {Sheet} sheet
 */
export function drawMarks(sheet) {
  const { pen } = sheet;
  const widths = new Map();
  const drawn = new Map(); // kind -> where its last sign stands
  for (const mark of sheet.log.marks) {
    const [x, right] = [sheet.window.x(mark.start), sheet.window.x(mark.end)];
    if (right < GUTTER_PX || x > sheet.window.width) continue;
    const moment = mark.start === mark.end;
    if (moment && Math.abs(x - (drawn.get(mark.sort) ?? -Infinity)) < VISIBLE_PX) continue; // it lies on the last
    if (moment) drawn.set(mark.sort, x);
    pen.fillStyle = sheet.ink;
    pen.globalAlpha = 0.12;
    pen.fillRect(x, RULER_HEIGHT_PX, Math.max(right - x, 1), sheet.height - RULER_HEIGHT_PX);
    pen.globalAlpha = 1;
    if (!widths.has(mark.sort)) widths.set(mark.sort, pen.measureText(mark.sort).width);
    const width = widths.get(mark.sort);
    const left = Math.min(x, sheet.window.width - width);
    pen.fillText(mark.sort, left, sheet.height - 2);
    sheet.boxes.push({ x: left, y: sheet.height - 14, width: Math.max(right - x, width), height: 14, one: mark });
  }
}
