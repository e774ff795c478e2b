// Where the reader looks: the playhead's own clock, the media element's, and how it goes with a replay.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Playhead, rateFor } from "../../../emotoolkit/views/browser/playhead.js";

const near = (one, other) => assert.ok(Math.abs(one - other) < 1e-9, `${one} is not ${other}`);

function counting(duration = 10) {
  const time = { ms: 5000 };
  return { time, playhead: new Playhead(duration, () => time.ms) };
}

function replay(position, status) {
  return { status: { state: "playing", speed: 1, ...status }, position: () => position };
}

class Element extends EventTarget {
  currentTime = 0;
  duration = 10;
  readyState = 1;
  paused = true;
  ended = false;
  seeking = false;
  muted = false;
  playbackRate = 1;
  refuses = 0;

  async play() {
    if (this.refuses-- > 0) throw new DOMException("not yet", "NotAllowedError");
    this.paused = false;
  }

  pause() {
    this.paused = true;
  }
}

test("without a medium, a clock counts while it plays", () => {
  const { time, playhead } = counting();
  time.ms += 1000;
  assert.equal(playhead.time, 0);
  playhead.play();
  time.ms += 2500;
  assert.equal(playhead.time, 2.5);
  playhead.pause();
  time.ms += 1000;
  assert.equal(playhead.time, 2.5);
});

test("at the end it stops, and starts again", () => {
  const { time, playhead } = counting();
  playhead.play();
  time.ms += 11000;
  assert.deepEqual([playhead.time, playhead.playing], [10, false]);
  playhead.play();
  assert.deepEqual([playhead.time, playhead.playing], [0, true]);
});

test("another rate counts from where it is", () => {
  const { time, playhead } = counting();
  playhead.play();
  time.ms += 2000;
  playhead.rate = 2;
  time.ms += 1500;
  assert.equal(playhead.time, 5);
});

test("nothing is sought outside the medium", () => {
  const { playhead } = counting();
  playhead.seek(-3);
  assert.equal(playhead.time, 0);
  playhead.seek(99);
  assert.equal(playhead.time, 10);
});

test("a medium takes over where the clock is, and the clock where the medium was", () => {
  const { time, playhead } = counting();
  playhead.seek(4);
  playhead.play();
  const element = new Element();
  playhead.attach(element);
  assert.deepEqual([element.currentTime, element.paused], [4, false]);
  element.currentTime = 6;
  playhead.detach();
  time.ms += 1000;
  assert.deepEqual([playhead.time, playhead.playing], [7, true]);
});

test("a medium that knows nothing of itself yet is sought when it does", () => {
  const { playhead } = counting();
  const element = new Element();
  element.readyState = 0;
  playhead.seek(9);
  playhead.attach(element);
  assert.deepEqual([element.currentTime, playhead.time], [0, 9]);
  element.duration = 8;
  element.dispatchEvent(new Event("loadedmetadata"));
  assert.deepEqual([element.currentTime, playhead.time], [8, 8]);
});

test("where nothing may sound yet, it plays without sound", async () => {
  const { playhead } = counting();
  const element = new Element();
  element.refuses = 1;
  playhead.attach(element);
  await playhead.play();
  assert.deepEqual([element.muted, element.paused], [true, false]);
});

test("the rate differs from the replay's speed by a tenth at most", () => {
  near(rateFor(1, 0), 1);
  near(rateFor(1, 0.1), 1.05);
  near(rateFor(2, -0.1), 1.9);
  near(rateFor(1, 9), 1.1);
  near(rateFor(1, -9), 0.9);
});

test("a browser is given no rate that it does not play", () => {
  const { playhead } = counting();
  const element = new Element();
  playhead.attach(element);
  playhead.rate = 20;
  assert.equal(element.playbackRate, 16);
  playhead.rate = 0.001;
  assert.equal(element.playbackRate, 0.0625);
});

test("near the replay it is seekable, far from it sought", () => {
  const { playhead } = counting();
  const element = new Element();
  playhead.attach(element);
  playhead.follow(replay(0.2));
  assert.equal(element.currentTime, 0);
  near(element.playbackRate, 1.1);
  assert.equal(element.paused, false);
  playhead.follow(replay(5));
  assert.equal(element.currentTime, 5);
});

test("what is being sought is left alone", () => {
  const { playhead } = counting();
  const element = new Element();
  playhead.attach(element);
  element.seeking = true;
  playhead.follow(replay(5));
  assert.deepEqual([element.currentTime, element.paused], [0, true]);
});

test("a replay that is held, or too fast for a browser, holds the playhead at its side", () => {
  for (const status of [{ state: "paused" }, { speed: null }, { speed: 17 }]) {
    const { playhead } = counting();
    playhead.play();
    playhead.follow(replay(3, status));
    assert.deepEqual([playhead.time, playhead.playing], [3, false]);
  }
});
