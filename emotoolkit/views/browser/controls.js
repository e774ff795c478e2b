// @ts-check
// The bar of buttons, time and selection as text, notes and errors.

import { make, setText } from "./dom.js";
import { formatClock } from "./formats.js";

/** @import { Playback } from "./playback.js" */
/** @import { Stretch } from "./selection.js" */
/** @import { Log } from "./view_log.js" */

/** @typedef {"toggle" | "follow" | "replayFromHere" | "mute" | "zoomIn" | "zoomOut" | "showAll"} Action */
/** @typedef {Record<Action, () => void>} ButtonActions */

/**
 * @param {string} textContent
 * @param {string} title
 * @param {() => void} onclick
 */
function button(textContent, title, onclick) {
  return make("button", { type: "button", textContent, title, onclick });
}

export class Controls {
  /**
   * @param {Log} log
   * @param {Playback} playback
   * @param {ButtonActions} actions
   */
  constructor(log, playback, actions) {
    this.log = log;
    this.playback = playback;
    this.notes = make("div", { className: "emo-notes" });
    this.error = make("div", { className: "emo-error", role: "alert" });
    this.play = button("Play", "Play or pause (space)", actions.toggle);
    this.follow = button("Follow live", "Stay where the replay is (f)", actions.follow);
    const here = "Send the recording again from the cursor on";
    this.replayFromHere = button("Replay from here", here, actions.replayFromHere);
    this.mute = button("Sound off", "Sound on or off", actions.mute);
    this.time = make("span", { className: "emo-time" });
    this.selection = make("span", { className: "emo-selection" });
    this.waiting = make("span", { className: "emo-selection", role: "status" });
    this.bar = make(
      "div",
      { className: "emo-bar", role: "toolbar", ariaLabel: "Playback" },
      this.play,
      this.follow,
      this.replayFromHere,
      this.mute,
      button("+", "Zoom in (+)", actions.zoomIn),
      button("−", "Zoom out (-)", actions.zoomOut),
      button("All", "Show all (0)", actions.showAll),
      this.time,
      this.selection,
      this.waiting,
    );
  }

  /** @param {HTMLMediaElement | null} element the media element */
  draw(element) {
    const { log, playback } = this;
    if (!log.status) return;
    const start = playback.followsReplay && log.status.state === "ready" ? "Start" : "Play";
    setText(this.play, playback.playing ? "Pause" : start);
    this.play.hidden = !playback.canToggle;
    this.follow.ariaPressed = String(playback.followsReplay);
    this.follow.hidden = !log.running;
    this.replayFromHere.hidden = !log.running || !log.status.seekable;
    this.mute.hidden = !element;
    setText(this.mute, element?.muted ? "Sound on" : "Sound off");
    setText(this.waiting, log.status.waiting ?? "");
    setText(this.error, [...log.status.failures, log.error].filter(Boolean).join("\n"));
  }

  /** @param {Stretch | null} stretch */
  drawSelection(stretch) {
    const text = stretch ? `selected ${formatClock(stretch.start, 2)} – ${formatClock(stretch.end, 2)}` : "";
    setText(this.selection, text);
  }
}
