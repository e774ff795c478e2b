// Times, numbers and descriptions as a reader sees them.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  clock,
  described,
  fitted,
  readable,
  shortNumber,
  spelledStretch,
} from "../../../emotoolkit/views/browser/formats.js";

test("seconds are written as minutes, and as hours where there are any", () => {
  assert.equal(clock(0), "0:00");
  assert.equal(clock(61.4), "1:01");
  assert.equal(clock(3725), "1:02:05");
  assert.equal(clock(5.25, 2), "0:05.25");
  assert.equal(clock(65, 1), "1:05.0");
});

test("what is rounded up is carried over", () => {
  assert.equal(clock(59.96, 1), "1:00.0");
  assert.equal(clock(59.94, 1), "0:59.9");
  assert.equal(clock(3599.7), "1:00:00");
});

test("numbers have three significant digits, large ones all before the point", () => {
  assert.equal(shortNumber(0.123456), "0.123");
  assert.equal(shortNumber(12.0), "12");
  assert.equal(shortNumber(-0.5), "-0.5");
  assert.equal(shortNumber(1234.5678), "1235");
});

test("a text is shortened to its width, by whole characters", () => {
  const pen = { measureText: (text) => ({ width: 10 * [...text].length }) };
  assert.equal(fitted(pen, "joy", 30), "joy");
  assert.equal(fitted(pen, "confusion", 50), "conf…");
  assert.equal(fitted(pen, "😀😀😀😀", 30), "😀😀…");
  assert.equal(fitted(pen, "confusion", 5), "…");
});

test("on a light colour the text is black, on a dark one white", () => {
  assert.equal(readable("#ffffff"), "#000");
  assert.equal(readable("#ffff00"), "#000");
  assert.equal(readable("#1976d2"), "#fff");
  assert.equal(readable("#000080"), "#fff");
});

test("a stretch is written as far as it is known", () => {
  assert.equal(spelledStretch({ start: 1, end: 2.25 }), "0:01.0–0:02.3");
  assert.equal(spelledStretch({ start: 1, end: null }), "0:01.0");
  assert.equal(spelledStretch({}), "");
});

test("a span is described with its probability, a message and a mark without", () => {
  const span = { label: "interest", lane: 2, strength: 2 / 3, start: 1, end: 4, text: "leaned in" };
  assert.equal(described(span), "interest · medium probability · 0:01.0–0:04.0 · leaned in");
  assert.equal(described({ ...span, strength: null, end: null }), "interest · 0:01.0 · leaned in");
  const message = { name: "signal.ended", start: null, end: 4, text: "" };
  assert.equal(described(message), "signal.ended · 0:04.0");
  assert.equal(described({ sort: "gap", start: 1, end: 2, text: "no face" }), "gap · 0:01.0–0:02.0 · no face");
});
