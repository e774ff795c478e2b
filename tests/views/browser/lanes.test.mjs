// Which lanes the timeline has, in which order, and how overlapping spans are packed.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  ROW_HEIGHT_PX,
  RULER_HEIGHT_PX,
  defaultLanes,
  layOutRows,
  packSpans,
} from "../../../emotoolkit/views/browser/lanes.js";
import { Log } from "../../../emotoolkit/views/browser/view_log.js";

const spans = (...ends) => ends.map(([start, end], number) => ({ number, start, end }));
const places = ({ rowBySpan }) => [...rowBySpan].sort(([a], [b]) => a - b).map(([, row]) => row);

function logOf(lanes, ranges = {}, first = []) {
  const log = new Log(() => 0);
  lanes.forEach(([kind, label], number) => log.add(["lane", number, "api", kind, label, "#000000", ""]));
  Object.entries(ranges).forEach(([number, range]) => log.ranges.set(Number(number), range));
  log.status = { default_parameters: first };
  return log;
}

test("spans that do not overlap share a row, also where one begins as another ends", () => {
  const packed = packSpans(spans([0, 2], [2, 4], [5, 6]));
  assert.equal(packed.rowCount, 1);
  assert.deepEqual(places(packed), [0, 0, 0]);
});

test("spans that overlap lie side by side, and a free row is used again", () => {
  const packed = packSpans(spans([0, 10], [1, 3], [2, 5], [4, 6]));
  assert.equal(packed.rowCount, 3);
  assert.deepEqual(places(packed), [0, 1, 2, 1]);
});

test("a span that goes on keeps its row", () => {
  assert.deepEqual(places(packSpans(spans([0, null], [5, 6]))), [0, 1]);
});

test("spans without a length, at one moment, lie side by side", () => {
  assert.equal(packSpans(spans([1, 1], [1, 1])).rowCount, 2);
});

test("there are never fewer rows than spans at one moment, nor more", () => {
  const many = Array.from({ length: 60 }, (_, n) => [(n * 7919) % 97, ((n * 7919) % 97) + 1 + ((n * 31) % 13)]);
  const most = Math.max(...many.map(([at]) => many.filter(([start, end]) => start <= at && at < end).length));
  assert.equal(packSpans(spans(...many)).rowCount, most);
});

test("packing leaves the spans in their order", () => {
  const given = spans([5, 6], [0, 1]);
  packSpans(given);
  assert.deepEqual(given.map(({ number }) => number), [0, 1]);
});

test("nothing has one row", () => {
  assert.equal(packSpans([]).rowCount, 1);
});

test("four parameters are usual: the named ones first, as far as they vary, and the quality's index", () => {
  const labels = ["a", "b", "c", "d", "e", "f"].map((label) => ["parameter", label]);
  const log = logOf([...labels, ["score", "quality_index"], ["score", "noise"], ["signal", "joy"]], {
    0: [0, 1],
    1: [0, 1],
    2: [3, 3],
    3: [0, 1],
    4: [0, 1],
    5: [0, 1],
  }, ["f", "c", "d"]);
  assert.deepEqual([...defaultLanes(log)], [5, 3, 0, 1, 6]);
});

test("where no parameter varies, the first are drawn all the same", () => {
  assert.deepEqual([...defaultLanes(logOf([["parameter", "a"], ["parameter", "b"]], { 0: [1, 1] }))], [0, 1]);
});

test("rows stand below each other: sound, parameters, signals by name, states, scores", () => {
  const signals = [["signal", "joy"], ["signal", "anger"]];
  const log = logOf([["score", "s"], ["state", "engagement"], ...signals, ["parameter", "p"]]);
  log.waveform = { start: 0, end: 1, low: [], high: [], loudest: 1 };
  log.add(["span", 0, 2, "joy", "#000000", 0, 5, 1, "", true]);
  log.add(["span", 1, 2, "joy", "#000000", 1, 2, 1, "", true]);
  const { rows, height } = layOutRows(log, new Set([0, 4]));
  assert.deepEqual(rows.map((row) => row.lane?.label ?? "sound"), ["sound", "p", "anger", "joy", "engagement", "s"]);
  assert.equal(rows[0].y, RULER_HEIGHT_PX);
  rows.slice(1).forEach((row, n) => assert.equal(row.y, rows[n].y + rows[n].height + 4));
  assert.equal(rows[3].height, 2 * ROW_HEIGHT_PX.signal);
  assert.equal(height, rows[5].y + ROW_HEIGHT_PX.score + 8);
});

test("a parameter that is not shown has no row; marks have a line of their own", () => {
  const log = logOf([["parameter", "p"]]);
  assert.deepEqual(layOutRows(log, new Set()), { rows: [], height: RULER_HEIGHT_PX + 40 });
  const before = layOutRows(log, new Set([0])).height;
  log.add(["mark", "stall", 1, 1, ""]);
  assert.equal(layOutRows(log, new Set([0])).height, before + 10);
});
