// What the page knows: the kernel's log, entry by entry, and where the replay is now.

const AGAIN = 2000; // ms from a pull that was refused, or not answered, to the next
const SELDOM = 60000; // ms between two pulls at most, where nobody has answered for long

class Story {
  constructor() {
    this.have = 0;
    this.seen = "";
    this.lanes = []; // by number
    this.spans = new Map(); // lane number -> Map of span number -> span
    this.values = new Map(); // lane number -> [{start, end, channel, value}]
    this.ranges = new Map(); // lane number -> [lowest, highest]
    this.last = 0; // media second at which the last of all ends
    this.messages = [];
    this.marks = [];
    this.waveform = null;
    this.now = null;
    this.nowAt = 0;
    this.updates = 0;
    this.trouble = "";
  }

  // Takes an answer to a pull. Entries that are known already are passed over.
  take(answer) {
    answer.entries.slice(Math.max(0, this.have - answer.from)).forEach((entry) => this.tell(entry));
    this.have = Math.max(this.have, answer.from + answer.entries.length);
    this.seen = answer.seen;
    this.be(answer.now);
    this.updates += 1;
  }

  be(now) {
    this.now = now;
    this.nowAt = performance.now();
  }

  tell([kind, ...fields]) {
    if (kind === "lane") {
      const [number, api, sort, label, colour, unit] = fields;
      const name = sort === "score" ? `quality: ${label}` : label; // parameters have some of these names too
      this.lanes[number] = { number, api, sort, label, name, colour, unit };
    } else if (kind === "span") {
      const [number, lane, label, colour, start, end, strength, text, closed] = fields;
      if (!this.spans.has(lane)) this.spans.set(lane, new Map());
      this.last = Math.max(this.last, end ?? start);
      this.spans.get(lane).set(number, { number, lane, label, colour, start, end, strength, text, closed });
    } else if (kind === "values") {
      const [start, end, channel, values] = fields;
      for (const [lane, value] of values) {
        if (!this.values.has(lane)) this.values.set(lane, []);
        this.values.get(lane).push({ start, end, channel, value });
        const [low, high] = this.ranges.get(lane) ?? [Infinity, -Infinity];
        this.ranges.set(lane, [Math.min(low, value), Math.max(high, value)]);
      }
      this.last = Math.max(this.last, end);
    } else if (kind === "said") {
      const [api, name, start, end, received, text] = fields;
      this.messages.push({ api, name, start, end, received, text });
    } else if (kind === "mark") {
      const [sort, start, end, text] = fields;
      this.marks.push({ sort, start, end, text });
      this.last = Math.max(this.last, end);
    }
  }

  get duration() {
    return this.now?.duration ?? 1;
  }

  get under() {
    return Boolean(this.now?.live) && this.now.state !== "ended";
  }

  // Media second at which the replay is at this very moment.
  position() {
    const now = this.now;
    if (!now) return 0;
    if (now.state !== "playing" || now.speed === null) return now.position;
    return Math.min(this.duration, now.position + ((performance.now() - this.nowAt) / 1000) * now.speed);
  }

  // What a lane has at a media second, of its first channel.
  valueAt(lane, moment) {
    let found = null;
    for (const each of this.values.get(lane) ?? []) {
      const here = each.start <= moment && moment < each.end;
      if (here && (found === null || each.channel <= found.channel)) found = each;
    }
    return found?.value ?? null;
  }
}

// Pulls what is new for as long as somebody looks. One per model; views say whether they are seen.
class Puller {
  constructor(calls, story, told) {
    Object.assign(this, { calls, story, told, lookers: new Set(), running: false, closed: false });
  }

  look(view, seen) {
    if (seen) this.lookers.add(view);
    else this.lookers.delete(view);
    if (seen && !this.running) this.run();
  }

  // A kernel that does not answer may be busy, or the machine was asleep: it is asked again, less and less often.
  async run() {
    this.running = true;
    let wait = AGAIN;
    while (this.lookers.size && !this.closed) {
      const answered = await this.pull();
      if (this.closed) break;
      this.told();
      wait = answered ? AGAIN : wait;
      if (this.story.trouble) await new Promise((resolve) => setTimeout(resolve, wait));
      if (!answered) wait = Math.min(2 * wait, SELDOM);
    }
    this.running = false;
  }

  async pull() {
    try {
      const { answer } = await this.calls.ask({ do: "pull", have: this.story.have, seen: this.story.seen });
      if (answer.closed) throw new Closed("This view was closed in the kernel. Run its cell again."); // its server ends
      this.story.trouble = answer.error ?? "";
      if (!answer.error) this.story.take(answer);
      return true;
    } catch (problem) {
      this.story.trouble = problem.message;
      if (problem instanceof Closed && !this.closed) {
        this.closed = true;
        this.told();
      }
      return false;
    }
  }
}
