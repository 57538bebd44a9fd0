import { mutant } from "./mutant.mjs";

const SERVE = "src/ops/serve-docs.ts";
const PLACES = "scripts/docs/places.mjs";
const MARKDOWN = "scripts/docs/render-markdown.mjs";
const FIXED = "src/ops/fixed-answer.ts";
const ASYNC = "src/ops/api/document/asyncapi.ts";

const docs = "test/integration/ops/serve-docs.test.ts";
const fixed = "test/unit/ops/fixed-answer.test.ts";
const below = "test/integration/ops/docs-below-path.test.ts";
const api = "test/integration/ops/api/api.test.ts";

/** What is read of the documentation, by people and by programs. */
export const docsMutants = [
  mutant(
    "a page in a folder looks for the others beside itself",
    [docs],
    [PLACES, '"../".repeat(from.split("/").length - 1)', '"../".repeat(0)'],
  ),
  mutant(
    "links are said from the root of the host",
    [below],
    [PLACES, '"../".repeat(from.split("/").length - 1) + to || "./"', "`/docs/${to}`"],
  ),
  mutant(
    "headings go by other names than on GitHub",
    [docs],
    [MARKDOWN, '.replaceAll(" ", "-")', '.replaceAll(" ", "_")'],
  ),
  mutant(
    "a browser is given Markdown, too",
    [docs],
    [SERVE, '(request.headers.accept ?? "").includes("text/html")', "false"],
  ),
  mutant(
    "a cache gives a browser what a program was given",
    [docs],
    [SERVE, 'reply.header("vary", "accept, accept-encoding");', ""],
  ),
  mutant(
    "documentation that is not built is a fault of ours",
    [docs],
    [SERVE, "if (!existsSync(folder)) return new Map();", ""],
  ),
  mutant(
    "a page that is compressed already is compressed again",
    [fixed],
    [FIXED, '[["br", Promise.resolve(compressed)]]', "[]"],
  ),
  mutant(
    "what stands beside a reference is lost in AsyncAPI",
    [api],
    [ASYNC, "wrapRefs(partOf(partOf(", "(partOf(partOf("],
  ),
];
