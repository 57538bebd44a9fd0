/**
 * What it takes to add a resource: one file, and one line in src/resources/all.ts. The test does just that to a copy of the
 * service, and runs the copy.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, describe, expect } from "vitest";
import { z } from "zod";

import type * as baseModule from "../../src/admin/base.ts";
import type * as nameableModule from "../../src/admin/nameable.ts";
import type * as forgetModule from "../../src/admin/privacy/forget.ts";
import type * as appModule from "../../src/app/app.ts";
import type * as catalogueModule from "../../src/catalogue/event-catalogue.ts";
import type * as configModule from "../support/test-config.ts";
import type { WebhookEvent } from "../../src/diff/event.ts";
import { createLogger } from "../../src/shared/logger.ts";
import { createReleaseStack } from "../../src/shared/release-stack.ts";
import { eventually } from "../support/harness.ts";
import { type MadeUpUpstream, startMadeUpUpstream } from "../support/made-up-upstream.ts";
import { test } from "../support/redis-test.ts";

const ROOT = join(import.meta.dirname, "../..");
const GIVEN = "test/fixtures/one-more-resource/gift-vouchers.ts";
const ADDED = "src/resources/gift-vouchers.ts";
const LINE = 'export * from "./gift-vouchers.ts";\n';
const ACCOUNT = "northside";
const CALLER = { id: "cli:ada", name: "ada", role: "admin" } as const;

const folder = makeCopy();
afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A module of the copy, or of what stands beside the service. */
async function load<Module>(path: string, from = folder): Promise<Module> {
  return (await import(pathToFileURL(join(from, path)).href)) as Module;
}

function makeCopy(): string {
  mkdirSync(join(ROOT, ".data"), { recursive: true });
  const made = mkdtempSync(join(ROOT, ".data/one-more-"));
  for (const part of ["src", "test/support", "package.json"])
    cpSync(join(ROOT, part), join(made, part), { recursive: true });
  const file = readFileSync(join(ROOT, GIVEN), "utf8").replaceAll("../../../src/resources/", "./");
  writeFileSync(join(made, ADDED), file);
  const all = join(made, "src/resources/all.ts");
  writeFileSync(all, readFileSync(all, "utf8") + LINE);
  return made;
}

