// @ts-check
// The widget's module: one recorder for each source, and a view of it wherever the source is displayed.

import { Recorder } from "./recorder.js";
import { RecorderView } from "./recorder_view.js";

/** @import { Message, Model } from "./connection.js" */

/** @type {Map<string, Recorder>} by the source's name, since each hook gets another object for the same model */
const recorders = new Map();

/** @param {Model} model */
export function recorderOf(model) {
  const { source } = model.get("request");
  const recorder = recorders.get(source) ?? new Recorder(model);
  recorders.set(source, recorder);
  return recorder;
}

/** @param {{ model: Model }} context */
function initialize({ model }) {
  const recorder = recorderOf(model);
  const connect = () => recorder.connect();
  const receive = (/** @type {Message} */ message) => recorder.receive(message);
  const release = () => recorder.release();
  model.on("change:address", connect);
  model.on("msg:custom", receive);
  window.addEventListener("pagehide", release);
  connect();
  return () => {
    model.off("change:address", connect);
    model.off("msg:custom", receive);
    window.removeEventListener("pagehide", release);
    if (recorder.state !== "ended") recorder.finish("The view was closed.");
    recorders.delete(model.get("request").source);
  };
}

/** @param {{ model: Model, el: HTMLElement }} context */
function render({ model, el }) {
  const view = new RecorderView(model, recorderOf(model));
  el.append(view.root);
  return () => view.close();
}

export default { initialize, render };
