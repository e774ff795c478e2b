// Play, pause and seek: of a replay while it is followed, of the page's own playhead else.
import assert from "node:assert/strict";
import { test } from "node:test";

import { Playback } from "../../../emotoolkit/views/browser/playback.js";
import { Playhead } from "../../../emotoolkit/views/browser/playhead.js";
import { Log } from "../../../emotoolkit/views/browser/view_log.js";

function playing(status, answer = {}) {
  const log = new Log(() => 0);
  const usual = { position: 4, speed: 1, state: "playing", duration: 30, accepts_commands: true, seekable: true };
  log.setStatus({ ...usual, control_url: "here", ...status });
  const calls = [];
  const sendCommand = async (call, url) => {
    calls.push([call, url]);
    if (answer instanceof Error) throw answer;
    return { answer };
  };
  const shown = [];
  const shows = { bar() {}, cursor() {}, changed() {}, showText: (text) => shown.push(text) };
  const playback = new Playback({ sendCommand }, log, new Playhead(30, () => 0), shows);
  playback.update();
  return { playback, log, calls, shown };
}

test("a replay under way is followed from the beginning, one that is over is not", () => {
  assert.equal(playing({}).playback.followsReplay, true);
  assert.equal(playing({ state: "ended" }).playback.followsReplay, false);
  assert.equal(playing({ accepts_commands: false }).playback.followsReplay, false);
});

test("a replay that ends is followed no more", () => {
  const { playback, log } = playing({});
  playback.playhead.play();
  log.setStatus({ ...log.status, state: "ended" });
  playback.update();
  assert.deepEqual([playback.followsReplay, playback.playing], [false, false]);
});

test("a followed replay is paused, which shows before it is answered", async () => {
  const { playback, log, calls } = playing({}, { status: { state: "paused", position: 4.5 } });
  playback.toggle();
  assert.equal(log.status.state, "paused");
  await Promise.resolve();
  await Promise.resolve();
  assert.deepEqual(calls, [[{ do: "pause" }, "here"]]);
  assert.deepEqual([log.status.position, log.status.duration], [4.5, 30]);
});

test("a replay that is ready or held is played", () => {
  for (const state of ["ready", "paused"]) {
    const { playback, calls } = playing({ state });
    playback.toggle();
    assert.deepEqual(calls[0][0], { do: "play" });
  }
});

test("what happens status can be started, but not held", () => {
  const { playback, calls } = playing({ seekable: false });
  assert.equal(playback.canToggle, false);
  playback.toggle();
  assert.deepEqual(calls, []);
  assert.equal(playing({ seekable: false, state: "ready" }).playback.canToggle, true);
});

test("a scrub ends following, and moves the playhead only", () => {
  const { playback, calls } = playing({});
  playback.scrub(12);
  assert.deepEqual([playback.followsReplay, playback.playhead.time], [false, 12]);
  playback.toggle();
  assert.equal(playback.playing, true);
  playback.toggle();
  assert.equal(playback.playing, false);
  assert.deepEqual(calls, []);
});

test("at its end, the playhead starts again", () => {
  const { playback } = playing({ state: "ended" });
  playback.scrub(29.99);
  playback.toggle();
  assert.deepEqual([playback.playhead.time, playback.playing], [0, true]);
});

test("the replay is sent again from the cursor on, and followed", () => {
  const { playback, calls } = playing({});
  playback.scrub(12);
  playback.replayFromHere();
  assert.equal(playback.followsReplay, true);
  assert.deepEqual(calls[0][0], { do: "seek", to: 12 });
});

test("a refusal is shown, and so is a kernel that does not answer", async () => {
  const refused = playing({}, { error: "it has ended" });
  await refused.playback.command({ do: "play" });
  assert.deepEqual(refused.shown, ["it has ended"]);
  const gone = playing({}, new Error("gone"));
  await gone.playback.command({ do: "play" });
  assert.equal(gone.log.error, "gone");
});
