// The ruler's steps, the waveform's height, and the numbers at the cursor.
import assert from "node:assert/strict";
import { test } from "node:test";

import { formatReading } from "../../../emotoolkit/views/browser/numbers.js";
import { rulerStep } from "../../../emotoolkit/views/browser/row_drawing.js";
import { Timeline } from "../../../emotoolkit/views/browser/timeline.js";
import { Log } from "../../../emotoolkit/views/browser/view_log.js";
import { Waveform, loudest } from "../../../emotoolkit/views/browser/waveform.js";

test("the ruler has a tick for each 90 px at most, of a length that reads well", () => {
  assert.equal(rulerStep(32, 900), 5);
  assert.equal(rulerStep(0.5, 900), 0.1);
  assert.equal(rulerStep(7200, 450), 1800);
  assert.equal(rulerStep(100, 10), 60);
});

test("beyond all steps, the ruler is divided evenly", () => {
  assert.equal(rulerStep(1_000_000, 180), 500_000);
});

test("the loudest is the farthest from silence, on either side, and never nothing", () => {
  assert.equal(loudest({ low: [-0.2, -0.7], high: [0.5, 0.1] }), 0.7);
  assert.equal(loudest({ low: [-0.2], high: [0.5] }), 0.5);
  assert.equal(loudest({ low: [0], high: [0] }), 0.01);
  assert.equal(loudest({ low: [], high: [] }), 0.01);
});

test("a number has its unit, where that is short", () => {
  assert.equal(formatReading(null, "Hz"), "–");
  assert.equal(formatReading(123.456, "Hz"), "123 Hz");
  assert.equal(formatReading(1, "share of the segment"), "1 ");
});

test("under the pointer is what was drawn last there", () => {
  const timeline = new Timeline({}, new Log(() => 0));
  const box = (x, item) => ({ x, y: 30, width: 10, height: 10, item });
  timeline.boxes = [box(200, "first"), box(205, "second")];
  assert.equal(timeline.hit(207, 35), "second");
  assert.equal(timeline.hit(201, 35), "first");
  assert.equal(timeline.hit(216, 40), "second");
  assert.equal(timeline.hit(207, 41), null);
});

test("of the waveforms that were asked for, the last is kept, whichever comes last", async () => {
  const answers = [];
  const calls = { ask: () => new Promise((resolve) => answers.push(resolve)) };
  const log = new Log(() => 0);
  const window = { from: 0, to: 30, width: 100 };
  const waveform = new Waveform(calls, log, window, () => {});
  const asked = [waveform.request()];
  window.to = 10;
  asked.push(waveform.request());
  answers[1]({ answer: { low: [-1], high: [0.5] } });
  answers[0]({ answer: { low: [-0.1], high: [0.1] } });
  await Promise.all(asked);
  assert.equal(log.waveform.loudest, 1);
});
