/**
 * @typedef {{ file: string, find: string, replace: string }} Edit
 * @typedef {{ name: string, edits: Edit[], tests: string[] }} Mutant
 */

/** @type {(name: string, tests: string[], ...edits: [string, string, string][]) => Mutant} */
export const mutant = (name, tests, ...edits) => ({
  name,
  tests,
  edits: edits.map(([file, find, replace]) => ({ file, find, replace })),
});
