// @ts-check
// Chunks on their way to Python: each waits until it is acknowledged, so that none is lost with a connection.

const MAX_UNACKNOWLEDGED = 40; // chunks that may be on their way and not acknowledged

export class ChunkQueue {
  constructor() {
    /** @type {Uint8Array<ArrayBuffer>[]} not acknowledged yet, in order */
    this.waiting = [];
    this.bytes = 0; // of what waits
    this.made = 0; // chunks until now
    this.sent = 0; // of these, on their way over the present connection, or there
    this.have = 0; // of these, acknowledged
    /** @type {number | null} how many there are in all, as soon as it is known */
    this.last = null;
  }

  /**
   * Takes a chunk in, and puts its number in front of it.
   * @param {ArrayBuffer} data
   */
  push(data) {
    const chunk = new Uint8Array(4 + data.byteLength);
    new DataView(chunk.buffer).setUint32(0, this.made++);
    chunk.set(new Uint8Array(data), 4);
    this.waiting.push(chunk);
    this.bytes += chunk.length;
  }

  /** The chunk that may be sent next; null: none, or too many are on their way. */
  get next() {
    if (this.sent - this.have >= MAX_UNACKNOWLEDGED) return null;
    return this.waiting[this.sent - (this.made - this.waiting.length)] ?? null;
  }

  /** @param {number} have chunks that Python has */
  acknowledge(have) {
    while (this.waiting.length && this.made - this.waiting.length < have) {
      this.bytes -= this.waiting.shift()?.length ?? 0;
    }
    this.have = Math.max(this.have, have);
    this.sent = Math.max(this.sent, this.have);
  }

  /** Over a new connection, everything is sent again that was not acknowledged. */
  rewind() {
    this.sent = this.have;
  }

  /** No more will come. */
  end() {
    this.last = this.made;
  }

  /** Whether all is there. */
  get complete() {
    return this.last !== null && this.have >= this.last;
  }

  clear() {
    this.waiting = [];
    this.bytes = 0;
  }
}
