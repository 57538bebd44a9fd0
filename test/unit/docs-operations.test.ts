import { existsSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import type { Command } from "commander";
import { expect, test } from "vitest";
import { parse } from "yaml";

import { PROBLEM_CODES } from "../../src/admin/assess/assessment.ts";
import { headingsNamed } from "../../src/admin/assess/remedies.ts";
import { createProgram } from "../../src/cli/program.ts";
import { resources } from "../../src/resources/registry.ts";
import { CONNECTION_TRANSITIONS } from "../../src/diff/event-types.ts";
import { HEALTH_STEPS } from "../../src/dispatch/policy/health.ts";
import { ERROR_CLASSES } from "../../src/dispatch/worker/outcome.ts";
import { UNSENT_CLASSES } from "../../src/dispatch/worker/settle-attempt.ts";
import { resourceState } from "../../src/ops/api/accounts/resource-schema.ts";
import { EXIT } from "../../src/shared/exit-code.ts";
import { CONNECTION_STATES, ENDPOINT_STATES } from "../../src/ops/state-gauges.ts";
import { DELIVERY_STATES } from "../../src/store/outbox/delivery-state.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const read = (name: string): string => readFileSync(join(ROOT, name), "utf8");

/** What an operator reads; decisions and generated pages have readers of their own. */
const PAGES = [
  "README.md",
  "SECURITY.md",
  "docs/README.md",
  "docs/quick-start.md",
  "docs/concepts.md",
  "docs/api.md",
  "docs/operations.md",
  "docs/deployment.md",
];

const OPERATIONS = read("docs/operations.md");

/** As GitHub makes them. */
function anchorsOf(page: string): Set<string> {
  const text = page.replaceAll(/^```[\s\S]*?^```/gm, "");
  return new Set([...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) => anchorOf(heading ?? "")));
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
    .replaceAll(" ", "-");
}

/** The words under a heading, up to the next of any level. */
function sectionOf(heading: string): string {
  return new RegExp(`^### ${heading}\\n\\n([\\s\\S]*?)(?=^#|(?![\\s\\S]))`, "m").exec(OPERATIONS)?.[1] ?? "";
}

test.each([
  ["error class", [...ERROR_CLASSES, ...UNSENT_CLASSES]],
  ["told state of a connection", CONNECTION_TRANSITIONS],
  ["state of a connection", CONNECTION_STATES.filter((state) => state !== "ok")],
  ["step of an endpoint", HEALTH_STEPS],
  ["state of an endpoint", ENDPOINT_STATES],
  ["exit code", Object.values(EXIT).map((code) => `Exit code ${code}`)],
  ["error code", errorCodes()],
])("every %s has a heading in the operator's guide, with something under it", (_what, names) => {
  expect(names.length).toBeGreaterThanOrEqual(3);
  for (const name of names) expect([name, sectionOf(name).length > 5]).toEqual([name, true]);
});

