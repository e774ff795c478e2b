// @ts-check
// Play, pause and seek: they control the replay while it is followed, and the page's own playhead otherwise.

import { errorMessage } from "./dom.js";

/** @import { Call, Calls } from "./calls.js" */
/** @import { Playhead } from "./playhead.js" */
/** @import { Log } from "./view_log.js" */

const RESTART_MARGIN_S = 0.05; // nearer to the end than this, playing starts from the beginning

/**
 * @typedef {object} Display
 * @property {() => void} bar draws the buttons
 * @property {() => void} cursor draws the cursor and the numbers at it
 * @property {() => void} changed draws everything
 * @property {(text: string) => void} showText shows the result of the last command
 */

export class Playback {
  /**
   * @param {Pick<Calls, "sendCommand">} calls
   * @param {Log} log
   * @param {Playhead} playhead
   * @param {Display} display
   */
  constructor(calls, log, playhead, display) {
    this.calls = calls;
    this.log = log;
    this.playhead = playhead;
    this.display = display;
    /** @type {boolean | null} whether the playhead follows the replay; null: not decided yet */
    this.follow = null;
  }

  /** Whether the playhead follows a replay that has not ended. */
  get followsReplay() {
    return Boolean(this.follow) && this.log.running;
  }

  get playing() {
    return this.followsReplay ? ["opening", "playing"].includes(this.log.status?.state ?? "") : this.playhead.playing;
  }

  /** Whether it can be played or paused: a live recording can only be started. */
  get canToggle() {
    return !this.followsReplay || Boolean(this.log.status?.seekable) || this.log.status?.state === "ready";
  }

  // A replay is followed from its beginning to its end.
  update() {
    const { status, running, duration } = this.log;
    this.playhead.duration = duration;
    if (this.follow === null) this.follow = running;
    if (this.follow && status?.accepts_commands && status.state === "ended") {
      this.follow = false;
      this.playhead.pause();
      this.playhead.rate = 1;
    }
  }

  tick() {
    if (this.followsReplay) this.playhead.follow(this.log);
  }

  toggle() {
    if (this.followsReplay) this.toggleReplay();
    else if (this.playhead.playing) this.playhead.pause();
    else {
      if (this.playhead.time >= this.log.duration - RESTART_MARGIN_S) this.playhead.seek(0);
      this.playhead.rate = 1;
      this.playhead.play();
    }
    this.display.bar();
  }

  toggleReplay() {
    const { status } = this.log;
    if (!this.canToggle || !status) return;
    const name = this.playing ? "pause" : "play";
    if (name === "pause") {
      this.log.setStatus({ ...status, position: this.log.position(), state: "paused" }); // before the answer
      this.playhead.pause();
    }
    this.display.bar();
    this.command({ do: name });
  }

  /** @param {boolean} follow */
  setFollow(follow) {
    this.follow = follow && this.log.running;
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
      const { answer } = await this.calls.sendCommand(call, this.log.status?.control_url);
      this.display.showText(answer.error ?? "");
      if (answer.status) this.log.setStatus({ ...this.log.status, ...answer.status });
    } catch (problem) {
      this.log.error = errorMessage(problem);
    }
    this.display.changed();
  }
}
