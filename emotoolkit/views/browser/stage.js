// @ts-check
// One view of the synced player: the medium, its timeline, the numbers at the cursor, and the messages.
//
// Data come by `Puller` into the log, which all views of a model share; each view then redraws in `changed`. Position
// and cursor are drawn in `tick`, once per frame. Nothing is drawn or pulled while the view is not visible.

import { Axis } from "./axis.js";
import { Controls } from "./controls.js";
import { make, setText } from "./dom.js";
import { describe } from "./formats.js";
import { HELP, handleKey } from "./keyboard.js";
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

/** @typedef {{ root: HTMLElement, label: string, calls: Calls, log: Log, puller: Puller }} StageOptions */

export class Stage {
  /** @param {StageOptions} options */
  constructor({ root, label, calls, log, puller }) {
    this.root = root;
    this.log = log;
    this.puller = puller;
    this.playhead = new Playhead(log.duration);
    this.playback = new Playback(calls, log, this.playhead, {
      bar: () => this.drawBar(),
      cursor: () => this.drawAtCursor(),
      changed: () => this.changed(),
      showText: (text) => setText(this.detail, text),
    });
    this.selection = new Selection(calls, log, () => this.drawSelection());
    this.axis = new Axis(log, this.selection, {
      scrub: (moment) => this.playback.scrub(moment),
      goTo: (item) => this.goTo(item),
      moved: () => this.moved(),
    });
    this.waveform = new Waveform(calls, log, this.axis.window, () => this.redraw());
    this.medium = new Medium(calls, this.playhead, {
      changed: () => this.drawBar(),
      loading: (text) => setText(this.controls.time, text),
      command: (call) => this.playback.command(call),
    });
    this.actions = this.makeActions();
    this.controls = new Controls(log, this.playback, this.actions);
    this.detail = make("div", { className: "emo-detail", role: "status" });
    this.numbers = new Numbers(log, this.axis.timeline, () => this.redraw());
    this.messages = new Messages(log, (message) => this.goTo(message));
    this.messagesTitle = make("summary", { textContent: "Messages" });
    this.messagesBox = make("details", { open: true }, this.messagesTitle, this.messages.root);
    this.intersecting = false;
    this.visible = false;
    this.closed = false;
    this.listeners = new AbortController();
    this.assemble(label);
    this.listen();
    this.frame = requestAnimationFrame(() => this.tick());
  }

  /** @param {string} label */
  assemble(label) {
    const { notes, error, bar } = this.controls;
    this.root.className = "emo-stage";
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", `${label}. ${HELP}`);
    this.root.setAttribute("data-lm-suppress-shortcuts", "true"); // JupyterLab's shortcuts are off here
    this.root.append(this.medium.container, notes, error, bar);
    this.root.append(this.axis.root, this.detail, this.numbers.root, this.messagesBox);
  }

  /**
   * The actions of buttons and keys.
   * @returns {KeyActions & { replayFromHere: () => void, mute: () => void }}
   */
  makeActions() {
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
      showAll: () => this.moved(() => this.axis.window.showAll()),
      selectTo: (side) => selection.select(withEnd(selection.stretch, side, playhead.time, log.duration)),
      selectNothing: () => selection.select(null),
    };
  }

  listen() {
    const { signal } = this.listeners;
    this.root.addEventListener("keydown", (event) => handleKey(event, this.actions, this.axis.root), { signal });
    document.addEventListener("visibilitychange", () => this.updateVisibility(), { signal });
    this.messagesBox.addEventListener("toggle", () => this.messages.draw(), { signal });
    this.numbers.root.addEventListener("toggle", () => this.numbers.draw(this.playhead.time), { signal });
    this.axis.listen(signal);
    const resized = new ResizeObserver(() => {
      if (this.axis.resize()) this.changed();
    });
    resized.observe(this.axis.root);
    const crossed = new IntersectionObserver((entries) => {
      this.intersecting = Boolean(entries.at(-1)?.isIntersecting);
      this.updateVisibility();
    });
    crossed.observe(this.root);
    signal.addEventListener("abort", () => [resized, crossed].forEach((each) => each.disconnect()));
  }

  // Nothing is pulled or drawn while it is not visible.
  updateVisibility() {
    this.visible = this.intersecting && !document.hidden;
    this.puller.setVisible(this, this.visible);
    if (this.visible) this.changed();
  }

  close() {
    cancelAnimationFrame(this.frame);
    this.puller.setVisible(this, false);
    this.listeners.abort();
    this.waveform.close();
    this.closed = true;
    this.medium.unload();
    this.playhead.pause();
  }

  // Called when there are new entries, a new status, or another size.
  changed() {
    const { status, error } = this.log;
    if (!status) {
      setText(this.controls.error, error);
      return;
    }
    this.playback.update();
    setText(this.controls.notes, this.medium.text(status));
    this.medium.update(status);
    this.selection.update(status);
    if (this.waveform.requested === null) {
      this.axis.window.showAll();
      this.waveform.request();
    }
    this.redraw();
  }

  // Called when another stretch is shown.
  moved(move = () => {}) {
    move();
    this.redraw();
    this.drawCursor();
    this.waveform.requestSoon();
  }

  /** @param {Describable} item */
  goTo(item) {
    const moment = item.start ?? item.end;
    if (moment !== null && moment !== undefined) this.playback.scrub(moment);
    setText(this.detail, describe(item));
  }

  tick() {
    if (this.closed) return;
    if (this.log.status) {
      this.playback.tick();
      if (this.visible) this.drawCursor();
    }
    this.frame = requestAnimationFrame(() => this.tick());
  }

  redraw() {
    if (!this.visible || !this.log.status) return;
    this.axis.timeline.draw();
    this.drawBar();
    this.drawSelection();
    this.messages.update();
    this.numbers.draw(this.playhead.time);
  }

  drawBar() {
    const { status, messages } = this.log;
    if (!status) return;
    this.controls.draw(this.medium.element);
    this.root.dataset.state = status.state;
    this.root.dataset.remoteControl = status.control_url ? "available" : "";
    setText(this.messagesTitle, `Messages: ${messages.length}`);
  }

  drawSelection() {
    this.controls.drawSelection(this.selection.stretch);
    this.axis.drawBrush();
  }

  drawCursor() {
    const { time } = this.playhead;
    const text = this.axis.drawCursor(time, Boolean(this.playback.follow));
    if (text === null) return;
    setText(this.controls.time, this.playback.followsReplay ? `${text} · live` : text);
    this.numbers.draw(time);
  }

  drawAtCursor() {
    this.drawCursor();
    this.numbers.draw(this.playhead.time);
  }
}
