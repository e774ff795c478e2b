// Which lines of the list of messages exist, and where the keys go.
import assert from "node:assert/strict";
import { test } from "node:test";

import { visibleLines, stepLine } from "../../../emotoolkit/views/browser/messages.js";

test("of ten thousand messages, only those in sight are drawn", () => {
  assert.deepEqual(visibleLines(100_000, 160, 10_000), { first: 4998, last: 5010 });
  assert.deepEqual(visibleLines(0, 160, 10_000), { first: 0, last: 12 });
  assert.deepEqual(visibleLines(0, 160, 3), { first: 0, last: 3 });
});

test("every line in sight is among them, however it is scrolled", () => {
  for (let top = 0; top < 400; top += 7) {
    const { first, last } = visibleLines(top, 160, 1000);
    assert.ok(first * 20 <= top && last * 20 >= top + 160);
  }
});

test("the keys go no farther than there are lines", () => {
  assert.equal(stepLine(-1, 1, 9), 0);
  assert.equal(stepLine(3, -7, 9), 0);
  assert.equal(stepLine(5, 7, 9), 8);
});
