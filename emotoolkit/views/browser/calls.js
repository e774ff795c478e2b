// How the page asks the kernel: over its loopback server, or, where that cannot be reached, by comm messages.
// One model has one of these, whatever the number of its views.

const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;
const STEERED = new Set(["play", "pause", "seek"]); // what the sending process takes from a page
const PATIENCE = 30000; // ms for an answer by comm: a cell may be running

class Gone extends Error {}

class Closed extends Gone {} // for good: nothing is asked again

class Calls {
  constructor(model) {
    this.model = model;
    this.number = 0;
    this.waiting = new Map();
    this.served = false; // whether the server has ever answered
    this.byComm = location.protocol.startsWith("http") && !LOOPBACK.test(location.hostname);
    this.listen = (content, buffers) => this.answered(content, buffers);
    model.on("msg:custom", this.listen);
  }

  get url() {
    return this.model.get("url");
  }

  // Gives {answer, data}; throws Gone where there is nobody any more.
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

  // What steers a replay goes to the process that sends, past a kernel that may be busy. What that one cannot do, or
  // where it is gone, is for the kernel to answer.
  async steer(call, door) {
    if (!door || this.byComm || !STEERED.has(call.do)) return this.ask(call);
    try {
      const response = await fetch(door, { method: "POST", body: JSON.stringify(call) });
      if (response.ok) return { answer: { now: await response.json() }, data: null };
    } catch {
      // the replay is over, and its process too
    }
    return this.ask(call);
  }

  askByComm(call) {
    const number = ++this.number;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.waiting.delete(number);
        reject(new Gone("The kernel does not answer. Is a cell running, or was the kernel restarted?"));
      }, PATIENCE);
      this.waiting.set(number, { resolve, reject, timer });
      this.model.send({ number, call });
    });
  }

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
