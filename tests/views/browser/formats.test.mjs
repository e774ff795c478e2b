// Times, numbers and descriptions as a reader sees them.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  formatClock,
  describe,
  fitText,
  contrastColour,
  formatNumber,
  formatStretch,
} from "../../../emotoolkit/views/browser/formats.js";

test("seconds are written as minutes, and as hours where there are any", () => {
  assert.equal(formatClock(0), "0:00");
  assert.equal(formatClock(61.4), "1:01");
  assert.equal(formatClock(3725), "1:02:05");
  assert.equal(formatClock(5.25, 2), "0:05.25");
  assert.equal(formatClock(65, 1), "1:05.0");
});

test("what is rounded up is carried over", () => {
  assert.equal(formatClock(59.96, 1), "1:00.0");
  assert.equal(formatClock(59.94, 1), "0:59.9");
  assert.equal(formatClock(3599.7), "1:00:00");
});

test("numbers have three significant digits, large ones all before the point", () => {
  assert.equal(formatNumber(0.123456), "0.123");
  assert.equal(formatNumber(12.0), "12");
  assert.equal(formatNumber(-0.5), "-0.5");
  assert.equal(formatNumber(1234.5678), "1235");
});

test("a text is shortened to its width, by whole characters", () => {
  const context = { measureText: (text) => ({ width: 10 * [...text].length }) };
  assert.equal(fitText(context, "joy", 30), "joy");
  assert.equal(fitText(context, "confusion", 50), "conf…");
  assert.equal(fitText(context, "😀😀😀😀", 30), "😀😀…");
  assert.equal(fitText(context, "confusion", 5), "…");
});

test("on a light colour the text is black, on a dark one white", () => {
  assert.equal(contrastColour("#ffffff"), "#000");
  assert.equal(contrastColour("#ffff00"), "#000");
  assert.equal(contrastColour("#1976d2"), "#fff");
  assert.equal(contrastColour("#000080"), "#fff");
});

test("a stretch is written as far as it is known", () => {
  assert.equal(formatStretch({ start: 1, end: 2.25 }), "0:01.0–0:02.3");
  assert.equal(formatStretch({ start: 1, end: null }), "0:01.0");
  assert.equal(formatStretch({}), "");
});

test("a span is describe with its probability, a message and a mark without", () => {
  const span = { label: "interest", lane: 2, strength: 2 / 3, start: 1, end: 4, text: "leaned in" };
  assert.equal(describe(span), "interest · medium probability · 0:01.0–0:04.0 · leaned in");
  assert.equal(describe({ ...span, strength: null, end: null }), "interest · 0:01.0 · leaned in");
  const message = { kind: "signal.ended", start: null, end: 4, text: "" };
  assert.equal(describe(message), "signal.ended · 0:04.0");
  assert.equal(describe({ kind: "gap", start: 1, end: 2, text: "no face" }), "gap · 0:01.0–0:02.0 · no face");
});
