// @ts-check
// What the page knows: the kernel's log, entry by entry, and where the replay is now.

/**
 * Where a replay is, as the kernel tells it. Times in media seconds.
 * @typedef {object} Now
 * @property {number} position
 * @property {number | null} speed null: as fast as it goes
 * @property {string} state "ready", "opening", "playing", "paused", "ended", "failed" or "waiting"
 * @property {string[]} failures
 * @property {string} title
 * @property {number} duration
 * @property {boolean} live whether anything can be asked of it
 * @property {boolean} steered whether it can be held and moved
 * @property {string} door where it is steered past a busy kernel; empty where it cannot be
 * @property {string[]} first labels of the lanes that are drawn first
 * @property {Record<string, string>} sources who measured, by API
 * @property {[number, number] | null} selection
 * @property {number} selections how often something was selected
 * @property {MediumState} medium
 */

/**
 * The medium that there is to play.
 * @typedef {object} MediumState
 * @property {"video" | "audio" | "none"} kind
 * @property {string} said what the reader should know of it
 * @property {boolean} ready
 * @property {string} [type] MIME type
 * @property {number} [bytes]
 */

/**
 * Something that has a place on the timeline.
 * @typedef {object} Lane
 * @property {number} number
 * @property {string} api
 * @property {LaneSort} sort
 * @property {string} label
 * @property {string} name the label as it is shown
 * @property {string} colour
 * @property {string} unit
 */

/** @typedef {"parameter" | "signal" | "state" | "score"} LaneSort */

/**
 * A stretch of a lane; `end` null: it goes on, `strength` null: not said.
 * @typedef {object} Span
 * @property {number} number
 * @property {number} lane
 * @property {string} label
 * @property {string} colour
 * @property {number} start
 * @property {number | null} end
 * @property {number | null} strength
 * @property {string} text
 * @property {boolean} closed
 * @property {number} opacity as every picture draws it, from 0 to 1
 */

/** @typedef {{ start: number, end: number, channel: number, value: number }} Value */
/** @typedef {{ sort: string, start: number, end: number, text: string }} Mark */
/** @typedef {{ start: number, end: number, low: number[], high: number[], loudest: number }} Envelope */

/**
 * A message of a server; `received` in seconds since the replay began.
 * @typedef {object} Message
 * @property {string} api
 * @property {string} name
 * @property {number | null} start
 * @property {number | null} end
 * @property {number} received
 * @property {string} text
 */

/**
 * An entry of the log: its kind, then its fields in the order of view_log.py.
 * @typedef {["lane", number, string, LaneSort, string, string, string]
 *   | ["span", number, number, string, string, number, number | null, number | null, string, boolean, number]
 *   | ["values", number, number, number, [number, number][]]
 *   | ["said", string, string, number | null, number | null, number, string]
 *   | ["mark", string, number, number, string]} Entry
 */

/** @typedef {{ from: number, entries: Entry[], seen: string, now: Now }} News */

export class Log {
  /** @param {() => number} [monotonic] ms */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    this.have = 0;
    this.seen = "";
    /** @type {Lane[]} by number */
    this.lanes = [];
    /** @type {Map<number, Map<number, Span>>} lane number -> span number -> span */
    this.spans = new Map();
    /** @type {Map<number, Value[]>} by lane number */
    this.values = new Map();
    /** @type {Map<number, [number, number]>} lane number -> lowest, highest */
    this.ranges = new Map();
    this.last = 0; // media second at which the last of all ends
    /** @type {Message[]} */
    this.messages = [];
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {Envelope | null} */
    this.waveform = null;
    /** @type {Now | null} */
    this.now = null;
    this.nowAt = 0;
    this.trouble = "";
  }

  /**
   * Takes an answer to a pull. Entries that are known already are passed over.
   * @param {News} answer
   */
  take(answer) {
    answer.entries.slice(Math.max(0, this.have - answer.from)).forEach((entry) => this.add(entry));
    this.have = Math.max(this.have, answer.from + answer.entries.length);
    this.seen = answer.seen;
    this.setNow(answer.now);
  }

  /** @param {Now} now */
  setNow(now) {
    this.now = now;
    this.nowAt = this.monotonic();
  }

  /** @param {Entry} entry */
  add(entry) {
    if (entry[0] === "lane") {
      const [, number, api, sort, label, colour, unit] = entry;
      const name = sort === "score" ? `quality: ${label}` : label; // parameters have some of these names too
      this.lanes[number] = { number, api, sort, label, name, colour, unit };
    } else if (entry[0] === "span") {
      const [, number, lane, label, colour, start, end, strength, text, closed, opacity] = entry;
      this.addSpan({ number, lane, label, colour, start, end, strength, text, closed, opacity });
    } else if (entry[0] === "values") {
      const [, start, end, channel, values] = entry;
      for (const [lane, value] of values) this.addValue(lane, { start, end, channel, value });
      this.last = Math.max(this.last, end);
    } else if (entry[0] === "said") {
      const [, api, name, start, end, received, text] = entry;
      this.messages.push({ api, name, start, end, received, text });
    } else if (entry[0] === "mark") {
      const [, sort, start, end, text] = entry;
      this.marks.push({ sort, start, end, text });
      this.last = Math.max(this.last, end);
    }
  }

  /** @param {Span} span */
  addSpan(span) {
    const known = this.spans.get(span.lane) ?? new Map();
    this.spans.set(span.lane, known.set(span.number, span));
    this.last = Math.max(this.last, span.end ?? span.start);
  }

  /**
   * @param {number} lane
   * @param {Value} value
   */
  addValue(lane, value) {
    const known = this.values.get(lane);
    if (known) known.push(value);
    else this.values.set(lane, [value]);
    const [low, high] = this.ranges.get(lane) ?? [Infinity, -Infinity];
    this.ranges.set(lane, [Math.min(low, value.value), Math.max(high, value.value)]);
  }

  get duration() {
    return this.now?.duration ?? 1;
  }

  /** Events may lie past the medium's end: the axis goes as far as they do. */
  get end() {
    return Math.max(this.duration, this.last);
  }

  /** Whether a replay is under way. */
  get underWay() {
    return Boolean(this.now?.live) && this.now?.state !== "ended";
  }

  /** Media second at which the replay is at this very moment. */
  position() {
    const now = this.now;
    if (!now) return 0;
    if (now.state !== "playing" || now.speed === null) return now.position;
    return Math.min(this.duration, now.position + ((this.monotonic() - this.nowAt) / 1000) * now.speed);
  }

  /**
   * What a lane has at a media second, of its first channel.
   * @param {number} lane
   * @param {number} moment
   */
  valueAt(lane, moment) {
    /** @type {Value | null} */
    let found = null;
    for (const each of this.values.get(lane) ?? []) {
      const here = each.start <= moment && moment < each.end;
      if (here && (found === null || each.channel <= found.channel)) found = each;
    }
    return found?.value ?? null;
  }
}
