// @ts-check
// How the page asks the kernel: over its loopback server, or, where that cannot be reached, by comm messages.
// One model has one of these, whatever the number of its views.

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const STEERING_CALLS = new Set(["play", "pause", "seek"]); // what the sending process takes from a page
const ANSWER_TIMEOUT_MS = 30000; // for an answer by comm: a cell may be running

/**
 * The widget's model, as far as it is used here.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(event: string, act: (...told: any[]) => void) => void} on
 * @property {(event: string, act: (...told: any[]) => void) => void} off
 * @property {(content: object, callbacks?: object, buffers?: ArrayBuffer[]) => void} send
 */

/** @typedef {{ do: string, [field: string]: unknown }} Call */
/** @typedef {{ answer: any, data: ArrayBuffer | DataView<ArrayBuffer> | null }} Answered */

/**
 * A call by comm that was not answered yet.
 * @typedef {object} Asked
 * @property {(answered: Answered) => void} resolve
 * @property {(problem: Error) => void} reject
 * @property {ReturnType<typeof setTimeout>} timer
 */

export class Gone extends Error {}

export class Closed extends Gone {} // for good: nothing is asked again

export class Calls {
  /** @param {Model} model */
  constructor(model) {
    this.model = model;
    this.number = 0;
    /** @type {Map<number, Asked>} */
    this.waiting = new Map();
    this.served = false; // whether the server has ever answered
    this.byComm = location.protocol.startsWith("http") && !LOOPBACK.test(location.hostname);
    /** @type {(content: any, buffers?: DataView<ArrayBuffer>[]) => void} */
    this.listen = (content, buffers) => this.answered(content, buffers);
    model.on("msg:custom", this.listen);
  }

  /** @returns {string} */
  get url() {
    return this.model.get("url");
  }

  /**
   * Throws Gone where the kernel does not answer any more.
   * @param {Call} call
   * @returns {Promise<Answered>}
   */
  async ask(call) {
    if (this.byComm) return this.askByComm(call);
    try {
      const response = await fetch(this.url, { method: "POST", body: JSON.stringify(call) });
      if (response.status === 404) throw new Closed("This view was closed in the kernel. Run its cell again.");
      this.served = true;
      return { answer: await response.json(), data: null };
    } catch (problem) {
      if (problem instanceof Gone) throw problem;
      if (this.served) throw new Gone("The kernel does not answer any more. Run the cell again.");
      this.byComm = true; // another machine's kernel, or a tunnel that carries only Jupyter's port
      return this.askByComm(call);
    }
  }

  /**
   * What steers a replay goes to the process that sends, past a kernel that may be busy. What that one cannot do, or
   * where it is gone, is for the kernel to answer.
   * @param {Call} call
   * @param {string | undefined} door
   * @returns {Promise<Answered>}
   */
  async steer(call, door) {
    if (!door || this.byComm || !STEERING_CALLS.has(call.do)) return this.ask(call);
    try {
      const response = await fetch(door, { method: "POST", body: JSON.stringify(call) });
      if (response.ok) return { answer: { now: await response.json() }, data: null };
    } catch {
      // the replay is over, and its process too
    }
    return this.ask(call);
  }

  /**
   * @param {Call} call
   * @returns {Promise<Answered>}
   */
  askByComm(call) {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(number);
        reject(new Gone("The kernel does not answer. Is a cell running, or was the kernel restarted?"));
      }, ANSWER_TIMEOUT_MS);
      this.waiting.set(number, { resolve, reject, timer });
      this.model.send({ number, call });
    });
  }

  /**
   * @param {any} content
   * @param {DataView<ArrayBuffer>[]} [buffers]
   */
  answered(content, buffers) {
    const asked = this.waiting.get(content?.number);
    if (asked === undefined) return; // another page's
    this.waiting.delete(content.number);
    clearTimeout(asked.timer);
    asked.resolve({ answer: content.answer, data: buffers?.[0] ?? null });
  }

  close() {
    this.model.off("msg:custom", this.listen);
    for (const { timer, reject } of this.waiting.values()) {
      clearTimeout(timer);
      reject(new Closed("This view is closed."));
    }
    this.waiting.clear();
  }
}
