// Makes docs/demo.svg out of the demo's own output: npm run -s demo -- --for 30s | node scripts/demo-picture.mjs
// Keeps the head, the last lines at work and the audit.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const WORK_LINES = 22;
const lines = stripVTControlCharacters(readFileSync(0, "utf8")).trimEnd().split("\n");
const start = lines.findIndex((line) => / [›✔] /.test(line) && /^\d\d:/.test(line));
const end = lines.findIndex((line) => line.startsWith("The receptionist goes home"));
if (start < 0 || end < 0) throw new Error("this is not the output of a demo that ran to its end");
const head = lines.slice(0, start).filter((line) => !/^ {2}\S/.test(line));
const shown = [...head, ...lines.slice(start, end - 1).slice(-WORK_LINES), "", ...lines.slice(end)].filter(
  (line, index, all) => line !== "" || all[index - 1] !== "",
);

const colour = (line) => {
  if (/ › /.test(line)) return "#c9d1d9";
  if (/ ✔ |lost 0/.test(line)) return "#56d364";
  return "#8b949e";
};
const escape = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
const height = 30 + shown.length * 18;
const width = 40 + Math.max(...shown.map((line) => line.length)) * 7.9;
const rows = shown.map(
  (line, index) =>
    `<text x="20" y="${32 + index * 18}" fill="${colour(line)}" xml:space="preserve">${escape(line)}</text>`,
);
writeFileSync(
  join(import.meta.dirname, "..", "docs", "demo.svg"),
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13">
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
${rows.join("\n")}
</svg>
`,
);
