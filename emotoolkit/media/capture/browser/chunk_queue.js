// @ts-check
// Queue of chunks for Python: each is kept until it is acknowledged, so that none is lost with a connection.

const MAX_UNACKNOWLEDGED = 40; // chunks that may be sent and not acknowledged

export class ChunkQueue {
  constructor() {
    /** @type {Uint8Array<ArrayBuffer>[]} not acknowledged yet, in order */
    this.waiting = [];
    this.bytes = 0; // of the waiting chunks
    this.made = 0; // number of chunks so far
    this.sent = 0; // of these, sent over the present connection, or acknowledged
    this.have = 0; // of these, acknowledged
    /** @type {number | null} number of all chunks, once it is known */
    this.last = null;
  }

  /**
   * Adds a chunk, with its number before the data.
   * @param {ArrayBuffer} data
   */
  push(data) {
    const chunk = new Uint8Array(4 + data.byteLength);
    new DataView(chunk.buffer).setUint32(0, this.made++);
    chunk.set(new Uint8Array(data), 4);
    this.waiting.push(chunk);
    this.bytes += chunk.length;
  }

  /** The chunk to be sent next; null if there is none, or too many are unacknowledged. */
  get next() {
    if (this.sent - this.have >= MAX_UNACKNOWLEDGED) return null;
    return this.waiting[this.sent - (this.made - this.waiting.length)] ?? null;
  }

  /** @param {number} have number of chunks that Python has */
  acknowledge(have) {
    while (this.waiting.length && this.made - this.waiting.length < have) {
      this.bytes -= this.waiting.shift()?.length ?? 0;
    }
    this.have = Math.max(this.have, have);
    this.sent = Math.max(this.sent, this.have);
  }

  /** Over a new connection, all unacknowledged chunks are sent again. */
  rewind() {
    this.sent = this.have;
  }

  /** Marks the chunks so far as all. */
  end() {
    this.last = this.made;
  }

  /** Whether all chunks are acknowledged. */
  get complete() {
    return this.last !== null && this.have >= this.last;
  }

  clear() {
    this.waiting = [];
    this.bytes = 0;
  }
}
