// @ts-check
// Connection to Python: a socket to the recorder's process, or else messages through the kernel.
//
// The socket is tried first. If it does not open within CONNECT_TIMEOUT_MS, the kernel is used for good. Once it has
// been open, the kernel is not used any more: a socket that breaks is opened again once, and the connection is lost
// if that one breaks, too, before a message has arrived.

const CONNECT_TIMEOUT_MS = 3000; // to open the socket, before the kernel is used
const RECONNECT_DELAY_MS = 300; // before a broken socket is opened again
const CLOSE_DELAY_MS = 500; // for the last message to be sent

/**
 * The widget's model, as far as it is used here.
 * @typedef {object} Model
 * @property {(name: string) => any} get
 * @property {(event: string, listener: (...args: any[]) => void) => void} on
 * @property {(event: string, listener: (...args: any[]) => void) => void} off
 * @property {(content: object, callbacks?: object, buffers?: ArrayBuffer[]) => void} send
 */

/** @typedef {{ do: string, have?: number }} Message */

/**
 * Called when the connection changes.
 * @typedef {object} Callbacks
 * @property {() => void} connected a new socket, or the kernel: before anything is sent
 * @property {(message: Message) => void} received
 * @property {() => void} lost the connection has ended
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
    this.requested = false; // Python expects a recording from this page
    this.socketUsed = false; // the socket has been open: the kernel is not used any more
    this.retried = false; // the socket has been opened again
    this.ended = false;
  }

  /** @param {string} address */
  open(address) {
    this.requested = true;
    this.openSocket(address);
  }

  /** @param {string} address */
  openSocket(address) {
    let socket;
    try {
      socket = new WebSocket(address);
    } catch {
      this.use(null);
      return;
    }
    socket.binaryType = "arraybuffer";
    const timeout = setTimeout(() => socket.close(), CONNECT_TIMEOUT_MS);
    socket.onopen = () => {
      clearTimeout(timeout);
      this.socketUsed = true;
      this.use(socket);
    };
    socket.onmessage = (event) => this.callbacks.received(JSON.parse(event.data));
    socket.onclose = () => {
      clearTimeout(timeout);
      this.socketClosed(socket, address);
    };
  }

  /**
   * @param {WebSocket} socket
   * @param {string} address
   */
  socketClosed(socket, address) {
    if (this.ended || (this.socket && this.socket !== socket)) return;
    this.socket = null;
    if (!this.socketUsed) this.use(null);
    else if (!this.retried) {
      this.retried = true; // the network may have been interrupted
      setTimeout(() => this.openSocket(address), RECONNECT_DELAY_MS);
    } else this.callbacks.lost();
  }

  /** @param {WebSocket | null} socket null: through the kernel */
  use(socket) {
    this.socket = socket;
    this.callbacks.connected();
    this.send({ do: "hello" });
  }

  /** @param {{ do: string, [field: string]: unknown }} message */
  send(message) {
    const withPage = { ...message, page: this.page };
    if (this.socket) {
      if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(withPage));
    } else if (!this.socketUsed) this.model.send(withPage);
  }

  /**
   * Sends a chunk and returns true; returns false while the connection is broken.
   * @param {Uint8Array<ArrayBuffer>} chunk
   */
  sendChunk(chunk) {
    if (this.socket) {
      if (this.socket.readyState !== WebSocket.OPEN) return false;
      this.socket.send(chunk);
    } else if (!this.socketUsed) this.model.send({ do: "chunk" }, undefined, [chunk.buffer]);
    else return false;
    return true;
  }

  end() {
    this.ended = true;
    if (this.socket) setTimeout(() => this.socket?.close(), CLOSE_DELAY_MS);
  }
}
