// The rules of the page's modules, of their tests, and of the peers in this folder.
const js = require("@eslint/js");
const globals = require("globals");

const rules = {
  ...js.configs.recommended.rules,
  "array-callback-return": "error",
  eqeqeq: "error",
  "no-else-return": "error",
  "no-implicit-globals": "error",
  "no-shadow": "error",
  "no-unused-vars": "error",
  "no-use-before-define": ["error", { functions: false }],
  "no-var": "error",
  "object-shorthand": "error",
  "prefer-const": "error",
  "prefer-template": "error",
  complexity: ["error", 14],
  "max-lines": ["error", 300],
  "max-lines-per-function": ["error", { max: 45, skipComments: true }],
  "max-len": ["error", { code: 120 }],
};

module.exports = [
  {
    files: ["emotoolkit/**/*.js"],
    languageOptions: { sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules,
  },
  {
    files: ["tests/**/*.mjs"],
    languageOptions: { sourceType: "module", globals: globals.node },
    rules: { ...rules, "max-lines-per-function": "off" },
  },
  {
    files: ["tests/node/*.js", "bench/*.js"],
    languageOptions: { sourceType: "commonjs", globals: globals.node },
    rules,
  },
];
