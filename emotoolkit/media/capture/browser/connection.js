// @ts-check
// The way to Python: a socket to the recorder's process, or else messages through the kernel.

const CONNECT_TIMEOUT_MS = 3000; // to reach the recorder's process before it is tried through the kernel
const RECONNECT_DELAY_MS = 300; // to the second attempt, after a connection broke
const CLOSE_DELAY_MS = 500; // in which the last message still goes

/**
 * The widget's model, as far as it is used here.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(event: string, act: (...told: any[]) => void) => void} on
 * @property {(event: string, act: (...told: any[]) => void) => void} off
 * @property {(content: object, callbacks?: object, buffers?: ArrayBuffer[]) => void} send
 */

/** @typedef {{ do: string, have?: number }} Message */

/**
 * What is called when something happens to it.
 * @typedef {object} Callbacks
 * @property {() => void} connected there is a way, or another one: before anything goes over it
 * @property {(message: Message) => void} received
 * @property {() => void} lost there is none any more
 */

export class Connection {
  /**
   * @param {Model} model
   * @param {Callbacks} callbacks
   */
  constructor(model, callbacks) {
    this.model = model;
    this.callbacks = callbacks;
    this.page = crypto.randomUUID ? crypto.randomUUID() : String(Math.random());
    /** @type {WebSocket | null} */
    this.socket = null;
    this.asked = false; // Python waits for what this page records
    this.reached = false; // the socket has once been open: from then on, it is the only way
    this.retried = false; // the second attempt was made
    this.ended = false;
  }

  /** @param {string} address */
  open(address) {
    this.asked = true;
    this.reach(address);
  }

  /** @param {string} address */
  reach(address) {
    let socket;
    try {
      socket = new WebSocket(address);
    } catch {
      this.take(null);
      return;
    }
    socket.binaryType = "arraybuffer";
    const late = setTimeout(() => socket.close(), CONNECT_TIMEOUT_MS);
    socket.onopen = () => {
      clearTimeout(late);
      this.reached = true;
      this.take(socket);
    };
    socket.onmessage = (event) => this.callbacks.received(JSON.parse(event.data));
    socket.onclose = () => {
      clearTimeout(late);
      this.closed(socket, address);
    };
  }

  /**
   * @param {WebSocket} socket
   * @param {string} address
   */
  closed(socket, address) {
    if (this.ended || (this.socket && this.socket !== socket)) return;
    this.socket = null;
    if (!this.reached) this.take(null);
    else if (!this.retried) {
      this.retried = true; // once more: a network may have hiccuped
      setTimeout(() => this.reach(address), RECONNECT_DELAY_MS);
    } else this.callbacks.lost();
  }

  /** @param {WebSocket | null} socket null: through the kernel */
  take(socket) {
    this.socket = socket;
    this.callbacks.connected();
    this.tell({ do: "hello" });
  }

  /** @param {{ do: string, [field: string]: unknown }} message */
  tell(message) {
    const whole = { ...message, page: this.page };
    if (this.socket) {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(whole));
    } else if (!this.reached) this.model.send(whole);
  }

  /**
   * Sends a chunk, unless the connection is broken at the moment; gives whether it did.
   * @param {Uint8Array<ArrayBuffer>} chunk
   */
  carry(chunk) {
    if (this.socket) {
      if (this.socket.readyState !== WebSocket.OPEN) return false;
      this.socket.send(chunk);
    } else if (!this.reached) this.model.send({ do: "chunk" }, undefined, [chunk.buffer]);
    else return false;
    return true;
  }

  end() {
    this.ended = true;
    if (this.socket) setTimeout(() => this.socket?.close(), CLOSE_DELAY_MS);
  }
}
