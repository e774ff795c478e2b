// @ts-check
// Calls of the page to the kernel: over its loopback server or, where that cannot be reached, by comm messages.
// All views of a model share one instance.

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const REMOTE_COMMANDS = new Set(["play", "pause", "seek"]); // commands that the sending process takes from a page
const ANSWER_TIMEOUT_MS = 30000; // for an answer by comm: a cell may be running

/**
 * The part of the widget's model that is used here.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(event: string, act: (...args: any[]) => void) => void} on
 * @property {(event: string, act: (...args: any[]) => void) => void} off
 * @property {(content: object, callbacks?: object, buffers?: ArrayBuffer[]) => void} send
 */

/** @typedef {{ do: string, [field: string]: unknown }} Call */
/** @typedef {{ answer: any, data: ArrayBuffer | DataView<ArrayBuffer> | null }} Reply */

/**
 * A call by comm without an answer yet.
 * @typedef {object} PendingCall
 * @property {(reply: Reply) => void} resolve
 * @property {(problem: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

export class Unreachable extends Error {}

export class ViewClosed extends Unreachable {} // final: there are no further calls

export class Calls {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.number = 0;
    /** @type {Map<number, PendingCall>} */
    this.pending = new Map();
    this.serverAnswered = false; // at least once
    this.byComm = location.protocol.startsWith("http") && !LOOPBACK.test(location.hostname);
    /** @type {(content: any, buffers?: DataView<ArrayBuffer>[]) => void} */
    this.onMessage = (content, buffers) => this.receive(content, buffers);
    model.on("msg:custom", this.onMessage);
  }

  /** @returns {string} */
  get url() {
    return this.model.get("url");
  }

  /**
   * Calls the kernel; throws Unreachable where it does not answer any more.
   * @param {Call} call
   * @returns {Promise<Reply>}
   */
  async ask(call) {
    if (this.byComm) return this.askByComm(call);
    try {
      const response = await fetch(this.url, { method: "POST", body: JSON.stringify(call) });
      if (response.status === 404) throw new ViewClosed("This view was closed in the kernel. Run its cell again.");
      this.serverAnswered = true;
      return { answer: await response.json(), data: null };
    } catch (problem) {
      if (problem instanceof Unreachable) throw problem;
      if (this.serverAnswered) throw new Unreachable("The kernel does not answer any more. Run the cell again.");
      this.byComm = true; // the kernel is on another machine, or behind a tunnel for Jupyter's port only
      return this.askByComm(call);
    }
  }

  /**
   * Sends a command directly to the process that sends the recording, since the kernel may be busy. Other commands, and
   * those that this process refuses or is not there to take, go to the kernel.
   * @param {Call} call
   * @param {string | undefined} controlUrl
   * @returns {Promise<Reply>}
   */
  async sendCommand(call, controlUrl) {
    if (!controlUrl || this.byComm || !REMOTE_COMMANDS.has(call.do)) return this.ask(call);
    try {
      const response = await fetch(controlUrl, { method: "POST", body: JSON.stringify(call) });
      if (response.ok) return { answer: { status: await response.json() }, data: null };
    } catch {
      // the replay has ended, and its process with it
    }
    return this.ask(call);
  }

  /**
   * @param {Call} call
   * @returns {Promise<Reply>}
   */
  askByComm(call) {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.pending.delete(number);
        reject(new Unreachable("The kernel does not answer. Is a cell running, or was the kernel restarted?"));
      }, ANSWER_TIMEOUT_MS);
      this.pending.set(number, { resolve, reject, timer });
      this.model.send({ number, call });
    });
  }

  /**
   * @param {any} content
   * @param {DataView<ArrayBuffer>[]} [buffers]
   */
  receive(content, buffers) {
    const call = this.pending.get(content?.number);
    if (call === undefined) return; // another page's
    this.pending.delete(content.number);
    clearTimeout(call.timer);
    call.resolve({ answer: content.answer, data: buffers?.[0] ?? null });
  }

  close() {
    this.model.off("msg:custom", this.onMessage);
    for (const { timer, reject } of this.pending.values()) {
      clearTimeout(timer);
      reject(new ViewClosed("This view is closed."));
    }
    this.pending.clear();
  }
}
