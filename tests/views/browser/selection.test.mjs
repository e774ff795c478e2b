// The stretch that is selected, and who may change it.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Selection, between, withEnd } from "../../../emotoolkit/views/browser/selection.js";

function selecting(answer) {
  const calls = [];
  const log = { error: "" };
  let drawn = 0;
  const ask = async (call) => {
    calls.push(call);
    if (answer instanceof Error) throw answer;
    return { answer, data: null };
  };
  const selection = new Selection({ ask }, log, () => drawn++);
  return { selection, calls, log, drawn: () => drawn };
}

test("a stretch begins where it begins, whichever way it was drawn", () => {
  assert.deepEqual(between(5, 2), { start: 2, end: 5 });
  assert.deepEqual(between(2, 5), { start: 2, end: 5 });
});

test("an end is moved; the other gives way where it must", () => {
  assert.deepEqual(withEnd({ start: 2, end: 5 }, "start", 3, 30), { start: 3, end: 5 });
  assert.deepEqual(withEnd({ start: 2, end: 5 }, "start", 7, 30), { start: 7, end: 7 });
  assert.deepEqual(withEnd({ start: 2, end: 5 }, "end", 1, 30), { start: 1, end: 1 });
});

test("without a stretch, an end is moved of all there is", () => {
  assert.deepEqual(withEnd(null, "start", 3, 30), { start: 3, end: 30 });
  assert.deepEqual(withEnd(null, "end", 3, 30), { start: 0, end: 3 });
});

test("a selection is drawn at once, and sent to the kernel", async () => {
  const { selection, calls, drawn } = selecting({ selection_count: 4 });
  const asked = selection.select({ start: 1, end: 2 });
  assert.deepEqual([selection.stretch, drawn()], [{ start: 1, end: 2 }, 1]);
  await asked;
  await selection.select(null);
  assert.deepEqual(calls, [{ do: "select", start: 1, end: 2 }, { do: "select" }]);
  assert.equal(selection.count, 4);
});

test("an error of the kernel is shown", async () => {
  const { selection, log } = selecting(new Error("gone"));
  await selection.select(null);
  assert.equal(log.error, "gone");
});

test("what was selected elsewhere is taken over once, and not under the reader's hand", () => {
  const { selection } = selecting({});
  selection.drag({ start: 8, end: 9 });
  selection.update({ selection: [1, 2], selection_count: 1 });
  assert.deepEqual(selection.stretch, { start: 8, end: 9 });
  selection.endDrag();
  selection.update({ selection: [1, 2], selection_count: 1 });
  assert.deepEqual(selection.stretch, { start: 1, end: 2 });
  selection.stretch = { start: 5, end: 6 };
  selection.update({ selection: [1, 2], selection_count: 1 });
  assert.deepEqual(selection.stretch, { start: 5, end: 6 });
  selection.update({ selection: null, selection_count: 2 });
  assert.equal(selection.stretch, null);
});
