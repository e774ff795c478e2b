// @ts-check
// The page's half of a recorder: opens the devices, records, and brings the chunks to Python with credit.
// A model has one recorder; each view of it shows the same one.

import { ChunkQueue } from "./chunk_queue.js";
import { Connection } from "./connection.js";
import { Meter, named, request, stopTracks } from "./devices.js";
import { optionsOf } from "./encoding.js";

/** @import { Message, Model } from "./connection.js" */
/** @import { Asked, Chosen, Kind } from "./devices.js" */

const CHUNK_MS = 40; // of media: what the next chunk brings waits for it, so this is most of the delay
const MAX_WAITING_BYTES = 64 * 1024 * 1024; // that are not acknowledged
const PROCESS_TIMEOUT_MS = 8000; // without an acknowledgement: the recorder's process is gone
const KERNEL_TIMEOUT_MS = 120000; // the same of a kernel, which acknowledges nothing while it computes

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
    this.said = "";
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
    this.watch = undefined;
  }

  /** @returns {Asked} */
  get asked() {
    return this.model.get("asked");
  }

  get level() {
    return this.meter?.level ?? 0;
  }

  get named() {
    return named(this.asked);
  }

  /**
   * @param {State} state
   * @param {string} [said]
   */
  change(state, said) {
    this.state = state;
    if (said !== undefined) this.said = said;
    for (const each of this.listeners) each();
  }

  // Devices

  async open() {
    if (this.stream) return true;
    this.opening ||= this.ask().finally(() => (this.opening = null)); // one question to the user at a time
    return this.opening;
  }

  async ask() {
    this.change("opening", "");
    try {
      const stream = await request(this.asked, this.chosen);
      if (this.stateNow() !== "opening") {
        stopTracks(stream); // it ended before the user answered
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

  // The state may be another one after a wait than the compiler takes it to be.
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
    const { asked } = this.connection;
    if (asked) this.connection.tell({ do: "problem", name, reason, device: this.named });
    this.finish(`The ${this.named} cannot be used: ${reason}.`, asked ? "ended" : "ready");
  }

  /** @param {MediaStreamTrack} track */
  lostDevice(track) {
    const device = track.kind === "video" ? "camera" : "microphone";
    if (this.state === "recording") this.broke(device, "it was unplugged, or taken away");
    else if (this.state === "open") {
      this.release();
      this.change("ready", `The ${device} went away.`);
    }
  }

  /**
   * @param {string} device
   * @param {string} reason
   */
  broke(device, reason) {
    this.connection.tell({ do: "problem", name: "DeviceLost", reason, device });
    this.said = `The ${device} went away. What was recorded until then is in ${this.asked.file}.`;
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
    else if (message.do === "ended" && this.state !== "ended") this.finish(this.said || "The recording has ended.");
  }

  /** @param {number} have chunks that Python has */
  acknowledged(have) {
    this.queue.acknowledge(have);
    this.connection.retried = false;
    if (this.state === "recording" || this.state === "ending") this.flush();
  }

  lostPython() {
    this.finish(`Python has gone. What was recorded until then is in ${this.asked.file}.`);
  }

  // Recording

  async record() {
    if (this.recorder || this.state === "ended" || !(await this.open()) || this.recorder || !this.stream) return;
    this.queue = new ChunkQueue();
    this.lastMessageAt = performance.now();
    try {
      this.recorder = this.encoder(this.stream);
    } catch (problem) {
      this.failed(problem);
      return;
    }
    this.recorder.start(CHUNK_MS);
    this.began = performance.now();
    this.watch = setInterval(() => this.look(), 1000);
    this.change("recording", "");
  }

  /**
   * The browser's recorder of a stream, whose chunks are brought in their order.
   * @param {MediaStream} stream
   */
  encoder(stream) {
    const recorder = new MediaRecorder(stream, optionsOf(this.asked, (type) => MediaRecorder.isTypeSupported(type)));
    let order = Promise.resolve();
    recorder.ondataavailable = ({ data }) => {
      if (data.size) order = order.then(async () => this.bring(await data.arrayBuffer()));
    };
    recorder.onerror = (event) => {
      const reason = "error" in event && event.error instanceof Error && event.error.message;
      this.broke(this.named, reason || "the browser stopped");
    };
    recorder.onstop = () => {
      this.release();
      order.then(() => {
        this.queue.end();
        this.flush();
      });
    };
    return recorder;
  }

  /** @param {ArrayBuffer} data */
  bring(data) {
    if (this.state === "ended") return;
    this.queue.push(data);
    this.flush();
    if (this.queue.bytes > MAX_WAITING_BYTES) this.lostPython();
  }

  flush() {
    for (let chunk = this.queue.next; chunk; chunk = this.queue.next) {
      if (!this.connection.carry(chunk)) return;
      this.queue.sent++;
    }
    if (this.queue.complete) {
      this.connection.tell({ do: "end" });
      this.finish(this.said || `Recorded to ${this.asked.file}.`);
    }
  }

  look() {
    const patience = this.connection.reached ? PROCESS_TIMEOUT_MS : KERNEL_TIMEOUT_MS;
    if (this.queue.waiting.length && performance.now() - this.lastMessageAt > patience) this.lostPython();
  }

  stop() {
    if (this.recorder) {
      if (this.recorder.state === "inactive") return;
      this.change("ending");
      this.recorder.stop();
    } else if (this.connection.asked && this.state !== "ended") {
      this.connection.tell({ do: "end" });
      this.finish("Nothing was recorded.");
    } else if (this.state !== "ended") this.finish("", "ready");
  }

  /**
   * @param {string} said
   * @param {State} [state]
   */
  finish(said, state = "ended") {
    clearInterval(this.watch);
    if (this.recorder && this.recorder.state !== "inactive") {
      this.recorder.ondataavailable = this.recorder.onstop = null;
      this.recorder.stop();
    }
    this.release();
    this.queue.clear();
    if (state === "ended") this.connection.end();
    this.change(state, said);
  }
}
