// What the keys do.
import assert from "node:assert/strict";
import { test } from "node:test";

import { actionFor } from "../../../emotoolkit/views/browser/keyboard.js";

function pressed(key, more = {}) {
  const done = [];
  const acts = new Proxy({}, { get: (_, name) => (...given) => done.push([name, ...given]) });
  actionFor(acts, { key, shiftKey: false, onAxis: false, onButton: false, ...more })?.();
  return done[0] ?? null;
}

test("each key has its act", () => {
  const acts = {
    " ": ["toggle"],
    ArrowLeft: ["step", -1],
    ArrowRight: ["step", 1],
    Home: ["toStart"],
    End: ["toEnd"],
    "[": ["selectTo", "start"],
    "]": ["selectTo", "end"],
    f: ["follow"],
    "+": ["zoomIn"],
    "-": ["zoomOut"],
    0: ["showAll"],
    Escape: ["selectNothing"],
  };
  for (const [key, act] of Object.entries(acts)) assert.deepEqual(pressed(key), act, key);
});

test("with shift, the arrows pan", () => {
  assert.deepEqual(pressed("ArrowLeft", { shiftKey: true }), ["pan", -0.2]);
  assert.deepEqual(pressed("ArrowRight", { shiftKey: true }), ["pan", 0.2]);
});

test("up and down are the slider's alone", () => {
  assert.deepEqual(pressed("ArrowUp", { onAxis: true }), ["step", 1]);
  assert.deepEqual(pressed("ArrowDown", { onAxis: true }), ["step", -1]);
  assert.equal(pressed("ArrowUp"), null);
});

test("the space bar on a button is the button's", () => {
  assert.equal(pressed(" ", { onButton: true }), null);
  assert.deepEqual(pressed("f", { onButton: true }), ["follow"]);
});

test("other keys are the page's", () => {
  for (const key of ["a", "Enter", "Tab", "toString", "constructor"]) assert.equal(pressed(key), null);
});
