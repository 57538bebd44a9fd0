import { renderExamples } from "./examples.mjs";
import { renderOverview, renderPages } from "./pages.mjs";
import { renderSchemas } from "./schemas.mjs";
import { renderTypes } from "./types.mjs";

/**
 * Every generated file: path from the root to its text. `read` gives the present text of a file that is partly written by
 * hand.
 */
export function renderFiles(catalogue, read) {
  const { eventCatalogue } = catalogue;
  return new Map([
    ["src/public/events.ts", renderTypes(catalogue)],
    ["test/fixtures/event-examples.ts", renderExamples(eventCatalogue)],
    ["docs/events.md", renderOverview(catalogue, read("docs/events.md") ?? "")],
    ...renderPages(catalogue),
    ...renderSchemas(catalogue),
  ]);
}