test("a heading of the guide that is no word of ours any more is noticed", () => {
  const words = new Set<string>([
    ...ERROR_CLASSES,
    ...CONNECTION_TRANSITIONS,
    ...resourceState.options,
    ...ENDPOINT_STATES,
    ...errorCodes(),
    ...UNSENT_CLASSES,
  ]);
  const codes = [...OPERATIONS.matchAll(/^### ([a-z_]+)$/gm)].map(([, name]) => name ?? "");

  expect(codes.filter((name) => !words.has(name))).toEqual([]);
  expect(codes).toHaveLength(new Set(codes).size);
});

test("the concepts name every state of a delivery", () => {
  const concepts = read("docs/concepts.md");
  for (const state of DELIVERY_STATES) expect(concepts).toMatch(new RegExp(`^\\| \`${state}\` +\\|`, "m"));
});

test("every alert has a heading made of its own words, and its runbook leads there", () => {
  const alerts = alertsOf(read("deploy/prometheus/alerts.yaml"));
  expect(alerts.length).toBeGreaterThan(15);
  for (const { alert, annotations } of alerts) {
    const words = alert.replace("ClinikoWebhooks", "").replaceAll(/(?<=[a-z])[A-Z]/g, " $&");
    const heading = words.slice(0, 1) + words.slice(1).toLowerCase();
    expect([alert, sectionOf(heading).length > 5]).toEqual([alert, true]);
    expect(annotations["runbook"]).toBe(`docs/operations.md#${anchorOf(heading)}`);
  }
});

test("every heading among the alerts is one of an alert", () => {
  const [, section = ""] = /^## Alerts$([\s\S]*?)^## /m.exec(OPERATIONS) ?? [];
  const alerts = alertsOf(read("deploy/prometheus/alerts.yaml"));

  expect([...section.matchAll(/^### .+$/gm)]).toHaveLength(alerts.length);
});

test("every code of the verdict has a line in its table, and every line is of a code", () => {
  const [, section = ""] = /^## The verdict$([\s\S]*?)^## /m.exec(OPERATIONS) ?? [];
  const codes = [...section.matchAll(/^\| `(\w+)` +\|/gm)].map(([, code]) => code);

  expect(codes).toEqual(PROBLEM_CODES);
});

test("the remedies of the verdict lead to headings that are there", () => {
  const anchors = anchorsOf(OPERATIONS);

  expect(headingsNamed().length).toBeGreaterThan(20);
  expect(headingsNamed().filter((heading) => !anchors.has(heading))).toEqual([]);
});

test("the remedies of the commands lead to headings that are there", () => {
  const anchors = anchorsOf(OPERATIONS);
  const said = sourcesUnder("src").flatMap((file) =>
    [...read(file).matchAll(/docs\/operations\.md#([a-z][\w-]*)/g)].map(([, anchor]) => anchor ?? ""),
  );

  expect(said.length).toBeGreaterThan(5);
  expect(said.filter((anchor) => !anchors.has(anchor))).toEqual([]);
});

test.each(PAGES)("the links of %s lead somewhere", (page) => {
  const broken = linksOf(read(page)).filter((link) => !leadsSomewhere(page, link));

  expect(broken).toEqual([]);
});

test("a link to a file or heading that is not there is noticed", () => {
  expect(leadsSomewhere("docs/README.md", "operations.md#tls")).toBe(true);
  expect(leadsSomewhere("docs/README.md", "operations.md#tsl")).toBe(false);
  expect(leadsSomewhere("docs/README.md", "operation.md")).toBe(false);
});

test("every page under docs is reached from the map or from a page that it names", () => {
  const reached = new Set(["docs/README.md"]);
  for (const page of reached) {
    for (const link of linksOf(read(page))) {
      const target = join(dirname(page), link.split("#")[0] ?? "");
      if (target.endsWith(".md") && target.startsWith("docs/")) reached.add(target);
    }
  }
  const pages = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));

  expect(pages.filter((name) => !reached.has(`docs/${name}`))).toEqual([]);
});

test.each(PAGES)("every command in %s exists, with its options and its number of arguments", (page) => {
  const faults = commandsOf(read(page)).flatMap((line) => faultsOf(line).map((fault) => `${line}: ${fault}`));

  expect(faults).toEqual([]);
});

test("a command, an option or a number of arguments that is not there is noticed", () => {
  expect(commandsOf(OPERATIONS).length).toBeGreaterThan(20);
  expect(faultsOf("cliniko-webhooks deliveries list crm --since 2h")).toEqual([]);
  expect(faultsOf("cliniko-webhooks deliveries lst crm")).toEqual(['there is no command "lst"']);
  expect(faultsOf("cliniko-webhooks recover crm --sinze 7d")).toEqual(['there is no option "--sinze"']);
  expect(faultsOf("cliniko-webhooks release northside southside")).toEqual(["2 arguments instead of 1"]);
  expect(faultsOf("cliniko-webhooks backfill northside")).toEqual(["1 arguments instead of 2"]);
});

test("every scan outcome is in the table of outcomes", () => {
  const kinds = [...read("src/cliniko/outcome.ts").matchAll(/readonly kind: "(\w+)"/g)].map(
    ([, kind]) => kind,
  );
  expect(kinds.length).toBeGreaterThan(8);
  for (const kind of [...kinds, "completed", "stopped"].filter((word) => word !== "ok")) {
    expect(OPERATIONS).toMatch(new RegExp(`^\\| \`${kind}\` +\\|`, "m"));
  }
});

test("the resources that the concepts name are those that are read by default", () => {
  expect(read("docs/concepts.md")).toContain("(appointments, group appointments, attendees, patients)");
  expect(Object.values(resources).filter(({ byDefault }) => byDefault)).toHaveLength(4);
});

interface Alert {
  readonly alert: string;
  readonly expr: string;
  readonly annotations: Readonly<Record<string, string>>;
}

function alertsOf(text: string): readonly Alert[] {
  return (parse(text) as { groups: { rules: Alert[] }[] }).groups.flatMap(({ rules }) => rules);
}

/** Of the errors that end a command or the service. */
function errorCodes(): string[] {
  return [...read("src/shared/errors.ts").matchAll(/readonly code = "(\w+)"/g)].map(([, code]) => code ?? "");
}

function sourcesUnder(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => join(folder, name));
}

/** Those within the repository. */
function linksOf(page: string): string[] {
  const text = page.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link]) => link ?? "")
    .filter((link) => !/^[a-z]+:/.test(link));
}

function leadsSomewhere(page: string, link: string): boolean {
  const [path = "", anchor] = link.split("#");
  const target = path === "" ? page : join(dirname(page), path);
  if (!existsSync(join(ROOT, target))) return false;
  return anchor === undefined || anchorsOf(read(target)).has(anchor);
}

/** Calls of the program: lines of shell, and code in the text. A call in the text may leave its arguments out. */
function commandsOf(page: string): string[] {
  const blocks = [...page.matchAll(/^```(?:sh)?\n([\s\S]*?)^```/gm)].map(([, block]) => block ?? "");
  const lines = blocks.flatMap((block) => block.split("\n"));
  const calls = lines.flatMap((line) => {
    const call = /(?:cliniko-webhooks|dist\/cli\.js) (?=[a-z-])([^|)#]*)/.exec(line);
    const isProgram = /(?:^|[$(]|&& |node )(?:\S*\/)?(?:cliniko-webhooks|dist\/cli\.js) /.test(line);
    return call && isProgram ? [`cliniko-webhooks ${call[1] ?? ""}`.trim()] : [];
  });
  const text = page.replaceAll(/^```[\s\S]*?^```/gm, "");
  const inline = [...text.matchAll(/`(cliniko-webhooks [a-z][^`]*)`/g)].map(([, call]) => `${call ?? ""} …`);
  return [...calls, ...inline];
}

function faultsOf(line: string): string[] {
  const [, ...words] = (line.match(/"[^"]*"|'[^']*'|\S+/g) ?? []).filter((word) => word !== "\\");
  const isLoose = words.at(-1) === "…";
  if (isLoose) words.pop();
  let command: Command = createProgram();
  while (command.commands.length > 0 && words[0] !== undefined && !words[0].startsWith("-")) {
    const name = words.shift();
    const found = command.commands.find((known) => known.name() === name);
    if (!found) return [`there is no command "${name}"`];
    command = found;
  }
  let given = 0;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (!word.startsWith("-")) {
      given += 1;
      continue;
    }
    if (["--help", "--version"].includes(word)) return [];
    const option = command.options.find(({ long, short }) => long === word || short === word);
    if (!option) return [`there is no option "${word}"`];
    if (option.required) at += 1;
  }
  const { length: most } = command.registeredArguments;
  const least = command.registeredArguments.filter(({ required }) => required).length;
  const fits = given <= most && (given >= least || (isLoose && given === 0));
  return fits ? [] : [`${given} arguments instead of ${most}`];
}
