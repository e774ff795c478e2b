// The page's half of a recorder: opens the devices, records, and brings the chunks to Python with credit.
// One plain ES module without imports. A model has one recorder; each view of it shows the same one.

const SLICE = 40; // ms of media in a chunk: what the next one brings waits for it, so this is most of the delay
const CREDIT = 40; // chunks that may be on their way and not acknowledged
const HELD = 64 * 1024 * 1024; // bytes that wait here at most, when nobody takes them
const PATIENCE = 3000; // ms to reach the recorder's process before it is tried through the kernel
const GONE = 8000; // ms without an acknowledgement after which the recorder's process is not there any more
const BUSY = 120000; // the same of a kernel, which acknowledges nothing while it computes
const KEYS = 3000; // ms between key pictures: where a segment can begin

const KINDS = {
  pictures: ["video/webm;codecs=vp8,opus", "video/webm;codecs=vp9,opus", "video/webm", "video/mp4;codecs=avc1.42E01E,opus", "video/mp4"],
  sound: ["audio/webm;codecs=opus", "audio/webm", "audio/mp4;codecs=opus", "audio/mp4"],
};

const REASONS = {
  NotAllowedError: "permission was not given",
  NotFoundError: "none was found",
  NotReadableError: "another program uses it",
  OverconstrainedError: "none is as it was chosen",
};

export class Recorder {
  constructor(model) {
    this.model = model;
    this.page = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
    this.state = "ready"; // ready, opening, open, recording, ending, ended
    this.said = "";
    this.stream = null;
    this.chosen = { camera: "", microphone: "" };
    this.listeners = new Set();
    this.release = this.release.bind(this);
  }

  get asked() {
    return this.model.get("asked");
  }

  get level() {
    if (!this.analyser) return 0;
    this.analyser.getFloatTimeDomainData(this.samples);
    const power = this.samples.reduce((sum, each) => sum + each * each, 0) / this.samples.length;
    return Math.max(0, Math.min(1, 1 + (10 * Math.log10(power + 1e-9)) / 60)); // 60 dB
  }

  change(state, said) {
    this.state = state;
    if (said !== undefined) this.said = said;
    for (const each of this.listeners) each();
  }

  // Devices

  async open() {
    if (this.stream) return true;
    this.opening ||= this.ask().finally(() => (this.opening = null)); // one question, whoever wants to know
    return this.opening;
  }

  async ask() {
    const { pictures, channels, width, height, rate } = this.asked;
    const { camera, microphone } = this.chosen;
    this.change("opening", "");
    try {
      if (!navigator.mediaDevices) {
        throw new DOMException("this page is not on a secure address (https, or this machine)", "SecurityError");
      }
      const stream = await navigator.mediaDevices.getUserMedia({
        video: pictures && {
          width: { ideal: width }, height: { ideal: height }, frameRate: { ideal: rate },
          ...(camera && { deviceId: { exact: camera } }),
        },
        // What is measured is the voice, not what an improver of calls makes of it.
        audio: channels > 0 && {
          channelCount: { ideal: channels }, echoCancellation: false, noiseSuppression: false, autoGainControl: false,
          ...(microphone && { deviceId: { exact: microphone } }),
        },
      });
      if (this.state !== "opening") {
        for (const track of stream.getTracks()) track.stop(); // it ended while somebody thought about the question
        return false;
      }
      this.stream = stream;
      for (const track of stream.getTracks()) track.addEventListener("ended", () => this.lost(track));
      this.meter();
    } catch (problem) {
      if (this.state === "opening") this.failed(problem);
      return false;
    }
    this.change("open");
    return true;
  }

  meter() {
    if (!this.stream.getAudioTracks().length) return;
    this.context = new AudioContext();
    this.analyser = this.context.createAnalyser();
    this.samples = new Float32Array(this.analyser.fftSize);
    this.context.createMediaStreamSource(this.stream).connect(this.analyser);
  }

