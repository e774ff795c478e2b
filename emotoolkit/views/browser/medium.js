// @ts-check
// The medium in the page: loaded when the kernel has one, replaced by a preview where this browser does not play it.

import { make, messageOf } from "./dom.js";

/** @import { Call, Calls } from "./calls.js" */
/** @import { Playhead } from "./playhead.js" */
/** @import { MediumState, Now } from "./view_log.js" */

const MAX_COMM_BYTES = 200 * 1024 * 1024; // bytes: more does not come through the notebook's own connection
const STATE_EVENTS = ["play", "pause", "ended", "volumechange"];

/**
 * What is called when something happens to it.
 * @typedef {object} Callbacks
 * @property {() => void} changed it plays, pauses, or sounds otherwise
 * @property {(text: string) => void} loading
 * @property {(call: Call) => void} command
 */

/**
 * Which of the files that one recording can be played from this is.
 * @param {Pick<MediumState, "type" | "bytes">} told
 */
export function fileOf(told) {
  return `${told.type}, ${told.bytes} bytes`;
}

export class Medium {
  /**
   * @param {Calls} calls
   * @param {Playhead} playhead
   * @param {Callbacks} callbacks
   */
  constructor(calls, playhead, callbacks) {
    this.calls = calls;
    this.playhead = playhead;
    this.callbacks = callbacks;
    this.place = make("div");
    /** @type {HTMLMediaElement | null} */
    this.element = null;
    /** @type {string | null} */
    this.blob = null;
    this.ready = false;
    /** @type {string | null} the file that this browser does not play */
    this.refused = null;
    this.note = "";
  }

  /**
   * What the reader should know of it.
   * @param {Pick<Now, "medium" | "sources">} now
   */
  said(now) {
    return [now.medium.said, this.note, ...new Set(Object.values(now.sources))].filter(Boolean).join(" · ");
  }

  /**
   * Loads what there is to play now, and lets go of what is not there any more.
   * @param {Now} now
   */
  take(now) {
    const told = now.medium;
    if (!told.ready && this.ready) this.drop();
    if (told.ready && !this.ready && this.refused !== fileOf(told)) {
      this.ready = true;
      this.note = "";
      this.load(told, now.title).catch((problem) => {
        this.note = messageOf(problem);
      });
    }
  }

  /**
   * @param {MediumState} told
   * @param {string} title
   */
  async load(told, title) {
    const element = this.made(told, title);
    this.element = element;
    this.place.replaceChildren(element);
    if (this.calls.byComm) {
      const blob = await this.fetch(told, element);
      if (!blob) return;
      element.src = this.blob = URL.createObjectURL(blob);
    } else {
      element.src = `${this.calls.url}/medium`;
    }
    this.playhead.attach(element);
  }

  /**
   * @param {MediumState} told
   * @param {string} title
   * @returns {HTMLMediaElement}
   */
  made(told, title) {
    const pictures = told.kind === "video";
    const element = pictures ? make("video", { playsInline: true }) : make("audio");
    element.preload = "auto";
    if (pictures) element.setAttribute("aria-label", `Pictures of ${title}`);
    element.addEventListener("error", () => this.unplayable(element, told));
    for (const name of STATE_EVENTS) element.addEventListener(name, () => this.callbacks.changed());
    return element;
  }

  /**
   * In pieces, each asked for when the last one is here; null where it is not wanted any more, or cannot come.
   * @param {MediumState} told
   * @param {HTMLMediaElement} element
   */
  async fetch(told, element) {
    const bytes = told.bytes ?? 0;
    if (bytes > MAX_COMM_BYTES) {
      this.note = "The file is too large to come through the notebook's connection.";
      return null;
    }
    /** @type {BlobPart[]} */
    const pieces = [];
    for (let from = 0; from < bytes; ) {
      const { answer, data } = await this.calls.ask({ do: "chunk", from });
      if (element !== this.element) return null;
      if (answer.error || !answer.bytes || !data) throw new Error(answer.error ?? "The file ended before its end.");
      pieces.push(data);
      from += answer.bytes;
      this.callbacks.loading(`loading, ${Math.round((100 * from) / bytes)} %`);
    }
    return new Blob(pieces, { type: told.type });
  }

  /**
   * The file itself gives way to a preview, once; where that is not played either, there is none.
   * @param {HTMLMediaElement} element
   * @param {MediumState} told
   */
  unplayable(element, told) {
    if (element !== this.element || !element.getAttribute("src")) return;
    const first = this.refused === null;
    this.drop();
    this.refused = fileOf(told);
    this.note = "This browser does not play it.";
    if (first) this.callbacks.command({ do: "preview", why: "This browser does not play the file" });
  }

  // Without a source, and told so, an element lets go of its connection and its memory.
  drop() {
    const { element } = this;
    if (element) this.playhead.detach();
    this.element = null;
    this.place.replaceChildren();
    if (element) {
      element.pause();
      element.removeAttribute("src");
      element.load();
    }
    if (this.blob) URL.revokeObjectURL(this.blob);
    this.blob = null;
    this.ready = false;
  }

  mute() {
    if (this.element) this.element.muted = !this.element.muted;
    this.callbacks.changed();
  }
}
