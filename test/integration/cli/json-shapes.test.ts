import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { Command } from "commander";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { z } from "zod";

import { createProgram } from "../../../src/cli/program.ts";
import { accountSchema } from "../../../src/ops/api/accounts/account-answer.ts";
import { pollSchema, releasedSchema } from "../../../src/ops/api/accounts/act-answer.ts";
import { deliverySchema } from "../../../src/ops/api/deliveries/delivery-answer.ts";
import { endpointSchema } from "../../../src/ops/api/endpoints/endpoint-schemas.ts";
import { loggedEventSchema } from "../../../src/ops/api/events/event-answer.ts";
import { accessEntrySchema } from "../../../src/ops/api/access/access-routes.ts";
import { auditEntrySchema } from "../../../src/ops/api/access/audit-routes.ts";
import { overviewSchema } from "../../../src/ops/api/overview/overview-schemas.ts";
import { createReleaseStack } from "../../../src/shared/release-stack.ts";
import { startPrivateRedis } from "../../../src/store/redis/private-redis.ts";
import { foundInstallation } from "../../support/found-installation.ts";
import { startHttp } from "../../support/local-servers.ts";
import { redisProgram } from "../../support/redis-process.ts";
import { SECRET } from "../../support/test-config.ts";

const ENV = {
  ENCRYPTION_KEY: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
  NORTHSIDE_KEY: "MS0xLWFiY2RlZg-au1",
  SECRET,
};

/** Of every command that can answer a program: what it is asked, and the shape that the API gives the same thing. */
const COMMANDS: Readonly<Record<string, { readonly args?: readonly string[]; readonly as?: z.ZodType }>> = {
  check: {},
  status: { as: overviewSchema },
  doctor: {},
  poll: { args: ["northside"], as: pollSchema },
  release: { args: ["northside"], as: releasedSchema },
  backfill: { args: ["northside", "crm"] },
  "endpoints list": { as: endpointSchema.array() },
  "endpoints show": { args: ["crm"], as: endpointSchema },
  "endpoints test": { args: ["crm"] },
  "deliveries list": { args: ["crm"], as: deliverySchema.array() },
  "events list": { as: loggedEventSchema.array() },
  explain: { args: ["northside", "appointment", "7"] },
  accounts: { as: accountSchema.array() },
  "accounts remove": { args: ["old"] },
  forget: { args: ["northside", "7"] },
  "tokens create": { args: ["reader", "--role", "viewer"] },
  "tokens list": {},
  "access list": { as: accessEntrySchema.array() },
  "audit list": { as: auditEntrySchema.array() },
  trigger: { args: ["patient.merged", "--endpoint", "crm"] },
  "keys rotate": {},
  "rotate-keys": {},
};
/** Nothing is there that they could show, they need a service that runs, or a receiver that is graded for minutes. */
const ELSEWHERE = ["accounts rename", "dashboard", "deliveries show", "events show", "grade", "notices test"];

const stack = createReleaseStack();
let config = "";

beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), "cw-cli-"));
  stack.defer(async () => await rm(folder, { recursive: true, force: true }));
  stack.use(await startPrivateRedis(join(folder, "data"), redisProgram()));
  const receiver = stack.use(await startHttp((_request, response) => void response.writeHead(204).end()));
  config = join(folder, "notifier.yaml");
  const file = {
    contact: { name: "cliniko-webhooks tests", email: "tests@example.com" },
    encryption: [{ id: "k1", key: { env: "ENCRYPTION_KEY" } }],
    accounts: { northside: { api_key: { env: "NORTHSIDE_KEY" }, base_url: "http://127.0.0.1:9" } },
    endpoints: {
      crm: { url: `http://127.0.0.1:${receiver.port}/hooks`, secret: { env: "SECRET" }, events: ["*"] },
    },
    delivery: { allow_http: true, allow_private: ["127.0.0.0/8"] },
    data_folder: join(folder, "data"),
  };
  await writeFile(config, JSON.stringify(file));
  await foundInstallation(config, ENV, { endpoints: true });
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
});

test("every command that answers a program is tried here", () => {
  const known = [...Object.keys(COMMANDS), ...ELSEWHERE];
  expect(answering(createProgram()).toSorted()).toEqual(known.toSorted());
});

test.each(Object.entries(COMMANDS))("%s --json speaks as the API does", async (name, { args = [], as }) => {
  const lines: string[] = [];
  const program = createProgram(ENV, (line) => void lines.push(line));
  await program.parseAsync([...name.split(" "), ...args, "--json", "--config", config], { from: "user" });
  process.exitCode = undefined;

  const answer: unknown = JSON.parse(lines.join("\n"));
  if (as) as.parse(answer);
  expect(strangeNames(answer)).toEqual([]);
  expect(unixTimes(answer)).toEqual([]);
});

/** Paths of the commands that take `--json`. */
function answering(command: Command, path: readonly string[] = []): string[] {
  return command.commands.flatMap((inner) => {
    const own = [...path, inner.name()];
    const takes = inner.options.some(({ long }) => long === "--json");
    return [...(takes ? [own.join(" ")] : []), ...answering(inner, own)];
  });
}

function strangeNames(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  const names = Array.isArray(value) ? [] : Object.keys(value).filter((name) => /[A-Z]/.test(name));
  return [...names, ...Object.values(value).flatMap(strangeNames)];
}

/** A moment is an ISO text, never a number. */
function unixTimes(value: unknown): number[] {
  if (typeof value === "number") return value > 1e12 ? [value] : [];
  return value !== null && typeof value === "object" ? Object.values(value).flatMap(unixTimes) : [];
}
