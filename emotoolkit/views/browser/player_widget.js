// @ts-check
// The widget's entry point: one log and one puller for each model, one stage for each of its views.

import { Calls } from "./calls.js";
import { make } from "./dom.js";
import { Puller } from "./puller.js";
import { Stage } from "./stage.js";
import { Log } from "./view_log.js";

/** @import { Model } from "./calls.js" */

export default () => {
  const log = new Log();
  /** @type {Set<Stage>} */
  const stages = new Set();
  /** @type {Calls} */
  let calls;
  /** @type {Puller} */
  let puller;
  return {
    /** @param {{ model: Model }} options */
    initialize({ model }) {
      calls = new Calls(model);
      puller = new Puller(calls, log, () => stages.forEach((stage) => stage.changed()));
      return () => {
        puller.closed = true;
        calls.close();
      };
    },
    /** @param {{ model: Model, el: HTMLElement }} options */
    render({ model, el }) {
      const root = make("div");
      el.append(root);
      const stage = new Stage({ root, label: model.get("label"), calls, log, puller });
      stages.add(stage);
      return () => {
        stages.delete(stage);
        stage.close();
      };
    },
  };
};
