// @ts-check
// The layout of the timeline: which lanes are shown, their order, and their heights.

/** @import { Lane, LaneKind, Log, Span } from "./view_log.js" */

export const RULER_HEIGHT_PX = 22;
export const ROW_HEIGHT_PX = { wave: 44, parameter: 46, score: 46, signal: 17, state: 20 };
const DEFAULT_PARAMETERS = 4; // parameters that are drawn by default, at most

/**
 * The row of each span within its lane, by the span's number.
 * @typedef {{ rowBySpan: Map<number, number>, rowCount: number }} Packed
 */

/**
 * A row of the timeline; the sound's has no lane.
 * @typedef {object} Row
 * @property {"wave" | LaneKind} kind
 * @property {Lane | null} lane
 * @property {Packed | null} packed
 * @property {number} height px
 * @property {number} y px
 */

/**
 * The lanes that are drawn by default: parameters that vary, in the order of the kernel's list, and the quality index.
 * @param {Pick<Log, "status" | "lanes" | "ranges">} log
 * @returns {Set<number>}
 */
export function defaultLanes(log) {
  const order = log.status?.default_parameters ?? [];
  /** @param {Lane} lane */
  const rank = (lane) => order.indexOf(lane.label) + 1 || 1000;
  const numbers = log.lanes.filter((lane) => lane.kind === "parameter").sort((a, b) => rank(a) - rank(b));
  const varying = numbers.filter((lane) => {
    const [low, high] = log.ranges.get(lane.number) ?? [0, 0];
    return low < high;
  });
  const scores = log.lanes.filter((lane) => lane.kind === "score" && lane.label === "quality_index");
  const parameters = (varying.length ? varying : numbers).slice(0, DEFAULT_PARAMETERS);
  return new Set([...parameters, ...scores].map((lane) => lane.number));
}

/**
 * Assigns spans to rows, so that those which overlap are in different ones, with as few rows as possible.
 * @param {Iterable<Pick<Span, "number" | "start" | "end">>} spans
 * @returns {Packed}
 */
export function packSpans(spans) {
  /** @type {number[]} */
  const free = []; // by row: the end of its last span
  const rowBySpan = new Map();
  for (const span of [...spans].sort((a, b) => a.start - b.start)) {
    let row = free.findIndex((since) => since <= span.start);
    if (row < 0) row = free.length;
    free[row] = Math.max(span.end ?? Infinity, span.start + 1e-9);
    rowBySpan.set(span.number, row);
  }
  return { rowBySpan, rowCount: Math.max(1, free.length) };
}

/**
 * The rows from top to bottom, and their total height.
 * @param {Pick<Log, "lanes" | "spans" | "waveform" | "marks">} log
 * @param {Set<number>} shown numbers of the parameters and scores that are drawn
 */
export function layOutRows(log, shown) {
  /** @param {LaneKind} kind */
  const lanesOf = (kind) => log.lanes.filter((lane) => lane.kind === kind);
  /** @type {(lane: Lane) => Row} */
  const plain = (lane) => ({ kind: lane.kind, lane, packed: null, height: ROW_HEIGHT_PX[lane.kind], y: 0 });
  /** @type {(lane: Lane) => Row} */
  const packed = (lane) => {
    const spans = packSpans(log.spans.get(lane.number)?.values() ?? []);
    return { kind: lane.kind, lane, packed: spans, height: ROW_HEIGHT_PX.signal * spans.rowCount, y: 0 };
  };
  /** @type {Row} */
  const sound = { kind: "wave", lane: null, packed: null, height: ROW_HEIGHT_PX.wave, y: 0 };
  /** @type {Row[]} */
  const rows = [
    ...(log.waveform ? [sound] : []),
    ...lanesOf("parameter").filter((lane) => shown.has(lane.number)).map(plain),
    ...lanesOf("signal").sort((a, b) => a.label.localeCompare(b.label)).map(packed),
    ...lanesOf("state").map(plain),
    ...lanesOf("score").filter((lane) => shown.has(lane.number)).map(plain),
  ];
  let y = RULER_HEIGHT_PX;
  for (const row of rows) {
    row.y = y;
    y += row.height + 4;
  }
  return { rows, height: Math.max(y + (log.marks.length ? 14 : 4), RULER_HEIGHT_PX + 40) };
}
