// @ts-check
// The page's copy of the kernel's log, built entry by entry, and the last status of the replay.

/**
 * The status of a replay, as page_calls.py sends it. Times in media seconds.
 * @typedef {object} Status
 * @property {number} position
 * @property {number | null} speed null: as fast as it goes
 * @property {string} state "ready", "opening", "playing", "paused", "ended", "failed" or "waiting"
 * @property {string[]} failures
 * @property {string} [waiting] what a server has kept the replay waiting for
 * @property {string} title
 * @property {number} duration
 * @property {boolean} accepts_commands
 * @property {boolean} seekable whether it can be paused and moved
 * @property {string} control_url of the sending process, for commands while the kernel is busy; empty without one
 * @property {string[]} default_parameters labels of the parameters that are drawn by default, in their order
 * @property {Record<string, string>} sources who measured, by API
 * @property {[number, number] | null} selection
 * @property {number} selection_count increases with each selection
 * @property {MediumState} medium
 */

/**
 * The medium that the page can play.
 * @typedef {object} MediumState
 * @property {"video" | "audio" | "none"} kind
 * @property {string} message about the medium, for the reader
 * @property {boolean} ready
 * @property {string} [type] MIME type
 * @property {number} [bytes]
 */

/**
 * A lane of the timeline.
 * @typedef {object} Lane
 * @property {number} number
 * @property {string} api
 * @property {LaneKind} kind
 * @property {string} label
 * @property {string} name the label as it is shown
 * @property {string} colour
 * @property {string} unit
 */

/** @typedef {"parameter" | "signal" | "state" | "score"} LaneKind */

/**
 * A labelled stretch of a lane; `end` null: it goes on, `strength` null: no probability given.
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
 * @property {number} opacity from 0 to 1
 */

/** @typedef {{ start: number, end: number, channel: number, value: number }} Value */
/** @typedef {{ kind: string, start: number, end: number, text: string }} Mark */
/** @typedef {{ start: number, end: number, low: number[], high: number[], loudest: number }} Envelope */

/**
 * A message of a server; `received` in seconds since the replay began.
 * @typedef {object} Message
 * @property {string} api
 * @property {string} kind
 * @property {number | null} start
 * @property {number | null} end
 * @property {number} received
 * @property {string} text
 */

/**
 * An entry of the log: its kind, then its fields in the order of view_log.py.
 * @typedef {["lane", number, string, LaneKind, string, string, string]
 *   | ["span", number, number, string, string, number, number | null, number | null, string, boolean, number]
 *   | ["values", number, number, number, [number, number][]]
 *   | ["message", string, string, number | null, number | null, number, string]
 *   | ["mark", string, number, number, string]} Entry
 */

/** @typedef {{ from: number, entries: Entry[], status_key: string, status: Status }} PullAnswer */

export class Log {
  /** @param {() => number} [monotonic] ms */
  constructor(monotonic = () => performance.now()) {
    this.monotonic = monotonic;
    this.entryCount = 0;
    this.statusKey = "";
    /** @type {Lane[]} by number */
    this.lanes = [];
    /** @type {Map<number, Map<number, Span>>} lane number -> span number -> span */
    this.spans = new Map();
    /** @type {Map<number, Value[]>} by lane number */
    this.values = new Map();
    /** @type {Map<number, [number, number]>} lane number -> lowest, highest */
    this.ranges = new Map();
    this.lastEnd = 0; // media second at which the last entry ends
    /** @type {Message[]} */
    this.messages = [];
    /** @type {Mark[]} */
    this.marks = [];
    /** @type {Envelope | null} */
    this.waveform = null;
    /** @type {Status | null} */
    this.status = null;
    this.statusReceivedAt = 0;
    this.error = "";
  }

  /**
   * Adds an answer to a pull; entries that are known already are skipped.
   * @param {PullAnswer} answer
   */
  addAnswer(answer) {
    answer.entries.slice(Math.max(0, this.entryCount - answer.from)).forEach((entry) => this.add(entry));
    this.entryCount = Math.max(this.entryCount, answer.from + answer.entries.length);
    this.statusKey = answer.status_key;
    this.setStatus(answer.status);
  }

  /** @param {Status} status */
  setStatus(status) {
    this.status = status;
    this.statusReceivedAt = this.monotonic();
  }

  /** @param {Entry} entry */
  add(entry) {
    if (entry[0] === "lane") {
      const [, number, api, kind, label, colour, unit] = entry;
      const name = kind === "score" ? `quality: ${label}` : label; // some parameters have the same label
      this.lanes[number] = { number, api, kind, label, name, colour, unit };
    } else if (entry[0] === "span") {
      const [, number, lane, label, colour, start, end, strength, text, closed, opacity] = entry;
      this.addSpan({ number, lane, label, colour, start, end, strength, text, closed, opacity });
    } else if (entry[0] === "values") {
      const [, start, end, channel, values] = entry;
      for (const [lane, value] of values) this.addValue(lane, { start, end, channel, value });
      this.lastEnd = Math.max(this.lastEnd, end);
    } else if (entry[0] === "message") {
      const [, api, kind, start, end, received, text] = entry;
      this.messages.push({ api, kind, start, end, received, text });
    } else if (entry[0] === "mark") {
      const [, kind, start, end, text] = entry;
      this.marks.push({ kind, start, end, text });
      this.lastEnd = Math.max(this.lastEnd, end);
    }
  }

  /** @param {Span} span */
  addSpan(span) {
    const known = this.spans.get(span.lane) ?? new Map();
    this.spans.set(span.lane, known.set(span.number, span));
    this.lastEnd = Math.max(this.lastEnd, span.end ?? span.start);
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
    return this.status?.duration ?? 1;
  }

  /** End of the axis: results may lie after the medium's end. */
  get end() {
    return Math.max(this.duration, this.lastEnd);
  }

  /** Whether there is a replay that has not ended. */
  get running() {
    return Boolean(this.status?.accepts_commands) && this.status?.state !== "ended";
  }

  /** Present position of the replay in media seconds, extrapolated from the last status. */
  position() {
    const status = this.status;
    if (!status) return 0;
    if (status.state !== "playing" || status.speed === null) return status.position;
    const elapsed = (this.monotonic() - this.statusReceivedAt) / 1000;
    return Math.min(this.duration, status.position + elapsed * status.speed);
  }

  /**
   * The value of a lane at a media second, of the lowest channel that has one.
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
