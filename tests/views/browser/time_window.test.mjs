// The stretch of media time that is shown: where a moment is drawn, zoom and pan.
import assert from "node:assert/strict";
import { test } from "node:test";

import { GUTTER_PX, TimeWindow } from "../../../emotoolkit/views/browser/time_window.js";

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

function shown(end = 100, from = 0, to = end) {
  const window = new TimeWindow(() => end, 1150);
  window.show(from, to - from);
  return window;
}

test("at first all is shown", () => {
  const window = new TimeWindow(() => 32);
  assert.deepEqual([window.from, window.to, window.showsAll], [0, 32, true]);
});

test("a moment and its place belong to each other", () => {
  const window = shown(100, 20, 40);
  near(window.x(20), GUTTER_PX);
  near(window.x(40), 1150);
  for (const moment of [20, 23.7, 31, 40]) near(window.moment(window.x(moment)), moment);
});

test("a place beside the window is its nearest end", () => {
  const window = shown(100, 20, 40);
  near(window.moment(0), 20);
  near(window.moment(5000), 40);
});

test("a moment stays where it is when zoomed around", () => {
  const window = shown();
  const before = window.x(30);
  window.zoom(0.5, 30);
  near(window.length, 50);
  near(window.x(30), before);
  assert.equal(window.showsAll, false);
});

test("no more is shown than there is, and no less than half a second", () => {
  const window = shown();
  for (let n = 0; n < 20; n++) window.zoom(0.5, 99.9);
  near(window.length, 0.5);
  assert.ok(window.from >= 0 && window.to <= 100);
  for (let n = 0; n < 20; n++) window.zoom(2, 3);
  assert.deepEqual([window.from, window.to, window.showsAll], [0, 100, true]);
});

test("a medium shorter than half a second is shown whole", () => {
  const window = shown(0.3);
  window.zoom(0.5, 0.1);
  assert.deepEqual([window.from, window.to, window.showsAll], [0, 0.3, true]);
});

test("panning ends where there is no more", () => {
  const window = shown(100, 20, 40);
  window.pan(0.5);
  assert.deepEqual([window.from, window.to], [30, 50]);
  window.pan(-10);
  assert.deepEqual([window.from, window.to], [0, 20]);
  window.pan(10);
  assert.deepEqual([window.from, window.to], [80, 100]);
});

test("all follows an end that moves", () => {
  let end = 10;
  const window = new TimeWindow(() => end);
  end = 25;
  window.showAll();
  assert.deepEqual([window.from, window.to], [0, 25]);
});
