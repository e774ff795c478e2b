// @ts-check
// The bar of buttons, the time and the selection in words, and what went wrong.

import { make, say } from "./dom.js";
import { clock } from "./formats.js";

/** @import { Playback } from "./playback.js" */
/** @import { Stretch } from "./selection.js" */
/** @import { Log } from "./view_log.js" */

/** @typedef {"toggle" | "follow" | "replayFromHere" | "mute" | "zoomIn" | "zoomOut" | "showAll"} Action */
/** @typedef {Record<Action, () => void>} ButtonActions what the buttons do */

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
    this.said = make("div", { className: "emo-said" });
    this.trouble = make("div", { className: "emo-trouble", role: "alert" });
    this.play = button("Play", "Play or pause (space)", actions.toggle);
    this.follow = button("Follow live", "Stay where the replay is (f)", actions.follow);
    this.here = button("Replay from here", "Send the recording again from the cursor on", actions.replayFromHere);
    this.mute = button("Sound off", "Sound on or off", actions.mute);
    this.time = make("span", { className: "emo-time" });
    this.chosen = make("span", { className: "emo-chosen" });
    this.bar = make(
      "div",
      { className: "emo-bar", role: "toolbar", ariaLabel: "Playback" },
      this.play,
      this.follow,
      this.here,
      this.mute,
      button("+", "Zoom in (+)", actions.zoomIn),
      button("−", "Zoom out (-)", actions.zoomOut),
      button("All", "Show all (0)", actions.showAll),
      this.time,
      this.chosen,
    );
  }

  /** @param {HTMLMediaElement | null} element what sounds */
  draw(element) {
    const { log, playback } = this;
    if (!log.now) return;
    const start = playback.live && log.now.state === "ready" ? "Start" : "Play";
    say(this.play, playback.playing ? "Pause" : start);
    this.play.hidden = !playback.usable;
    this.follow.ariaPressed = String(playback.live);
    this.follow.hidden = !log.underWay;
    this.here.hidden = !log.underWay || !log.now.steered;
    this.mute.hidden = !element;
    say(this.mute, element?.muted ? "Sound on" : "Sound off");
    say(this.trouble, [...log.now.failures, log.trouble].filter(Boolean).join("\n"));
  }

  /** @param {Stretch | null} stretch */
  drawSelection(stretch) {
    say(this.chosen, stretch ? `selected ${clock(stretch.start, 2)} – ${clock(stretch.end, 2)}` : "");
  }
}
