// @ts-check
// The position that the reader looks at: the media element's time where there is one, else a clock that runs like it.

/** @import { Log } from "./view_log.js" */

const SEEK_ABOVE_S = 0.35; // with a larger error, the playhead seeks; with a smaller one, its rate is corrected
const PLAYABLE_RATES = [0.0625, 16]; // that browsers play
const END_MARGIN_S = 0.05; // nearer to the end than this, it does not start to play
const TOLERANCE_S = 0.02; // with a smaller error, a stopped playhead does not seek
const MAX_RATE_CORRECTION = 0.1; // of the speed, at most

/**
 * The rate at which a playhead reaches a replay within some seconds.
 * @param {number} speed of the replay
 * @param {number} error s by which the replay is ahead of the playhead
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
    this.clock = { time: 0, startedAt: 0, playing: false, rate: 1 };
    /** @type {number | null} where to seek once the element has its metadata */
    this.pendingSeek = null;
  }

  /** @param {HTMLMediaElement} element */
  attach(element) {
    const time = this.time;
    const playing = this.playing;
    this.element = element;
    element.addEventListener("loadedmetadata", () => {
      const to = this.pendingSeek;
      if (to !== null) element.currentTime = Math.min(to, element.duration || this.duration);
      this.pendingSeek = null;
    });
    this.seek(time);
    if (playing) this.play();
  }

  detach() {
    const [time, playing] = [this.time, this.playing];
    this.element = null;
    this.clock = { time, startedAt: this.monotonic(), playing, rate: 1 };
  }

  get time() {
    if (this.element) return this.pendingSeek ?? this.element.currentTime;
    const { time, startedAt, playing, rate } = this.clock;
    const elapsed = playing ? ((this.monotonic() - startedAt) / 1000) * rate : 0;
    return Math.min(this.duration, time + elapsed);
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
      this.clock = { ...this.clock, time: this.time, startedAt: this.monotonic(), rate };
    }
  }

  // Browsers block sound before the reader has used the page: then it plays muted.
  async play() {
    if (!this.element) {
      const time = this.time >= this.duration ? 0 : this.time;
      this.clock = { ...this.clock, time, startedAt: this.monotonic(), playing: true };
      return;
    }
    try {
      await this.element.play();
    } catch (problem) {
      // Other errors: it was paused or replaced in the meantime, or fires an error event itself.
      if (!(problem instanceof Error) || problem.name !== "NotAllowedError") return;
      this.element.muted = true;
      await this.element.play().catch(() => {});
    }
  }

  pause() {
    if (this.element) this.element.pause();
    this.clock = { ...this.clock, time: this.time, startedAt: this.monotonic(), playing: false };
  }

  /** @param {number} moment s */
  seek(moment) {
    const to = Math.min(Math.max(moment, 0), this.duration);
    const { element } = this;
    if (element && element.readyState >= 1) element.currentTime = Math.min(to, element.duration || to);
    else if (element) this.pendingSeek = to;
    this.clock = { ...this.clock, time: to, startedAt: this.monotonic() };
  }

  /**
   * Follows a replay; called once per frame.
   * @param {Pick<Log, "status" | "position">} log
   */
  follow(log) {
    const speed = log.status?.state === "playing" ? log.status.speed : null;
    if (speed !== null && speed <= PLAYABLE_RATES[1]) this.followPlaying(log.position(), speed);
    else this.followStopped(log.position());
  }

  /**
   * Follows a replay that plays.
   * @param {number} target s
   * @param {number} speed
   */
  followPlaying(target, speed) {
    if (this.element?.seeking) return;
    const error = target - this.time;
    if (Math.abs(error) > SEEK_ABOVE_S * Math.max(1, speed)) this.seek(target);
    this.rate = rateFor(speed, error);
    if (!this.playing && target < this.duration - END_MARGIN_S) this.play();
  }

  /**
   * Follows a replay that does not play, or plays faster than browsers can.
   * @param {number} target s
   */
  followStopped(target) {
    const error = target - this.time;
    if (this.playing) this.pause();
    if (Math.abs(error) > TOLERANCE_S && !this.element?.seeking) this.seek(target);
  }
}
