// Constraints for the browser, level, options of its encoder, and the view's buttons.
import assert from "node:assert/strict";
import { test } from "node:test";

import { constraintsOf, deviceNames, loudness } from "../../../../emotoolkit/media/capture/browser/devices.js";
import { optionsOf, videoRate } from "../../../../emotoolkit/media/capture/browser/encoding.js";
import { disabled, elapsed } from "../../../../emotoolkit/media/capture/browser/recorder_view.js";

const REQUEST = { pictures: true, channels: 1, rate: 30, width: 640, height: 480 };
const USUAL = { camera: "", microphone: "" };

test("the voice is asked for as it is, without what improves calls", () => {
  const { audio } = constraintsOf(REQUEST, USUAL);
  assert.deepEqual(audio, {
    channelCount: { ideal: 1 },
    echoCancellation: false,
    noiseSuppression: false,
    autoGainControl: false,
  });
});

test("a device that was chosen is asked for, and no other", () => {
  const { video, audio } = constraintsOf(REQUEST, { camera: "c", microphone: "m" });
  assert.deepEqual([video.deviceId, audio.deviceId], [{ exact: "c" }, { exact: "m" }]);
});

test("what is not recorded is not asked for", () => {
  assert.equal(constraintsOf({ ...REQUEST, pictures: false }, USUAL).video, false);
  assert.equal(constraintsOf({ ...REQUEST, channels: 0 }, USUAL).audio, false);
});

test("the devices have names", () => {
  assert.equal(deviceNames(REQUEST), "camera and microphone");
  assert.equal(deviceNames({ pictures: true, channels: 0 }), "camera");
  assert.equal(deviceNames({ pictures: false, channels: 2 }), "microphone");
});

test("loudness goes from silence to full scale over 60 dB", () => {
  const constant = (value) => new Float32Array(64).fill(value);
  assert.equal(loudness(constant(0)), 0);
  assert.ok(Math.abs(loudness(constant(1)) - 1) < 1e-6);
  assert.ok(Math.abs(loudness(constant(10 ** -1.5)) - 0.5) < 1e-3);
});

test("it is encoded as the first type that the browser can write", () => {
  assert.equal(optionsOf(REQUEST, () => true).mimeType, "video/webm;codecs=vp8,opus");
  const options = optionsOf(REQUEST, (type) => type.startsWith("video/mp4"));
  assert.equal(options.mimeType, "video/mp4;codecs=avc1.42E01E,opus");
  const sound = { ...REQUEST, pictures: false };
  assert.equal(optionsOf(sound, (type) => !type.includes("webm")).mimeType, "audio/mp4;codecs=opus");
  assert.equal(optionsOf(REQUEST, () => false).mimeType, undefined);
});

test("pictures have bits by their size, within bounds; sound alone has none", () => {
  assert.equal(videoRate({ width: 640, height: 480 }), 921_600);
  assert.equal(videoRate({ width: 160, height: 120 }), 300_000);
  assert.equal(videoRate({ width: 3840, height: 2160 }), 2_000_000);
  assert.equal("videoBitsPerSecond" in optionsOf({ ...REQUEST, pictures: false }, () => true), false);
});

test("the time that was recorded is written as minutes", () => {
  assert.equal(elapsed(0.9), "0:00");
  assert.equal(elapsed(59.99), "0:59");
  assert.equal(elapsed(605), "10:05");
});

test("buttons are there for what can be done", () => {
  const able = (state, waits = false) => {
    const buttons = Object.entries(disabled(state, waits));
    return buttons.filter(([, off]) => !off).map(([name]) => name);
  };
  assert.deepEqual(able("ready"), ["open", "record", "devices"]);
  assert.deepEqual(able("open"), ["record", "stop", "devices"]);
  assert.deepEqual(able("open", true), ["stop", "devices"]);
  assert.deepEqual(able("opening"), ["stop"]);
  assert.deepEqual(able("recording"), ["stop"]);
  assert.deepEqual([able("ending"), able("ended")], [[], []]);
});