test("nothing else of the service speaks of it", () => {
  const files = readdirSync(join(folder, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  const speaking = files.filter((path) => /gift.?voucher/i.test(readFileSync(join(folder, path), "utf8")));

  expect(speaking.toSorted()).toEqual(["src/resources/all.ts", ADDED]);
});

test("a configuration may name it, its events and its fields, and reads it only then", async () => {
  const { NAMEABLE } = await load<typeof nameableModule>("src/admin/nameable.ts");

  expect(NAMEABLE.resources).toContain("gift_vouchers");
  expect(NAMEABLE.defaultResources).not.toContain("gift_vouchers");
  expect(NAMEABLE.eventTypes).toEqual(
    expect.arrayContaining(
      ["created", "deleted", "restored", "archived", "unarchived", "redeemed", "updated"].map(
        (transition) => `gift_voucher.${transition}`,
      ),
    ),
  );
  expect(NAMEABLE.sensitiveFields).toEqual(expect.arrayContaining(["dedication", "code"]));
  expect(NAMEABLE.fields).toContain("value_left");
});

test("each of its types has a schema, an example, a page and a TypeScript type", async () => {
  const catalogue = {
    ...(await load<typeof catalogueModule>("src/catalogue/event-catalogue.ts")),
    ...(await load<object>("src/catalogue/event-schema.ts")),
    ...(await load<object>("src/catalogue/json-schema.ts")),
    ...(await load<object>("src/diff/event.ts")),
    ...(await load<object>("src/resources/resource.ts")),
  };
  const { renderFiles } = await load<{
    renderFiles: (of: object, read: (path: string) => string) => ReadonlyMap<string, string>;
  }>("scripts/catalogue/files.mjs", ROOT);
  const entries = catalogue.eventCatalogue.filter(({ subject }) => subject === "gift_voucher");
  const files = renderFiles(catalogue, (path) => readFileSync(join(ROOT, path), "utf8"));

  expect(entries.map(({ title }) => title)).toEqual([
    "Voucher sold",
    "Voucher gone for good",
    "Voucher there again",
    "Voucher archived",
    "Voucher brought back",
    "Voucher redeemed",
    "Voucher changed",
  ]);
  for (const { example, schema } of entries) expect(schema.parse(example)).toEqual(example);
  const schema: unknown = JSON.parse(files.get("docs/schemas/gift_voucher.json") ?? "{}");
  const { $defs } = z.looseObject({ $defs: z.record(z.string(), z.looseObject({})) }).parse(schema);
  for (const { example, type } of entries) {
    const ofType = z.fromJSONSchema({ ...$defs[type], $defs });
    expect(ofType.safeParse(example).error).toBeUndefined();
    expect(ofType.safeParse({ ...example, type: "gift_voucher.lost" }).success).toBe(false);
  }
  expect(files.get("docs/events/gift_voucher.md")).toContain("`gift_voucher.redeemed`");
  expect(files.get("docs/events.md")).toContain("### Gift vouchers");
  expect(files.get("src/public/events.ts")).toContain("export type GiftVoucherRedeemed");
});

describe("a service that is told to read it", () => {
  test("tells what happens to it, and forgets whom it is of", async ({ address, prefix }) => {
    const { startApp } = await load<typeof appModule>("src/app/app.ts");
    const { openBase } = await load<typeof baseModule>("src/admin/base.ts");
    const { testConfig } = await load<typeof configModule>("test/support/test-config.ts");
    const { anyEventSchema } = await load<typeof catalogueModule>("src/catalogue/event-catalogue.ts");
    const { forgetPatient } = await load<typeof forgetModule>("src/admin/privacy/forget.ts");
    await using stack = createReleaseStack();
    const upstream = stack.use(await startMadeUpUpstream());
    furnish(upstream);
    const account = {
      api_key: { env: "KEY_northside" },
      base_url: upstream.url,
      resources: ["patients", "gift_vouchers"],
      suppress_without_consent: true,
    };
    const config = testConfig({
      accounts: { northside: { key: "key-au1", baseUrl: upstream.url } },
      endpoints: {},
      settings: { accounts: { northside: account }, roles: ["poll"] },
    });
    const logger = createLogger("silent");
    const app = stack.use(await startApp({ config, logger, prefix, redis: address }));
    const base = await openBase(stack, { config, logger, prefix }, address);
    await eventually(
      async () => (await app.status()).every(({ cursor }) => cursor?.phase === "live") || undefined,
    );
    const told = async (): Promise<WebhookEvent[]> => {
      const entries = await base.log.read(ACCOUNT, undefined, 1_000);
      const events = await Promise.all(
        entries.map(async ({ eventId }) => await base.log.readEvent(ACCOUNT, eventId)),
      );
      return events.filter((event) => event?.subject.type === "gift_voucher") as WebhookEvent[];
    };
    const next = async (count: number): Promise<WebhookEvent> =>
      await eventually(async () => (await told())[count - 1]);

    // A state, and a spelling and a noise field that are no news; of somebody who refused, nothing.
    upstream.put("gift_vouchers", { id: "1", value_left: 80, service_ids: ["12", "7"], code: "other" });
    upstream.put("gift_vouchers", { id: "3", value_left: "0" });
    upstream.put("gift_vouchers", { id: "2", value_left: "0.00" });
    const redeemed = await next(1);
    expect(redeemed).toMatchObject({
      type: "gift_voucher.redeemed",
      subject: { id: "2" },
      data: { previous: { value_left: "5" }, changed: ["value_left"] },
    });
    expect(anyEventSchema.safeParse(redeemed).error).toBeUndefined();

    // What hangs on a patient moves with a merge, without moving its stamp.
    upstream.put("gift_vouchers", { id: "1", bearer: upstreamLink(upstream, "9") }, "silently");
    const merged = { merged_at: new Date().toISOString(), merged_with_patient: upstreamLink(upstream, "9") };
    upstream.put("patients", { id: "42", ...merged });
    expect(await next(2)).toMatchObject({
      type: "gift_voucher.updated",
      subject: { id: "1" },
      data: { changed: ["bearer"] },
    });

    const of = { account: ACCOUNT, patientId: "9" };
    const forgotten = await forgetPatient(base, CALLER, of, { signal: new AbortController().signal });
    expect(forgotten.records).toMatchObject({ patient: 1, gift_vouchers: 1 });
    upstream.put("gift_vouchers", { id: "1", value_left: "0" });
    const later = await eventually(async () => (await told()).find(({ sequence }) => sequence === 2));
    expect(later.data.object).toMatchObject({ bearer: null, dedication: null });
    expect(JSON.stringify(later)).not.toContain("With love");
  });
});

function upstreamLink({ url }: MadeUpUpstream, patient: string): object {
  return { links: { self: `${url}/patients/${patient}` } };
}

/** Three vouchers, each of another patient; the last of them refused the clinic's privacy policy. */
function furnish(upstream: MadeUpUpstream): void {
  const bearers = [
    ["1", "42", "80.00"],
    ["2", "8", "5.00"],
    ["3", "7", "20.00"],
  ] as const;
  for (const [id, bearer, value_left] of bearers) {
    upstream.put("patients", { id: bearer, accepted_privacy_policy: bearer === "7" ? false : null });
    const more = { service_ids: ["7", "12"], dedication: "With love", code: "abc", archived_at: null };
    upstream.put("gift_vouchers", { id, value_left, bearer: upstreamLink(upstream, bearer), ...more });
  }
  upstream.put("patients", { id: "9" });
}
