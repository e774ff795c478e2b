// @ts-check
// Formats of times, numbers and descriptions, and the colour of text on a colour.

/**
 * Seconds as "m:ss" or "h:mm:ss".
 * @param {number} seconds
 * @param {number} [digits] after the decimal point
 */
export function formatClock(seconds, digits = 0) {
  const scale = 10 ** digits;
  const whole = Math.round(seconds * scale);
  const [hours, minutes] = [Math.floor(whole / scale / 3600), Math.floor(whole / scale / 60) % 60];
  const text = ((whole / scale) % 60).toFixed(digits).padStart(digits ? 3 + digits : 2, "0");
  return hours ? `${hours}:${String(minutes).padStart(2, "0")}:${text}` : `${minutes}:${text}`;
}

/**
 * Three significant digits, or all of a whole number.
 * @param {number} value
 */
export function formatNumber(value) {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/**
 * A text cut to a width, with an ellipsis.
 * @param {{ measureText(text: string): { width: number } }} context
 * @param {string} text
 * @param {number} width px
 */
export function fitText(context, text, width) {
  if (context.measureText(text).width <= width) return text;
  let kept = [...text].slice(0, Math.ceil(width / 4));
  while (kept.length && context.measureText(`${kept.join("")}…`).width > width) kept = kept.slice(0, -1);
  return `${kept.join("")}…`;
}

/**
 * Black or white, whichever has more contrast to a colour.
 * @param {string} colour "#rrggbb"
 */
export function contrastColour(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}

/**
 * Something on the timeline or in the list of messages.
 * @typedef {object} Describable
 * @property {number | null} [start] s
 * @property {number | null} [end] s
 * @property {string} [label] of a span
 * @property {string} [kind] of a message or a mark
 * @property {number} [lane] of a span
 * @property {number | null} [strength] of a span, from 0 to 1
 * @property {string} text
 */

/**
 * Start and end, as far as they are known.
 * @param {{ start?: number | null, end?: number | null }} stretch
 */
export function formatStretch({ start, end }) {
  const known = [start, end].filter((each) => each !== null && each !== undefined);
  return known.map((each) => formatClock(each, 1)).join("–");
}

/** @type {Record<number, string>} */
const PROBABILITIES = { 0.33: "low", 0.67: "medium", 1: "high" };

/**
 * One line about a span, a mark or a message.
 * @param {Describable} item
 */
export function describe(item) {
  const strength = PROBABILITIES[Number((item.strength ?? 0).toFixed(2))];
  const probable = strength && item.lane !== undefined && item.label ? `${strength} probability` : "";
  return [item.label ?? item.kind, probable, formatStretch(item), item.text].filter(Boolean).join(" · ");
}