  async devices() {
    const all = navigator.mediaDevices ? await navigator.mediaDevices.enumerateDevices() : [];
    const of = (kind) => all.filter((each) => each.kind === kind && each.deviceId);
    return { camera: of("videoinput"), microphone: of("audioinput") };
  }

  async choose(kind, id) {
    this.chosen[kind] = id;
    if (this.state === "open") {
      this.release();
      await this.open();
    }
  }

  release() {
    for (const track of this.stream ? this.stream.getTracks() : []) track.stop();
    if (this.context) this.context.close();
    this.stream = this.context = this.analyser = null;
  }

  get named() {
    return this.asked.pictures ? (this.asked.channels ? "camera and microphone" : "camera") : "microphone";
  }

  failed(problem) {
    this.release();
    const reason = REASONS[problem.name] || problem.message || problem.name;
    if (this.connected) this.tell({ do: "problem", name: problem.name, reason, device: this.named });
    this.finish(`The ${this.named} cannot be used: ${reason}.`, this.connected ? "ended" : "ready");
  }

  lost(track) {
    const device = track.kind === "video" ? "camera" : "microphone";
    if (this.state === "recording") this.broke(device, "it was unplugged, or taken away");
    else if (this.state === "open") {
      this.release();
      this.change("ready", `The ${device} went away.`);
    }
  }

  broke(device, reason) {
    this.tell({ do: "problem", name: "DeviceLost", reason, device });
    this.said = `The ${device} went away. What was recorded until then is in ${this.asked.file}.`;
    this.stop();
  }

  // The way to Python: a socket to the recorder's process, or else messages through the kernel

  connect() {
    const address = this.model.get("address");
    if (!address || this.state === "recording" || this.state === "ended") return;
    this.connected = true;
    this.reach(address);
  }

  reach(address) {
    let socket;
    try {
      socket = new WebSocket(address);
    } catch {
      this.through(null);
      return;
    }
    socket.binaryType = "arraybuffer";
    const late = setTimeout(() => socket.close(), PATIENCE);
    socket.onopen = () => {
      clearTimeout(late);
      this.reached = true;
      this.through(socket);
    };
    socket.onmessage = (event) => this.hear(JSON.parse(event.data));
    socket.onclose = () => {
      clearTimeout(late);
      if (this.state === "ended" || (this.socket && this.socket !== socket)) return;
      this.socket = null;
      if (!this.reached) this.through(null);
      else if (!this.again) {
        this.again = true; // once more: a network may have hiccuped
        setTimeout(() => this.reach(address), 300);
      } else this.nobody();
    };
  }

  through(socket) {
    this.socket = socket;
    this.sent = this.have || 0;
    this.tell({ do: "hello" });
  }

