// Chunks on their way to Python: none is lost, and never too many are under way.
import assert from "node:assert/strict";
import { test } from "node:test";

import { ChunkQueue } from "../../../../emotoolkit/media/capture/browser/chunk_queue.js";

const chunk = (text) => new TextEncoder().encode(text).buffer;
const number = (bytes) => new DataView(bytes.buffer).getUint32(0);

function queued(count) {
  const queue = new ChunkQueue();
  for (let n = 0; n < count; n++) queue.push(chunk("abc"));
  return queue;
}

function sent(queue, most = Infinity) {
  const numbers = [];
  while (queue.next && numbers.length < most) {
    numbers.push(number(queue.next));
    queue.sent++;
  }
  return numbers;
}

test("a chunk has its number in front of it", () => {
  const queue = queued(2);
  queue.sent = 1;
  assert.equal(number(queue.next), 1);
  assert.equal(new TextDecoder().decode(queue.next.subarray(4)), "abc");
  assert.equal(queue.bytes, 14);
});

test("forty chunks are on their way at most", () => {
  const queue = queued(50);
  assert.equal(sent(queue).length, 40);
  queue.acknowledge(3);
  assert.deepEqual(sent(queue), [40, 41, 42]);
});

test("what is acknowledged waits no more", () => {
  const queue = queued(5);
  sent(queue);
  queue.acknowledge(3);
  assert.deepEqual([queue.waiting.length, queue.bytes, queue.have], [2, 14, 3]);
  queue.acknowledge(2);
  assert.deepEqual([queue.waiting.length, queue.have], [2, 3]);
});

test("over a new connection, everything is sent again that was not acknowledged", () => {
  const queue = queued(6);
  sent(queue);
  queue.acknowledge(2);
  queue.rewind();
  assert.deepEqual(sent(queue), [2, 3, 4, 5]);
});

test("what Python has is not sent again, also where this page knew nothing of it", () => {
  const queue = queued(6);
  sent(queue, 3);
  queue.acknowledge(5);
  assert.deepEqual(sent(queue), [5]);
});

test("all is there when the last is acknowledged", () => {
  const queue = queued(2);
  sent(queue);
  queue.acknowledge(2);
  assert.equal(queue.complete, false);
  queue.end();
  assert.equal(queue.complete, true);
});

test("a recording without a chunk is complete at its end", () => {
  const queue = new ChunkQueue();
  queue.end();
  assert.equal(queue.complete, true);
});

test("a queue that was cleared has nothing to send", () => {
  const queue = queued(3);
  queue.clear();
  assert.deepEqual([queue.next, queue.bytes], [null, 0]);
});
