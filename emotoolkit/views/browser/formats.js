// @ts-check
// Times, numbers, colours and descriptions as a reader sees them.

/**
 * Seconds as "m:ss" or "h:mm:ss".
 * @param {number} seconds
 * @param {number} [digits] after the decimal point
 */
export function clock(seconds, digits = 0) {
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
export function shortNumber(value) {
  return Math.abs(value) >= 1000 ? value.toFixed(0) : String(Number(value.toPrecision(3)));
}

/**
 * As much of a text as a width holds.
 * @param {{ measureText(text: string): { width: number } }} pen
 * @param {string} text
 * @param {number} width px
 */
export function fitted(pen, text, width) {
  if (pen.measureText(text).width <= width) return text;
  let kept = [...text].slice(0, Math.ceil(width / 4));
  while (kept.length && pen.measureText(`${kept.join("")}…`).width > width) kept = kept.slice(0, -1);
  return `${kept.join("")}…`;
}

/**
 * Black or white, whichever stands out more from a colour.
 * @param {string} colour "#rrggbb"
 */
export function readable(colour) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(colour.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#000" : "#fff";
}

/**
 * Something on the timeline or in the list of messages.
 * @typedef {object} Describable
 * @property {number | null} [start] s
 * @property {number | null} [end] s
 * @property {string} [label] of a span
 * @property {string} [name] of a message
 * @property {string} [sort] of a mark
 * @property {number} [lane] of a span
 * @property {number | null} [strength] of a span, from 0 to 1
 * @property {string} text
 */

/**
 * From when to when, as far as it is known.
 * @param {{ start?: number | null, end?: number | null }} stretch
 */
export function spelledStretch({ start, end }) {
  const known = [start, end].filter((each) => each !== null && each !== undefined);
  return known.map((each) => clock(each, 1)).join("–");
}

/** @type {Record<number, string>} */
const PROBABILITIES = { 0.33: "low", 0.67: "medium", 1: "high" };

/**
 * A span, a mark or a message in a line.
 * @param {Describable} one
 */
export function described(one) {
  const strength = PROBABILITIES[Number((one.strength ?? 0).toFixed(2))];
  const probable = strength && one.lane !== undefined && one.label ? `${strength} probability` : "";
  return [one.label ?? one.name ?? one.sort, probable, spelledStretch(one), one.text].filter(Boolean).join(" · ");
}
