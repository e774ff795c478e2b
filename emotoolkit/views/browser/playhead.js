// @ts-check
// Where the reader looks: the media element's own time where there is one, else a clock that counts as it would.

/** @import { Log } from "./view_log.js" */

const SEEK_ABOVE_S = 0.35; // farther from the replay than this, it is sought; nearer, it is steered by its rate
const PLAYABLE_RATES = [0.0625, 16]; // what browsers play
const END_MARGIN_S = 0.05; // nearer to the end than this, nothing is played any more
const TOLERANCE_S = 0.02; // nearer than this, nothing is sought
const MAX_RATE_CORRECTION = 0.1; // of the speed: by how much the rate differs from it at most

/**
 * The rate that brings a playhead to a replay within some seconds.
 * @param {number} speed of the replay
 * @param {number} error s that the replay is in front of the playhead
 */
export function rateFor(speed, error) {
  return speed * (1 + Math.min(Math.max(error / 2, -MAX_RATE_CORRECTION), MAX_RATE_CORRECTION));
}

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
    const legal = Math.min(Math.max(rate, PLAYABLE_RATES[0]), PLAYABLE_RATES[1]);
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
      // Else it was paused or replaced meanwhile, or reports an error itself.
      if (!(problem instanceof Error) || problem.name !== "NotAllowedError") return;
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
    const { element } = this;
    if (element && element.readyState >= 1) element.currentTime = Math.min(to, element.duration || to);
    else if (element) this.wanted = to;
    this.clock = { ...this.clock, at: to, since: this.monotonic() };
  }

  /**
   * Brings it to where a replay is, once a frame.
   * @param {Pick<Log, "now" | "position">} log
   */
  follow(log) {
    const speed = log.now?.state === "playing" ? log.now.speed : null;
    if (speed !== null && speed <= PLAYABLE_RATES[1]) this.pace(log.position(), speed);
    else this.hold(log.position());
  }

  /**
   * Goes with a replay that plays.
   * @param {number} target s
   * @param {number} speed
   */
  pace(target, speed) {
    if (this.element?.seeking) return;
    const error = target - this.time;
    if (Math.abs(error) > SEEK_ABOVE_S * Math.max(1, speed)) this.seek(target);
    this.rate = rateFor(speed, error);
    if (!this.playing && target < this.duration - END_MARGIN_S) this.play();
  }

  /**
   * Stays with a replay that does not play, or faster than browsers can.
   * @param {number} target s
   */
  hold(target) {
    const error = target - this.time;
    if (this.playing) this.pause();
    if (Math.abs(error) > TOLERANCE_S && !this.element?.seeking) this.seek(target);
  }
}