  tell(message) {
    const whole = { ...message, page: this.page };
    if (this.socket) {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(whole));
    } else if (!this.reached) this.model.send(whole);
  }

  hear(message) {
    this.heard = performance.now();
    if (message.have !== undefined) this.acknowledged(message.have);
    if (message.do === "start") this.record();
    else if (message.do === "stop") this.stop();
    else if (message.do === "busy") this.finish("Another page records this.");
    else if (message.do === "ended" && this.state !== "ended") this.finish(this.said || "The recording has ended.");
  }

  nobody() {
    this.finish(`Python has gone. What was recorded until then is in ${this.asked.file}.`);
  }

  // Recording

  async record() {
    if (this.recorder || this.state === "ended" || !(await this.open()) || this.recorder) return;
    const kind = KINDS[this.asked.pictures ? "pictures" : "sound"].find((each) => MediaRecorder.isTypeSupported(each));
    Object.assign(this, { waiting: [], bytes: 0, made: 0, sent: 0, have: 0, last: null, heard: performance.now() });
    try {
      this.recorder = new MediaRecorder(this.stream, {
        mimeType: kind,
        videoKeyFrameIntervalDuration: KEYS,
        ...(this.asked.pictures && { videoBitsPerSecond: Math.min(2e6, Math.max(3e5, this.asked.width * this.asked.height * 3)) }),
      });
    } catch (problem) {
      this.failed(problem);
      return;
    }
    let order = Promise.resolve();
    this.recorder.ondataavailable = ({ data }) => {
      if (data.size) order = order.then(async () => this.bring(await data.arrayBuffer()));
    };
    this.recorder.onerror = ({ error }) => this.broke(this.named, (error && error.message) || "the browser stopped");
    this.recorder.onstop = () => {
      this.release();
      order.then(() => {
        this.last = this.made;
        this.flush();
      });
    };
    this.recorder.start(SLICE);
    this.began = performance.now();
    this.watch = setInterval(() => this.look(), 1000);
    this.change("recording", "");
  }

  bring(data) {
    if (this.state === "ended") return;
    const chunk = new Uint8Array(4 + data.byteLength);
    new DataView(chunk.buffer).setUint32(0, this.made++);
    chunk.set(new Uint8Array(data), 4);
    this.waiting.push(chunk);
    this.bytes += chunk.length;
    this.flush();
    if (this.bytes > HELD) this.nobody();
  }

  flush() {
    const first = this.made - this.waiting.length;
    while (this.sent < this.made && this.sent - (this.have || 0) < CREDIT) {
      const chunk = this.waiting[this.sent - first];
      if (this.socket) {
        if (this.socket.readyState !== WebSocket.OPEN) return;
        this.socket.send(chunk);
      } else if (!this.reached) this.model.send({ do: "chunk" }, undefined, [chunk.buffer]);
      else return;
      this.sent++;
    }
    if (this.last !== null && (this.have || 0) >= this.last) {
      this.tell({ do: "end" });
      this.finish(this.said || `Recorded to ${this.asked.file}.`);
    }
  }

  acknowledged(have) {
    while (this.waiting && this.waiting.length && this.made - this.waiting.length < have) {
      this.bytes -= this.waiting.shift().length;
    }
    this.have = Math.max(this.have || 0, have);
    this.again = false;
    this.sent = Math.max(this.sent || 0, this.have);
    if (this.state === "recording" || this.state === "ending") this.flush();
  }

  look() {
    if (this.waiting.length && performance.now() - this.heard > (this.reached ? GONE : BUSY)) this.nobody();
  }

  stop() {
    if (this.recorder) {
      if (this.recorder.state === "inactive") return;
      this.change("ending");
      this.recorder.stop();
    } else if (this.connected && this.state !== "ended") {
      this.tell({ do: "end" });
      this.finish("Nothing was recorded.");
    } else if (this.state !== "ended") this.finish("", "ready");
  }

  finish(said, state = "ended") {
    clearInterval(this.watch);
    if (this.recorder && this.recorder.state !== "inactive") {
      this.recorder.ondataavailable = this.recorder.onstop = null;
      this.recorder.stop();
    }
    this.release();
    this.waiting = [];
    this.bytes = 0;
    this.change(state, said);
    if (state === "ended" && this.socket) setTimeout(() => this.socket && this.socket.close(), 500);
  }
}

const recorders = new Map(); // by the source's own name: each hook gets another object for the same model

export function recorderOf(model) {
  const { source } = model.get("asked");
  if (!recorders.has(source)) recorders.set(source, new Recorder(model));
  return recorders.get(source);
}

function element(kind, name, text = "") {
  const made = document.createElement(kind);
  made.className = `emo-${name}`;
  made.textContent = text;
  return made;
}

function initialize({ model }) {
  const recorder = recorderOf(model);
  const connect = () => recorder.connect();
  const hear = (message) => recorder.hear(message);
  const leave = () => recorder.release();
  model.on("change:address", connect);
  model.on("msg:custom", hear);
  window.addEventListener("pagehide", leave);
  connect();
  return () => {
    model.off("change:address", connect);
    model.off("msg:custom", hear);
    window.removeEventListener("pagehide", leave);
    if (recorder.state !== "ended") recorder.finish("The view was closed.");
    recorders.delete(model.get("asked").source);
  };
}

