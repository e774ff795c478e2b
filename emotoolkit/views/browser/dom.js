// @ts-check
// Helpers to make elements and to change their text.

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Partial<HTMLElementTagNameMap[Tag]>} [properties]
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function make(tag, properties = {}, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}

/**
 * Sets the text of an element only if it differs: screen readers repeat text that is set again.
 * @param {HTMLElement} element
 * @param {string} text
 */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * The message of something that was thrown.
 * @param {unknown} problem
 */
export function errorMessage(problem) {
  return problem instanceof Error ? problem.message : String(problem);
}
