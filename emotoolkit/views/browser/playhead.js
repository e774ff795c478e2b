// @ts-check
// Where the reader looks: the media element's own time where there is one, else a clock that counts as it would.

/** @import { Log } from "./view_log.js" */

const OFF = 0.35; // s; farther from the replay than this, it is sought; nearer, it is steered by its rate
const RATES = [0.0625, 16]; // what browsers play

export class Playhead {
  /**
   * @param {number} duration s
   * @param {() => number} [monotonic] ms
   */
  constructor(duration, monotonic = () => performance.now()) {
    this.duration = duration;
    this.monotonic = monotonic;
    /** @type {HTMLMediaElement | null} */
    this.element = null;
    this.clock = { at: 0, since: 0, playing: false, rate: 1 };
    /** @type {number | null} a moment to go to as soon as the element can */
    this.wanted = null;
  }

  /** @param {HTMLMediaElement} element */
  attach(element) {
    const time = this.time;
    const playing = this.playing;
    this.element = element;
    element.addEventListener("loadedmetadata", () => {
      if (this.wanted !== null) element.currentTime = Math.min(this.wanted, element.duration || this.duration);
      this.wanted = null;
    });
    this.seek(time);
    if (playing) this.play();
  }

  detach() {
    const [time, playing] = [this.time, this.playing];
    this.element = null;
    this.clock = { at: time, since: this.monotonic(), playing, rate: 1 };
  }

  get time() {
    if (this.element) return this.wanted ?? this.element.currentTime;
    const { at, since, playing, rate } = this.clock;
    const time = playing ? at + ((this.monotonic() - since) / 1000) * rate : at;
    return Math.min(this.duration, time);
  }

  get playing() {
    if (this.element) return !this.element.paused && !this.element.ended;
    return this.clock.playing && this.time < this.duration;
  }

  /** @param {number} rate */
  set rate(rate) {
    const legal = Math.min(Math.max(rate, RATES[0]), RATES[1]);
    if (this.element) {
      if (Math.abs(this.element.playbackRate - legal) > 0.001) this.element.playbackRate = legal;
    } else if (this.clock.rate !== rate) {
      this.clock = { ...this.clock, at: this.time, since: this.monotonic(), rate };
    }
  }

  // Browsers let nothing sound before the reader has touched the page: then it plays without sound.
  async play() {
    if (!this.element) {
      const at = this.time >= this.duration ? 0 : this.time;
      this.clock = { ...this.clock, at, since: this.monotonic(), playing: true };
      return;
    }
    try {
      await this.element.play();
    } catch (problem) {
      if (!(problem instanceof Error) || problem.name !== "NotAllowedError") return; // paused or replaced meanwhile, or it reports an error itself
      this.element.muted = true;
      await this.element.play().catch(() => {});
    }
  }

  pause() {
    if (this.element) this.element.pause();
    this.clock = { ...this.clock, at: this.time, since: this.monotonic(), playing: false };
  }

  /** @param {number} moment s */
  seek(moment) {
    const to = Math.min(Math.max(moment, 0), this.duration);
    if (this.element && this.element.readyState >= 1) this.element.currentTime = Math.min(to, this.element.duration || to);
    else if (this.element) this.wanted = to;
    this.clock = { ...this.clock, at: to, since: this.monotonic() };
  }

  /**
   * Brings it to where a replay is, once a frame.
   * @param {Pick<Log, "now" | "position">} log
   */
  follow(log) {
    const target = log.position();
    const error = target - this.time;
    const speed = log.now?.state === "playing" ? log.now.speed : null;
    const paced = speed !== null && speed <= RATES[1];
    if (paced && !this.element?.seeking) {
      if (Math.abs(error) > OFF * Math.max(1, speed)) this.seek(target);
      this.rate = speed * (1 + Math.min(Math.max(error / 2, -0.1), 0.1));
      if (!this.playing && target < this.duration - 0.05) this.play();
    } else if (!paced) {
      if (this.playing) this.pause();
      if (Math.abs(error) > 0.02 && !this.element?.seeking) this.seek(target);
    }
  }
}
