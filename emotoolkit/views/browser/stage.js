// @ts-check
// One view of the synced player: the medium, its timeline, the numbers at the cursor, and the messages.

import { Axis } from "./axis.js";
import { Controls } from "./controls.js";
import { make, say } from "./dom.js";
import { described } from "./formats.js";
import { HELP, pressed } from "./keyboard.js";
import { Medium } from "./medium.js";
import { Messages } from "./messages.js";
import { Numbers } from "./numbers.js";
import { Playback } from "./playback.js";
import { Playhead } from "./playhead.js";
import { Selection, withEnd } from "./selection.js";
import { Waveform } from "./waveform.js";

/** @import { Calls } from "./calls.js" */
/** @import { Describable } from "./formats.js" */
/** @import { KeyActions } from "./keyboard.js" */
/** @import { Puller } from "./puller.js" */
/** @import { Log } from "./view_log.js" */

/** @typedef {{ root: HTMLElement, label: string, calls: Calls, log: Log, puller: Puller }} Given */

export class Stage {
  /** @param {Given} given */
  constructor({ root, label, calls, log, puller }) {
    this.root = root;
    this.log = log;
    this.puller = puller;
    this.playhead = new Playhead(log.duration);
    this.playback = new Playback(calls, log, this.playhead, {
      bar: () => this.drawBar(),
      cursor: () => this.drawAtCursor(),
      changed: () => this.changed(),
      tell: (text) => say(this.detail, text),
    });
    this.selection = new Selection(calls, log, () => this.drawSelection());
    this.axis = new Axis(log, this.selection, {
      scrub: (moment) => this.playback.scrub(moment),
      goTo: (one) => this.goTo(one),
      moved: () => this.moved(),
    });
    this.waveform = new Waveform(calls, log, this.axis.window, () => this.redraw());
    this.medium = new Medium(calls, this.playhead, {
      changed: () => this.drawBar(),
      loading: (text) => say(this.controls.time, text),
      command: (call) => this.playback.command(call),
    });
    this.actions = this.bound();
    this.controls = new Controls(log, this.playback, this.actions);
    this.detail = make("div", { className: "emo-detail", role: "status" });
    this.numbers = new Numbers(log, this.axis.timeline, () => this.redraw());
    this.messages = new Messages(log, (message) => this.goTo(message));
    this.messagesTitle = make("summary", { textContent: "Messages" });
    this.messagesBox = make("details", { open: true }, this.messagesTitle, this.messages.root);
    this.inSight = false;
    this.seen = false;
    this.closed = false;
    this.listening = new AbortController();
    this.assemble(label);
    this.listen();
    this.frame = requestAnimationFrame(() => this.tick());
  }

  /** @param {string} label */
  assemble(label) {
    const { said, trouble, bar } = this.controls;
    this.root.className = "emo-stage";
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", `${label}. ${HELP}`);
    this.root.setAttribute("data-lm-suppress-shortcuts", "true"); // the keys are ours, not JupyterLab's
    this.root.append(this.medium.place, said, trouble, bar);
    this.root.append(this.axis.root, this.detail, this.numbers.root, this.messagesBox);
  }

  /**
   * What the buttons and the keys do.
   * @returns {KeyActions & { replayFromHere: () => void, mute: () => void }}
   */
  bound() {
    const { playback, playhead, selection, log } = this;
    return {
      toggle: () => playback.toggle(),
      follow: () => playback.setFollow(!playback.follow),
      replayFromHere: () => playback.replayFromHere(),
      mute: () => this.medium.mute(),
      step: (seconds) => playback.scrub(playhead.time + seconds),
      toStart: () => playback.scrub(0),
      toEnd: () => playback.scrub(log.duration),
      pan: (share) => this.moved(() => this.axis.window.pan(share)),
      zoomIn: () => this.moved(() => this.axis.window.zoom(0.5, playhead.time)),
      zoomOut: () => this.moved(() => this.axis.window.zoom(2, playhead.time)),
      showAll: () => this.moved(() => this.axis.window.all()),
      selectTo: (side) => selection.select(withEnd(selection.stretch, side, playhead.time, log.duration)),
      selectNothing: () => selection.select(null),
    };
  }

  listen() {
    const { signal } = this.listening;
    this.root.addEventListener("keydown", (event) => pressed(event, this.actions, this.axis.root), { signal });
    document.addEventListener("visibilitychange", () => this.look(), { signal });
    this.messagesBox.addEventListener("toggle", () => this.messages.draw(), { signal });
    this.numbers.root.addEventListener("toggle", () => this.numbers.draw(this.playhead.time), { signal });
    this.axis.listen(signal);
    const resized = new ResizeObserver(() => {
      if (this.axis.resize()) this.changed();
    });
    resized.observe(this.axis.root);
    const crossed = new IntersectionObserver((entries) => {
      this.inSight = Boolean(entries.at(-1)?.isIntersecting);
      this.look();
    });
    crossed.observe(this.root);
    signal.addEventListener("abort", () => [resized, crossed].forEach((each) => each.disconnect()));
  }

  // Nothing is asked for and nothing drawn while it cannot be seen.
  look() {
    this.seen = this.inSight && !document.hidden;
    this.puller.look(this, this.seen);
    if (this.seen) this.changed();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.puller.look(this, false);
    this.listening.abort();
    this.waveform.close();
    this.closed = true;
    this.medium.drop();
    this.playhead.pause();
  }

  // Something new came, or the view changed.
  changed() {
    const { now, trouble } = this.log;
    if (!now) {
      say(this.controls.trouble, trouble);
      return;
    }
    this.playback.update();
    say(this.controls.said, this.medium.said(now));
    this.medium.take(now);
    this.selection.take(now);
    if (this.waveform.asked === null) {
      this.axis.window.all();
      this.waveform.ask();
    }
    this.redraw();
  }

  // Another stretch is shown.
  moved(move = () => {}) {
    move();
    this.redraw();
    this.drawCursor();
    this.waveform.askSoon();
  }

  /** @param {Describable} one */
  goTo(one) {
    const moment = one.start ?? one.end;
    if (moment !== null && moment !== undefined) this.playback.scrub(moment);
    say(this.detail, described(one));
  }

  tick() {
    if (this.closed) return;
    if (this.log.now) {
      this.playback.tick();
      if (this.seen) this.drawCursor();
    }
    this.frame = requestAnimationFrame(() => this.tick());
  }

  redraw() {
    if (!this.seen || !this.log.now) return;
    this.axis.timeline.draw();
    this.drawBar();
    this.drawSelection();
    this.messages.update();
    this.numbers.draw(this.playhead.time);
  }

  drawBar() {
    const { now, messages } = this.log;
    if (!now) return;
    this.controls.draw(this.medium.element);
    this.root.dataset.state = now.state;
    this.root.dataset.door = now.door ? "open" : "";
    say(this.messagesTitle, `Messages: ${messages.length}`);
  }

  drawSelection() {
    this.controls.drawSelection(this.selection.stretch);
    this.axis.drawBrush();
  }

  drawCursor() {
    const { time } = this.playhead;
    const text = this.axis.drawCursor(time, Boolean(this.playback.follow));
    if (text === null) return;
    say(this.controls.time, this.playback.live ? `${text} · live` : text);
    this.numbers.draw(time);
  }

  drawAtCursor() {
    this.drawCursor();
    this.numbers.draw(this.playhead.time);
  }
}
