// Play, pause and seek: of a replay while it is followed, of the page's own playhead else.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Playback } from "../../../emotoolkit/views/browser/playback.js";
import { Playhead } from "../../../emotoolkit/views/browser/playhead.js";
import { Log } from "../../../emotoolkit/views/browser/view_log.js";

function playing(now, answer = {}) {
  const log = new Log(() => 0);
  const usual = { position: 4, speed: 1, state: "playing", duration: 30, live: true, steered: true, door: "here" };
  log.setNow({ ...usual, ...now });
  const calls = [];
  const steer = async (call, door) => {
    calls.push([call, door]);
    if (answer instanceof Error) throw answer;
    return { answer };
  };
  const told = [];
  const shows = { bar() {}, cursor() {}, changed() {}, tell: (text) => told.push(text) };
  const playback = new Playback({ steer }, log, new Playhead(30, () => 0), shows);
  playback.update();
  return { playback, log, calls, told };
}

test("a replay under way is followed from the beginning, one that is over is not", () => {
  assert.equal(playing({}).playback.live, true);
  assert.equal(playing({ state: "ended" }).playback.live, false);
  assert.equal(playing({ live: false }).playback.live, false);
});

test("a replay that ends is followed no more", () => {
  const { playback, log } = playing({});
  playback.playhead.play();
  log.setNow({ ...log.now, state: "ended" });
  playback.update();
  assert.deepEqual([playback.live, playback.playing], [false, false]);
});

test("a followed replay is paused, which shows before it is answered", async () => {
  const { playback, log, calls } = playing({}, { now: { state: "paused", position: 4.5 } });
  playback.toggle();
  assert.equal(log.now.state, "paused");
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(calls, [[{ do: "pause" }, "here"]]);
  assert.deepEqual([log.now.position, log.now.duration], [4.5, 30]);
});

test("a replay that is ready or held is played", () => {
  for (const state of ["ready", "paused"]) {
    const { playback, calls } = playing({ state });
    playback.toggle();
    assert.deepEqual(calls[0][0], { do: "play" });
  }
});

test("what happens now can be started, but not held", () => {
  const { playback, calls } = playing({ steered: false });
  assert.equal(playback.usable, false);
  playback.toggle();
  assert.deepEqual(calls, []);
  assert.equal(playing({ steered: false, state: "ready" }).playback.usable, true);
});

test("who scrubs does not follow any more, and steers the playhead alone", () => {
  const { playback, calls } = playing({});
  playback.scrub(12);
  assert.deepEqual([playback.live, playback.playhead.time], [false, 12]);
  playback.toggle();
  assert.equal(playback.playing, true);
  playback.toggle();
  assert.equal(playback.playing, false);
  assert.deepEqual(calls, []);
});

test("at its end, the playhead begins anew", () => {
  const { playback } = playing({ state: "ended" });
  playback.scrub(29.99);
  playback.toggle();
  assert.deepEqual([playback.playhead.time, playback.playing], [0, true]);
});

test("the replay is sent again from the cursor on, and followed", () => {
  const { playback, calls } = playing({});
  playback.scrub(12);
  playback.replayFromHere();
  assert.equal(playback.live, true);
  assert.deepEqual(calls[0][0], { do: "seek", to: 12 });
});

test("what was refused is said, and so is a kernel that is gone", async () => {
  const refused = playing({}, { error: "it has ended" });
  await refused.playback.command({ do: "play" });
  assert.deepEqual(refused.told, ["it has ended"]);
  const gone = playing({}, new Error("gone"));
  await gone.playback.command({ do: "play" });
  assert.equal(gone.log.trouble, "gone");
});
