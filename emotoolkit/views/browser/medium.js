// @ts-check
// The media element: loaded when the kernel has a file, replaced by a preview where this browser does not play it.

import { make, errorMessage } from "./dom.js";

/** @import { Call, Calls } from "./calls.js" */
/** @import { Playhead } from "./playhead.js" */
/** @import { MediumState, Status } from "./view_log.js" */

const MAX_COMM_BYTES = 200 * 1024 * 1024; // limit of a file that comes by comm messages
const STATE_EVENTS = ["play", "pause", "ended", "volumechange"];

/**
 * @typedef {object} Callbacks
 * @property {() => void} changed it plays, pauses, ends, or its volume has changed
 * @property {(text: string) => void} loading
 * @property {(call: Call) => void} command
 */

/**
 * Identifies a file: the recording itself, or its preview.
 * @param {Pick<MediumState, "type" | "bytes">} medium
 */
export function fileOf(medium) {
  return `${medium.type}, ${medium.bytes} bytes`;
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
    this.container = make("div");
    /** @type {HTMLMediaElement | null} */
    this.element = null;
    /** @type {string | null} */
    this.blob = null;
    this.ready = false;
    /** @type {string | null} the file that this browser does not play */
    this.unplayableFile = null;
    this.note = "";
  }

  /**
   * The text about the medium for the reader.
   * @param {Pick<Status, "medium" | "sources">} status
   */
  text(status) {
    return [status.medium.message, this.note, ...new Set(Object.values(status.sources))].filter(Boolean).join(" · ");
  }

  /**
   * Loads the file that the kernel has, and unloads one that it no longer has.
   * @param {Status} status
   */
  update(status) {
    const medium = status.medium;
    if (!medium.ready && this.ready) this.unload();
    if (medium.ready && !this.ready && this.unplayableFile !== fileOf(medium)) {
      this.ready = true;
      this.note = "";
      this.load(medium, status.title).catch((problem) => {
        this.note = errorMessage(problem);
      });
    }
  }

  /**
   * @param {MediumState} medium
   * @param {string} title
   */
  async load(medium, title) {
    const element = this.makeElement(medium, title);
    this.element = element;
    this.container.replaceChildren(element);
    if (this.calls.byComm) {
      const blob = await this.fetchByComm(medium, element);
      if (!blob) return;
      element.src = this.blob = URL.createObjectURL(blob);
    } else {
      element.src = `${this.calls.url}/medium`;
    }
    this.playhead.attach(element);
  }

  /**
   * @param {MediumState} medium
   * @param {string} title
   * @returns {HTMLMediaElement}
   */
  makeElement(medium, title) {
    const pictures = medium.kind === "video";
    const element = pictures ? make("video", { playsInline: true }) : make("audio");
    element.preload = "auto";
    if (pictures) element.setAttribute("aria-label", `Pictures of ${title}`);
    element.addEventListener("error", () => this.onError(element, medium));
    for (const name of STATE_EVENTS) element.addEventListener(name, () => this.callbacks.changed());
    return element;
  }

  /**
   * Gets the file in chunks, one call after another; null where it is not needed any more, or too large.
   * @param {MediumState} medium
   * @param {HTMLMediaElement} element
   */
  async fetchByComm(medium, element) {
    const bytes = medium.bytes ?? 0;
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
    return new Blob(pieces, { type: medium.type });
  }

  /**
   * Requests a preview where the file cannot be played; where the preview cannot be played either, there is no medium.
   * @param {HTMLMediaElement} element
   * @param {MediumState} medium
   */
  onError(element, medium) {
    if (element !== this.element || !element.getAttribute("src")) return;
    const first = this.unplayableFile === null;
    this.unload();
    this.unplayableFile = fileOf(medium);
    this.note = "This browser does not play it.";
    if (first) this.callbacks.command({ do: "preview", reason: "This browser does not play the file" });
  }

  // `load` without a source makes an element release its connection and its memory.
  unload() {
    const { element } = this;
    if (element) this.playhead.detach();
    this.element = null;
    this.container.replaceChildren();
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
