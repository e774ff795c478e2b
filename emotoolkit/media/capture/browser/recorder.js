// @ts-check
// The page's part of a recorder: opens the devices, records, and sends the chunks to Python.
// A model has one recorder; all its views show the same one.
//
// States: "ready" → "opening" (the browser asks the user) → "open" → "recording" → "ending" (the last chunks are sent)
// → "ended". Opening may fail, and open devices may be released, which leads back to "ready". Any state may lead to
// "ended", for example when Python is lost.

import { ChunkQueue } from "./chunk_queue.js";
import { Connection } from "./connection.js";
import { Meter, deviceNames, openDevices, stopTracks } from "./devices.js";
import { optionsOf } from "./encoding.js";

/** @import { Message, Model } from "./connection.js" */
/** @import { Chosen, Kind, RecordingRequest } from "./devices.js" */

const CHUNK_MS = 40; // of media per chunk: most of the delay of a live recording
const MAX_WAITING_BYTES = 64 * 1024 * 1024; // unacknowledged, before Python counts as lost
const PROCESS_TIMEOUT_MS = 8000; // without an acknowledgement, after which the recorder's process is gone
const KERNEL_TIMEOUT_MS = 120000; // the same for a kernel, which acknowledges nothing while it computes

/** @type {Record<string, string>} */
const REASONS = {
  NotAllowedError: "permission was not given",
  NotFoundError: "none was found",
  NotReadableError: "another program uses it",
  OverconstrainedError: "none is as it was chosen",
};

/** @typedef {"ready" | "opening" | "open" | "recording" | "ending" | "ended"} State */

