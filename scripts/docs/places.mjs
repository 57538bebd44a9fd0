import { existsSync, statSync } from "node:fs";
import { dirname, join, posix } from "node:path";

/** Pages whose place is not that of their file. */
const OWN = new Map([
  ["docs/README.md", ""],
  ["SECURITY.md", "security"],
  ["CHANGELOG.md", "changelog"],
  ["notifier.example.yaml", "configuration"],
]);
/** What a page may lead to besides pages: it comes along as it is. */
const TAKEN_ALONG = /^compose\.yaml$|^(docs|deploy)\/.*\.(json|yaml|service|py|cs|mjs|go|php|rb)$/;
/** What is missing of these is a mistake. Sources and pictures are not there where an image is built, and are not served anyway. */
const SERVED = /^[^/]+$|^(docs|deploy)\/(?!.*\.(webp|svg)$)/;

/** Where a page is, below /docs. */
export function addressOf(path) {
  return OWN.get(path) ?? path.replace(/^docs\//, "").replace(/(\/README)?\.md$/, "");
}

/** Where the file itself is, below /docs. */
export function sourceOf(path) {
  return path.replace(/^docs\//, "");
}

/** Where the links of pages lead. `pages`: paths of files, from the root. */
export function createPlaces(root, pages) {
  const known = new Set(pages);
  const alongside = new Set();

  /** Path of a file and what to look for in it; undefined: it is somewhere else. */
  const fileOf = (from, href) => {
    if (/^[a-z]+:|^#/.test(href)) return undefined;
    const [path, anchor] = href.split("#");
    const file = posix.join(dirname(from), path);
    if (SERVED.test(file) && !existsSync(join(root, file)))
      throw new Error(`${from} leads to ${href}, which is not there`);
    return { file, hash: anchor === undefined ? "" : `#${anchor}` };
  };
  const isTaken = (file) =>
    file !== undefined && TAKEN_ALONG.test(file) && statSync(join(root, file)).isFile();

  return {
    /** Files that are no pages, and that pages lead to. */
    alongside,
    /** From a page to where its link leads, as its reader's browser needs it; undefined: that is not served. */
    resolve(from, href) {
      const found = fileOf(from, href);
      if (!found) return href;
      if (known.has(found.file)) return relative(addressOf(from), addressOf(found.file)) + found.hash;
      if (!isTaken(found.file)) return undefined;
      alongside.add(found.file);
      return relative(addressOf(from), sourceOf(found.file)) + found.hash;
    },
    /** The same in Markdown that is served as it is; what is not served is left alone. */
    toSource(from, markdown) {
      return markdown.replaceAll(/(?<=\]\()[^)\s]+(?=\))/g, (href) => {
        const found = fileOf(from, href);
        if (!found || !(known.has(found.file) || isTaken(found.file))) return href;
        return relative(sourceOf(from), sourceOf(found.file)) + found.hash;
      });
    },
  };
}

/** From one address to another: it holds wherever the service is. */
export function relative(from, to) {
  return "../".repeat(from.split("/").length - 1) + to || "./";
}
