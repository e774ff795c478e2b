// @ts-check
// Play, pause and seek: of the replay as long as it is followed, else of the page's own playhead.

import { messageOf } from "./dom.js";

/** @import { Call, Calls } from "./calls.js" */
/** @import { Playhead } from "./playhead.js" */
/** @import { Log } from "./view_log.js" */

const RESTART_MARGIN_S = 0.05; // nearer to the end than this, playing begins anew

/**
 * What shows how it is played.
 * @typedef {object} Display
 * @property {() => void} bar draws the buttons
 * @property {() => void} cursor draws the cursor, and the numbers there
 * @property {() => void} changed draws everything
 * @property {(text: string) => void} tell says something about what was done last
 */

export class Playback {
  /**
   * @param {Pick<Calls, "steer">} calls
   * @param {Log} log
   * @param {Playhead} playhead
   * @param {Display} display
   */
  constructor(calls, log, playhead, display) {
    this.calls = calls;
    this.log = log;
    this.playhead = playhead;
    this.display = display;
    /** @type {boolean | null} whether the playhead stays where the replay is; null: not known yet */
    this.follow = null;
  }

  /** Whether what is played is the replay itself. */
  get live() {
    return Boolean(this.follow) && this.log.underWay;
  }

  get playing() {
    return this.live ? ["opening", "playing"].includes(this.log.now?.state ?? "") : this.playhead.playing;
  }

  /** What happens now can be started, but neither held nor sent again. */
  get usable() {
    return !this.live || Boolean(this.log.now?.steered) || this.log.now?.state === "ready";
  }

  // A replay that has just begun is followed; one that has ended is not any more.
  update() {
    const { now, underWay, duration } = this.log;
    this.playhead.duration = duration;
    if (this.follow === null) this.follow = underWay;
    if (this.follow && now?.live && now.state === "ended") {
      this.follow = false;
      this.playhead.pause();
      this.playhead.rate = 1;
    }
  }

  tick() {
    if (this.live) this.playhead.follow(this.log);
  }

  toggle() {
    if (this.live) this.toggleReplay();
    else if (this.playhead.playing) this.playhead.pause();
    else {
      if (this.playhead.time >= this.log.duration - RESTART_MARGIN_S) this.playhead.seek(0);
      this.playhead.rate = 1;
      this.playhead.play();
    }
    this.display.bar();
  }

  toggleReplay() {
    const { now } = this.log;
    if (!this.usable || !now) return;
    const name = this.playing ? "pause" : "play";
    if (name === "pause") {
      this.log.setNow({ ...now, position: this.log.position(), state: "paused" }); // shows at once
      this.playhead.pause();
    }
    this.display.bar();
    this.command({ do: name });
  }

  /** @param {boolean} follow */
  setFollow(follow) {
    this.follow = follow && this.log.underWay;
    if (!this.follow) this.playhead.rate = 1;
    this.display.bar();
  }

  /** @param {number} moment s */
  scrub(moment) {
    this.setFollow(false);
    this.playhead.seek(moment);
    this.display.cursor();
  }

  replayFromHere() {
    const to = this.playhead.time;
    this.setFollow(true);
    this.command({ do: "seek", to });
  }

  /** @param {Call} call */
  async command(call) {
    try {
      const { answer } = await this.calls.steer(call, this.log.now?.door);
      this.display.tell(answer.error ?? "");
      if (answer.now) this.log.setNow({ ...this.log.now, ...answer.now });
    } catch (problem) {
      this.log.trouble = messageOf(problem);
    }
    this.display.changed();
  }
}
