// The page's copy of the kernel's log, and the replay's position between two answers.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Log } from "../../../emotoolkit/views/browser/view_log.js";

const playing = { position: 0, speed: 1, state: "playing", duration: 30, accepts_commands: true };
const status = (more = {}) => ({ ...playing, ...more });
const answer = (from, entries, more) => ({ from, entries, status_key: "s", status: status(more) });
const message = (text) => ["message", "interhuman", "signal.detected", 1, null, 2.5, text];

test("entries that are known already are skipped", () => {
  const log = new Log(() => 0);
  log.addAnswer(answer(0, [message("a"), message("b")]));
  log.addAnswer(answer(1, [message("b"), message("c")]));
  log.addAnswer(answer(0, [message("a")]));
  assert.deepEqual(log.messages.map(({ text }) => text), ["a", "b", "c"]);
  assert.equal(log.entryCount, 3);
});

test("a message keeps its fields", () => {
  const log = new Log(() => 0);
  log.add(message("nodded"));
  assert.deepEqual(log.messages, [
    { api: "interhuman", kind: "signal.detected", start: 1, end: null, received: 2.5, text: "nodded" },
  ]);
});

test("a span that changes replaces itself, in its place", () => {
  const log = new Log(() => 0);
  log.add(["span", 0, 3, "joy", "#ff0000", 1, null, 0.5, "", false]);
  log.add(["span", 1, 3, "joy", "#ff0000", 6, null, null, "", false]);
  log.add(["span", 0, 3, "joy", "#ff0000", 1, 4, 1, "smiled", true]);
  const [first, second] = log.spans.get(3).values();
  assert.deepEqual([first.number, first.end, first.text, first.closed], [0, 4, "smiled", true]);
  assert.deepEqual([second.number, second.end], [1, null]);
});

test("a score is named so that no parameter is taken for it", () => {
  const log = new Log(() => 0);
  log.add(["lane", 0, "interhuman", "score", "energy", "#000000", ""]);
  log.add(["lane", 1, "emotion_logic", "parameter", "energy", "#000000", "%"]);
  assert.deepEqual(log.lanes.map(({ name }) => name), ["quality: energy", "energy"]);
});

test("values widen the range of their lane", () => {
  const log = new Log(() => 0);
  log.add(["values", 0, 2, 0, [[5, 3], [6, -1]]]);
  log.add(["values", 2, 4, 0, [[5, 1]]]);
  assert.deepEqual(log.ranges.get(5), [1, 3]);
  assert.deepEqual(log.ranges.get(6), [-1, -1]);
});

test("a value is found at its moment, of the first channel", () => {
  const log = new Log(() => 0);
  log.add(["values", 0, 2, 1, [[5, 30]]]);
  log.add(["values", 0, 2, 0, [[5, 10]]]);
  log.add(["values", 2, 4, 1, [[5, 40]]]);
  assert.equal(log.valueAt(5, 0), 10);
  assert.equal(log.valueAt(5, 2), 40);
  assert.equal(log.valueAt(5, 4), null);
  assert.equal(log.valueAt(7, 0), null);
});

test("the axis ends where the last of all ends", () => {
  const log = new Log(() => 0);
  log.setStatus(status({ duration: 10 }));
  assert.equal(log.end, 10);
  log.add(["mark", "gap", 11, 12, "no face"]);
  log.add(["span", 0, 3, "joy", "#ff0000", 14, null, 1, "", false]);
  assert.deepEqual([log.end, log.duration], [14, 10]);
});

test("an entry of an unknown kind is skipped", () => {
  const log = new Log(() => 0);
  log.addAnswer(answer(0, [["unknown", 1], message("a")]));
  assert.deepEqual([log.entryCount, log.messages.length], [2, 1]);
});

test("between two answers, the replay goes on at its speed, and not past its end", () => {
  let ms = 1000;
  const log = new Log(() => ms);
  assert.equal(log.position(), 0);
  log.setStatus(status({ position: 4, speed: 2 }));
  ms += 1500;
  assert.equal(log.position(), 7);
  ms += 60000;
  assert.equal(log.position(), 30);
});

test("what is held, or goes as fast as it can, is where it was", () => {
  let ms = 0;
  const log = new Log(() => ms);
  for (const state of [{ state: "paused" }, { speed: null }, { state: "ended" }]) {
    log.setStatus(status({ position: 4, ...state }));
    ms += 1000;
    assert.equal(log.position(), 4);
  }
});

test("a replay is under way from its start to its end", () => {
  const log = new Log(() => 0);
  assert.equal(log.running, false);
  const under = [["ready", true], ["playing", true], ["paused", true], ["ended", false]];
  for (const [state, expected] of under) {
    log.setStatus(status({ state }));
    assert.equal(log.running, expected);
  }
  log.setStatus(status({ accepts_commands: false }));
  assert.equal(log.running, false);
});
