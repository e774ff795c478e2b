// @ts-check
// What the keys do. They are ours only where nothing else in the view needs them.

const STEP = 1; // s of an arrow key
const PANNED = 0.2; // of what is shown

export const HELP =
  "Space plays and pauses, the arrows move by a second, [ and ] set the selection's ends, f follows the replay, " +
  "+ and − zoom, 0 shows all, Escape selects nothing.";

/**
 * What keys can bring about.
 * @typedef {object} Keyed
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
 * @typedef {object} Pressed
 * @property {string} key
 * @property {boolean} shiftKey
 * @property {boolean} onAxis
 * @property {boolean} onButton
 */

/**
 * What a key does here; null: nothing.
 * @param {Keyed} acts
 * @param {Pressed} pressed
 * @returns {(() => void) | null}
 */
export function actOf(acts, { key, shiftKey, onAxis, onButton }) {
  if (onButton && key === " ") return null; // it presses the button
  /** @type {Record<string, () => void>} */
  const keys = {
    " ": acts.toggle,
    ArrowLeft: () => (shiftKey ? acts.pan(-PANNED) : acts.step(-STEP)),
    ArrowRight: () => (shiftKey ? acts.pan(PANNED) : acts.step(STEP)),
    ...(onAxis && { ArrowDown: () => acts.step(-STEP), ArrowUp: () => acts.step(STEP) }),
    Home: acts.toStart,
    End: acts.toEnd,
    "[": () => acts.selectTo("start"),
    "]": () => acts.selectTo("end"),
    f: acts.follow,
    "+": acts.zoomIn,
    "-": acts.zoomOut,
    0: acts.showAll,
    Escape: acts.selectNothing,
  };
  return Object.hasOwn(keys, key) ? keys[key] : null;
}

/**
 * @param {KeyboardEvent} event
 * @param {Keyed} acts
 * @param {HTMLElement} axis where up and down move the playhead, too
 */
export function pressed(event, acts, axis) {
  const target = /** @type {HTMLElement} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.matches("input, summary")) return;
  const { key, shiftKey } = event;
  const act = actOf(acts, { key, shiftKey, onAxis: target === axis, onButton: target.matches("button") });
  if (!act) return;
  event.preventDefault();
  event.stopPropagation();
  act();
}
