// @ts-check
// Which lanes the timeline has, in which order, and how high they are.

/** @import { Lane, LaneSort, Log, Span } from "./view_log.js" */

export const RULER_HEIGHT_PX = 22;
export const ROW_HEIGHT_PX = { wave: 44, parameter: 46, score: 46, signal: 17, state: 20 };
const DEFAULT_PARAMETERS = 4; // parameters that are drawn unless the reader chose others

/**
 * The row of each span within its lane, by the span's number.
 * @typedef {{ of: Map<number, number>, lanes: number }} Packed
 */

/**
 * A row of the timeline; the sound's has no lane.
 * @typedef {object} Row
 * @property {"wave" | LaneSort} sort
 * @property {Lane | null} lane
 * @property {Packed | null} packed
 * @property {number} height px
 * @property {number} y px
 */

/**
 * The lanes that are drawn unless the reader chose others: the usual ones first, as far as they vary.
 * @param {Pick<Log, "now" | "lanes" | "ranges">} log
 * @returns {Set<number>}
 */
export function defaultLanes(log) {
  const first = log.now?.first ?? [];
  /** @param {Lane} lane */
  const rank = (lane) => first.indexOf(lane.label) + 1 || 1000;
  const numbers = log.lanes.filter((lane) => lane.sort === "parameter").sort((a, b) => rank(a) - rank(b));
  const varying = numbers.filter((lane) => {
    const [low, high] = log.ranges.get(lane.number) ?? [0, 0];
    return low < high;
  });
  const scores = log.lanes.filter((lane) => lane.sort === "score" && lane.label === "quality_index");
  const parameters = (varying.length ? varying : numbers).slice(0, DEFAULT_PARAMETERS);
  return new Set([...parameters, ...scores].map((lane) => lane.number));
}

/**
 * Spans side by side where they overlap, in as few rows as there can be.
 * @param {Iterable<Pick<Span, "number" | "start" | "end">>} spans
 * @returns {Packed}
 */
export function pack(spans) {
  /** @type {number[]} */
  const free = []; // by row: the second from which on it is free
  const of = new Map();
  for (const one of [...spans].sort((a, b) => a.start - b.start)) {
    let row = free.findIndex((since) => since <= one.start);
    if (row < 0) row = free.length;
    free[row] = Math.max(one.end ?? Infinity, one.start + 1e-9);
    of.set(one.number, row);
  }
  return { of, lanes: Math.max(1, free.length) };
}

/**
 * The rows from top to bottom, and the height of all.
 * @param {Pick<Log, "lanes" | "spans" | "waveform" | "marks">} log
 * @param {Set<number>} shown numbers of the parameters and scores that are drawn
 */
export function rowsOf(log, shown) {
  /** @param {LaneSort} sort */
  const of = (sort) => log.lanes.filter((lane) => lane.sort === sort);
  /** @type {(lane: Lane) => Row} */
  const plain = (lane) => ({ sort: lane.sort, lane, packed: null, height: ROW_HEIGHT_PX[lane.sort], y: 0 });
  /** @type {(lane: Lane) => Row} */
  const packed = (lane) => {
    const spans = pack(log.spans.get(lane.number)?.values() ?? []);
    return { sort: lane.sort, lane, packed: spans, height: ROW_HEIGHT_PX.signal * spans.lanes, y: 0 };
  };
  /** @type {Row} */
  const sound = { sort: "wave", lane: null, packed: null, height: ROW_HEIGHT_PX.wave, y: 0 };
  /** @type {Row[]} */
  const rows = [
    ...(log.waveform ? [sound] : []),
    ...of("parameter").filter((lane) => shown.has(lane.number)).map(plain),
    ...of("signal").sort((a, b) => a.label.localeCompare(b.label)).map(packed),
    ...of("state").map(plain),
    ...of("score").filter((lane) => shown.has(lane.number)).map(plain),
  ];
  let y = RULER_HEIGHT_PX;
  for (const row of rows) {
    row.y = y;
    y += row.height + 4;
  }
  return { rows, height: Math.max(y + (log.marks.length ? 14 : 4), RULER_HEIGHT_PX + 40) };
}
