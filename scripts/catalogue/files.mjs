import { renderApi } from "./api.mjs";
import { renderLlms } from "./llms.mjs";
import { renderOverview, renderPages } from "./pages.mjs";
import { renderSchemas } from "./schemas.mjs";
import { renderTypes } from "./types.mjs";

/**
 * Every file that is generated from the catalogue: path from the root to its text. `read` gives the present text of a file that is partly written by
 * hand.
 */
export function renderFiles(catalogue, read) {
  return new Map([
    ["src/public/events.ts", renderTypes(catalogue)],
    ["docs/events.md", renderOverview(catalogue, read("docs/events.md") ?? "")],
    ...renderPages(catalogue),
    ...renderSchemas(catalogue),
  ]);
}

/** Those that the OpenAPI document is needed for, too. */
export function renderReference(sources, read) {
  return new Map([["llms.txt", renderLlms(sources)], ...renderApi(sources, read("docs/api.md") ?? "")]);
}