export class Recorder {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    /** @type {State} */
    this.state = "ready";
    this.message = ""; // shown in the views
    /** @type {MediaStream | null} */
    this.stream = null;
    /** @type {Meter | null} */
    this.meter = null;
    /** @type {Chosen} */
    this.chosen = { camera: "", microphone: "" };
    /** @type {Set<() => void>} */
    this.listeners = new Set();
    /** @type {Promise<boolean> | null} */
    this.opening = null;
    /** @type {MediaRecorder | null} */
    this.recorder = null;
    this.queue = new ChunkQueue();
    this.connection = new Connection(model, {
      connected: () => this.queue.rewind(),
      received: (message) => this.receive(message),
      lost: () => this.lostPython(),
    });
    this.lastMessageAt = 0; // ms
    this.began = 0; // ms
    /** @type {ReturnType<typeof setInterval> | undefined} */
    this.timer = undefined;
  }

  /** @returns {RecordingRequest} */
  get request() {
    return this.model.get("request");
  }

  get level() {
    return this.meter?.level ?? 0;
  }

  get deviceNames() {
    return deviceNames(this.request);
  }

  /**
   * @param {State} state
   * @param {string} [message]
   */
  change(state, message) {
    this.state = state;
    if (message !== undefined) this.message = message;
    for (const each of this.listeners) each();
  }

  // Devices

  async open() {
    if (this.stream) return true;
    this.opening ||= this.openStream().finally(() => (this.opening = null)); // one question to the user at a time
    return this.opening;
  }

  async openStream() {
    this.change("opening", "");
    try {
      const stream = await openDevices(this.request, this.chosen);
      if (this.stateNow() !== "opening") {
        stopTracks(stream); // ended before the user answered
        return false;
      }
      this.stream = stream;
      for (const track of stream.getTracks()) track.addEventListener("ended", () => this.lostDevice(track));
      if (stream.getAudioTracks().length) this.meter = new Meter(stream);
    } catch (problem) {
      if (this.stateNow() === "opening") this.failed(problem);
      return false;
    }
    this.change("open");
    return true;
  }

  // The type checker does not know that the state may have changed during `await`.
  stateNow() {
    return this.state;
  }

  /**
   * @param {Kind} kind
   * @param {string} id
   */
  async choose(kind, id) {
    this.chosen[kind] = id;
    if (this.state === "open") {
      this.release();
      await this.open();
    }
  }

  release() {
    stopTracks(this.stream);
    this.meter?.close();
    this.stream = this.meter = null;
  }

  /** @param {unknown} problem */
  failed(problem) {
    this.release();
    const { name, message } = problem instanceof Error ? problem : { name: "Error", message: String(problem) };
    const reason = REASONS[name] || message || name;
    const { requested } = this.connection;
    if (requested) this.connection.send({ do: "problem", name, reason, device: this.deviceNames });
    this.finish(`The ${this.deviceNames} cannot be used: ${reason}.`, requested ? "ended" : "ready");
  }

  /** @param {MediaStreamTrack} track */
  lostDevice(track) {
    const device = track.kind === "video" ? "camera" : "microphone";
    if (this.state === "recording") this.failRecording(device, "it was unplugged, or taken away");
    else if (this.state === "open") {
      this.release();
      this.change("ready", `The ${device} went away.`);
    }
  }

  /**
   * @param {string} device
   * @param {string} reason
   */
  failRecording(device, reason) {
    this.connection.send({ do: "problem", name: "DeviceLost", reason, device });
    this.message = `The ${device} went away. What was recorded until then is in ${this.request.file}.`;
    this.stop();
  }

  // Python

  connect() {
    const address = this.model.get("address");
    if (address && this.state !== "recording" && this.state !== "ended") this.connection.open(address);
  }

  /** @param {Message} message */
  receive(message) {
    this.lastMessageAt = performance.now();
    if (message.have !== undefined) this.acknowledged(message.have);
    if (message.do === "start") this.record();
    else if (message.do === "stop") this.stop();
    else if (message.do === "busy") this.finish("Another page records this.");
    else if (message.do === "ended" && this.state !== "ended") this.finish(this.message || "The recording has ended.");
  }

  /** @param {number} have number of chunks that Python has */
  acknowledged(have) {
    this.queue.acknowledge(have);
    this.connection.retried = false;
    if (this.state === "recording" || this.state === "ending") this.flush();
  }

  lostPython() {
    this.finish(`Python has gone. What was recorded until then is in ${this.request.file}.`);
  }

  // Recording

  async record() {
    if (this.recorder || this.state === "ended" || !(await this.open()) || this.recorder || !this.stream) return;
    this.queue = new ChunkQueue();
    this.lastMessageAt = performance.now();
    try {
      this.recorder = this.createRecorder(this.stream);
    } catch (problem) {
      this.failed(problem);
      return;
    }
    this.recorder.start(CHUNK_MS);
    this.began = performance.now();
    this.timer = setInterval(() => this.checkAcknowledged(), 1000);
    this.change("recording", "");
  }

  /**
   * The browser's recorder of a stream. Chunks become buffers asynchronously: a chain of promises keeps their order.
   * @param {MediaStream} stream
   */
  createRecorder(stream) {
    const recorder = new MediaRecorder(stream, optionsOf(this.request, (type) => MediaRecorder.isTypeSupported(type)));
    let previous = Promise.resolve();
    recorder.ondataavailable = ({ data }) => {
      if (data.size) previous = previous.then(async () => this.enqueue(await data.arrayBuffer()));
    };
    recorder.onerror = (event) => {
      const reason = "error" in event && event.error instanceof Error && event.error.message;
      this.failRecording(this.deviceNames, reason || "the browser stopped");
    };
    recorder.onstop = () => {
      this.release();
      previous.then(() => {
        this.queue.end();
        this.flush();
      });
    };
    return recorder;
  }

  /** @param {ArrayBuffer} data */
  enqueue(data) {
    if (this.state === "ended") return;
    this.queue.push(data);
    this.flush();
    if (this.queue.bytes > MAX_WAITING_BYTES) this.lostPython();
  }

  flush() {
    for (let chunk = this.queue.next; chunk; chunk = this.queue.next) {
      if (!this.connection.sendChunk(chunk)) return;
      this.queue.sent++;
    }
    if (this.queue.complete) {
      this.connection.send({ do: "end" });
      this.finish(this.message || `Recorded to ${this.request.file}.`);
    }
  }

  checkAcknowledged() {
    const timeout = this.connection.socketUsed ? PROCESS_TIMEOUT_MS : KERNEL_TIMEOUT_MS;
    if (this.queue.waiting.length && performance.now() - this.lastMessageAt > timeout) this.lostPython();
  }

  stop() {
    if (this.recorder) {
      if (this.recorder.state === "inactive") return;
      this.change("ending");
      this.recorder.stop();
    } else if (this.connection.requested && this.state !== "ended") {
      this.connection.send({ do: "end" });
      this.finish("Nothing was recorded.");
    } else if (this.state !== "ended") this.finish("", "ready");
  }

  /**
   * @param {string} message
   * @param {State} [state]
   */
  finish(message, state = "ended") {
    clearInterval(this.timer);
    if (this.recorder && this.recorder.state !== "inactive") {
      this.recorder.ondataavailable = this.recorder.onstop = null;
      this.recorder.stop();
    }
    this.release();
    this.queue.clear();
    if (state === "ended") this.connection.end();
    this.change(state, message);
  }
}
