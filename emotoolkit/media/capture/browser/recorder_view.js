// @ts-check
// A view of a recorder: device choice, preview, level, start and stop.

import { available } from "./devices.js";

/** @import { Model } from "./connection.js" */
/** @import { Kind } from "./devices.js" */
/** @import { Recorder, State } from "./recorder.js" */

/** @type {Record<State, string>} */
const STATES = {
  ready: "Ready. Nothing is open.",
  opening: "The browser asks for your permission …",
  open: "Open: nothing is recorded yet.",
  recording: "Recording",
  ending: "Ending …",
  ended: "Ended. The devices are released.",
};

const SHOWN = ["destinations", "message", "address"]; // attributes of the model that the view shows

/** @type {Kind[]} */
const DEVICES = ["camera", "microphone"];

/**
 * Seconds as "m:ss", rounded down.
 * @param {number} seconds
 */
export function elapsed(seconds) {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

/**
 * Which buttons are disabled in a state.
 * @param {State} state
 * @param {boolean} requested whether Python expects a recording already
 */
export function disabled(state, requested) {
  return {
    open: state !== "ready",
    record: !["ready", "open"].includes(state) || requested,
    stop: !["recording", "opening", "open"].includes(state),
    devices: !["ready", "open"].includes(state),
  };
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} name
 * @param {Record<string, string>} [attributes]
 * @param {string} [text]
 */
function element(tag, name, attributes = {}, text = "") {
  const created = document.createElement(tag);
  created.className = `emo-${name}`;
  created.textContent = text;
  for (const [attribute, value] of Object.entries(attributes)) created.setAttribute(attribute, value);
  return created;
}

export class RecorderView {
  /**
   * @param {Model} model
   * @param {Recorder} recorder
   */
  constructor(model, recorder) {
    this.model = model;
    this.recorder = recorder;
    this.root = element("div", "recorder", { role: "group", "aria-label": "Camera and microphone" });
    this.preview = element("video", "preview", { "aria-label": "What the camera sees" });
    Object.assign(this.preview, { muted: true, autoplay: true, playsInline: true });
    this.state = element("div", "state", { role: "status" });
    this.time = element("div", "elapsed", { role: "timer" }); // separate: screen readers read out a changed status
    this.level = element("meter", "level", { "aria-label": "Loudness" });
    Object.assign(this.level, { min: 0, max: 1, low: 0.15, high: 0.95, optimum: 0.6, title: "Loudness, over 60 dB" });
    this.pickers = { camera: this.picker("camera"), microphone: this.picker("microphone") };
    this.buttons = {
      open: element("button", "open", {}, "Open devices"),
      record: element("button", "record", {}, "Record"),
      stop: element("button", "stop", {}, "Stop"),
    };
    this.destinations = element("div", "destinations");
    this.message = element("div", "message", { role: "alert" });
    this.assemble();
    this.show = () => this.draw();
    this.timer = setInterval(() => this.tick(), 100);
    recorder.listeners.add(this.show);
    for (const name of SHOWN) model.on(`change:${name}`, this.show);
    this.draw();
    this.list();
  }

  /** @param {Kind} kind */
  picker(kind) {
    const select = element("select", kind, { "aria-label": kind });
    select.onchange = () => this.recorder.choose(kind, select.value);
    return select;
  }

  assemble() {
    const { pictures, channels } = this.recorder.request;
    const row = element("div", "row");
    row.append(...Object.values(this.buttons), this.level, this.state, this.time);
    const choice = element("div", "row");
    choice.append(...(pictures ? [this.pickers.camera] : []), ...(channels ? [this.pickers.microphone] : []));
    this.root.append(...(pictures ? [this.preview] : []), choice, row, this.destinations, this.message);
    this.buttons.open.onclick = () => this.recorder.open();
    this.buttons.record.onclick = () => {
      this.buttons.record.disabled = true;
      this.model.send({ do: "record" });
    };
    this.buttons.stop.onclick = () => this.recorder.stop();
  }

  async list() {
    const devices = await available();
    for (const kind of DEVICES) {
      const options = devices[kind].map((each, n) => new Option(each.label || `${kind} ${n + 1}`, each.deviceId));
      this.pickers[kind].replaceChildren(new Option(`Usual ${kind}`, ""), ...options);
      this.pickers[kind].value = this.recorder.chosen[kind];
    }
  }

  draw() {
    const { recorder, model, buttons } = this;
    this.root.dataset.state = recorder.state;
    if (this.preview.srcObject !== recorder.stream) {
      this.preview.srcObject = recorder.stream;
      this.list();
    }
    const off = disabled(recorder.state, Boolean(model.get("address")));
    buttons.open.disabled = off.open;
    buttons.record.disabled = off.record;
    buttons.stop.disabled = off.stop;
    for (const picker of Object.values(this.pickers)) picker.disabled = off.devices;
    const servers = model.get("destinations") ? `to ${model.get("destinations")}` : "nowhere else";
    this.destinations.textContent = `Goes to the file ${recorder.request.file}, and ${servers}.`;
    this.message.textContent = model.get("message") || recorder.message;
    this.tick();
  }

  tick() {
    const { state, level, began } = this.recorder;
    this.level.value = level;
    this.time.textContent = state === "recording" ? elapsed((performance.now() - began) / 1000) : "";
    if (this.state.textContent !== STATES[state]) this.state.textContent = STATES[state];
  }

  close() {
    clearInterval(this.timer);
    this.preview.srcObject = null;
    this.recorder.listeners.delete(this.show);
    for (const name of SHOWN) this.model.off(`change:${name}`, this.show);
  }
}
