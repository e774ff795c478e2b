// @ts-check
// Keyboard shortcuts of the view. Inputs and buttons in it keep their own keys.

const STEP_S = 1; // of an arrow key
const PAN_SHARE = 0.2; // of what is shown

export const HELP =
  "Space plays and pauses, the arrows move by a second, [ and ] set the selection's ends, f follows the replay, " +
  "+ and − zoom, 0 shows all, Escape selects nothing.";

/**
 * @typedef {object} KeyActions
 * @property {() => void} toggle
 * @property {() => void} follow
 * @property {(seconds: number) => void} step
 * @property {(share: number) => void} pan
 * @property {() => void} toStart
 * @property {() => void} toEnd
 * @property {(side: "start" | "end") => void} selectTo
 * @property {() => void} selectNothing
 * @property {() => void} zoomIn
 * @property {() => void} zoomOut
 * @property {() => void} showAll
 */

/**
 * @typedef {object} KeyPress
 * @property {string} key
 * @property {boolean} shiftKey
 * @property {boolean} onAxis
 * @property {boolean} onButton
 */

/**
 * The action of a key; null: none.
 * @param {KeyActions} actions
 * @param {KeyPress} press
 * @returns {(() => void) | null}
 */
export function actionFor(actions, { key, shiftKey, onAxis, onButton }) {
  if (onButton && key === " ") return null; // the browser clicks the button
  /** @type {Record<string, () => void>} */
  const keys = {
    " ": actions.toggle,
    ArrowLeft: () => (shiftKey ? actions.pan(-PAN_SHARE) : actions.step(-STEP_S)),
    ArrowRight: () => (shiftKey ? actions.pan(PAN_SHARE) : actions.step(STEP_S)),
    ...(onAxis && { ArrowDown: () => actions.step(-STEP_S), ArrowUp: () => actions.step(STEP_S) }),
    Home: actions.toStart,
    End: actions.toEnd,
    "[": () => actions.selectTo("start"),
    "]": () => actions.selectTo("end"),
    f: actions.follow,
    "+": actions.zoomIn,
    "-": actions.zoomOut,
    0: actions.showAll,
    Escape: actions.selectNothing,
  };
  return Object.hasOwn(keys, key) ? keys[key] : null;
}

/**
 * @param {KeyboardEvent} event
 * @param {KeyActions} actions
 * @param {HTMLElement} axis the slider, on which up and down move the playhead too
 */
export function handleKey(event, actions, axis) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, summary")) return;
  const { key, shiftKey } = event;
  const act = actionFor(actions, { key, shiftKey, onAxis: target === axis, onButton: target.matches("button") });
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