const STATES = {
  ready: "Ready. Nothing is open.",
  opening: "The browser asks for your permission …",
  open: "Open: nothing is recorded yet.",
  recording: "Recording",
  ending: "Ending …",
  ended: "Ended. The devices are released.",
};

function render({ model, el }) {
  const recorder = recorderOf(model);
  const root = element("div", "recorder");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", "Camera and microphone");
  const preview = element("video", "preview");
  Object.assign(preview, { muted: true, autoplay: true, playsInline: true });
  preview.setAttribute("aria-label", "What the camera sees");
  const state = element("div", "state");
  state.setAttribute("role", "status");
  const time = element("div", "elapsed"); // beside the state, which is read out whenever it changes
  time.setAttribute("role", "timer");
  const level = element("meter", "level");
  Object.assign(level, { min: 0, max: 1, low: 0.15, high: 0.95, optimum: 0.6, title: "Loudness, over 60 dB" });
  level.setAttribute("aria-label", "Loudness");
  const pickers = { camera: element("select", "camera"), microphone: element("select", "microphone") };
  const buttons = {
    open: element("button", "open", "Open devices"),
    record: element("button", "record", "Record"),
    stop: element("button", "stop", "Stop"),
  };
  const goes = element("div", "goes");
  const said = element("div", "said");
  said.setAttribute("role", "alert");
  const row = element("div", "row");
  row.append(...Object.values(buttons), level, state, time);
  const choice = element("div", "row");
  for (const [kind, picker] of Object.entries(pickers)) {
    picker.setAttribute("aria-label", kind);
    picker.onchange = () => recorder.choose(kind, picker.value);
    if (kind === "camera" ? recorder.asked.pictures : recorder.asked.channels) choice.append(picker);
  }
  root.append(...(recorder.asked.pictures ? [preview] : []), choice, row, goes, said);
  el.append(root);

  buttons.open.onclick = () => recorder.open();
  buttons.record.onclick = () => {
    buttons.record.disabled = true;
    model.send({ do: "record" });
  };
  buttons.stop.onclick = () => recorder.stop();

  const list = async () => {
    const devices = await recorder.devices();
    for (const [kind, picker] of Object.entries(pickers)) {
      const named = devices[kind].map((each, n) => new Option(each.label || `${kind} ${n + 1}`, each.deviceId));
      picker.replaceChildren(new Option(`Usual ${kind}`, ""), ...named);
      picker.value = recorder.chosen[kind];
    }
  };
  const show = () => {
    const now = recorder.state;
    root.dataset.state = now;
    if (preview.srcObject !== recorder.stream) {
      preview.srcObject = recorder.stream;
      list();
    }
    buttons.open.disabled = now !== "ready";
    buttons.record.disabled = !["ready", "open"].includes(now) || Boolean(model.get("address"));
    buttons.stop.disabled = !["recording", "opening", "open"].includes(now);
    for (const picker of Object.values(pickers)) picker.disabled = !["ready", "open"].includes(now);
    const servers = model.get("goes");
    goes.textContent = `Goes to the file ${recorder.asked.file}${servers ? `, and to ${servers}` : ", and nowhere else"}.`;
    said.textContent = model.get("said") || recorder.said;
    tick();
  };
  const tick = () => {
    level.value = recorder.level;
    const seconds = Math.floor((performance.now() - recorder.began) / 1000);
    time.textContent =
      recorder.state === "recording" ? `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}` : "";
    if (state.textContent !== STATES[recorder.state]) state.textContent = STATES[recorder.state];
  };
  const ticking = setInterval(tick, 100);
  recorder.listeners.add(show);
  for (const name of ["goes", "said", "address"]) model.on(`change:${name}`, show);
  show();
  list();
  return () => {
    clearInterval(ticking);
    preview.srcObject = null;
    recorder.listeners.delete(show);
    for (const name of ["goes", "said", "address"]) model.off(`change:${name}`, show);
  };
}

export default { initialize, render };
