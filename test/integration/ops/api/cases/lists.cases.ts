import { expect } from "vitest";

import { type ApiHarness, startApi } from "../../../../support/api-harness.ts";
import { settingsOf } from "../../../../support/endpoints.ts";
import { test } from "../../../../support/api-test.ts";
import { SECRET } from "../../../../support/test-config.ts";

const CLINIC = { key: "MS0xLWFiY2RlZg-au1", baseUrl: "http://127.0.0.1:9/v1" };

interface Page {
  readonly data: readonly Readonly<Record<string, unknown>>[];
  readonly next: string | null;
}

/** All pages of a list; `pages` says how many there were. */
async function readAll(api: ApiHarness, path: string, field: string, token?: string) {
  const found: unknown[] = [];
  for (let pages = 1, cursor = ""; ; pages += 1) {
    const { body } = await api.ask<Page>("GET", `${path}${cursor}`, token === undefined ? {} : { token });
    found.push(...body.data.map((item) => item[field]));
    if (body.next === null) return { found, pages };
    cursor = `&cursor=${body.next}`;
  }
}

async function hold({ base }: ApiHarness, account: string): Promise<void> {
  const problem = {
    kind: "permission_reduced",
    since: 0,
    detail: "",
    told: true,
    quarantined: true,
  } as const;
  const read = await base.connections.read(account);
  await base.connections.change(account, read, { resource: "patients", problem }, undefined);
}

test("accounts are found by a part of their name and by their state", async ({ address, prefix }) => {
  await using api = await startApi({ address, prefix, setup: { accounts: { westend: CLINIC } } });
  await hold(api, "westend");
  const names = async (query: string) => (await readAll(api, `/v1/accounts?${query}`, "name")).found;

  expect(await names("search=SIDE")).toEqual(["northside", "southside"]);
  expect(await names("search=nowhere")).toEqual([]);
  expect(await names("state=quarantined")).toEqual(["westend"]);
  expect(await names("state=permission_reduced")).toEqual(["westend"]);
  expect(await names("state=not_read_yet")).toEqual(["northside", "southside", "westend"]);
  expect(await names("state=trouble&search=w")).toEqual(["westend"]);
  expect(await names("state=live")).toEqual([]);
});

test("an account of which everything is live is in no trouble", async ({ api, redis, keys }) => {
  for (const { name, resources } of api.config.accounts.filter((account) => account.name === "northside")) {
    for (const resource of resources) {
      await redis.hset(keys.cursor(name, resource), { phase: "live", watermark: 1_795_317_304 });
    }
  }
  const names = async (state: string) => (await readAll(api, `/v1/accounts?state=${state}`, "name")).found;

  expect(await names("live")).toEqual(["northside"]);
  expect(await names("trouble")).toEqual(["southside"]);
});

test("a filtered list comes in pages, each account once, over more accounts than are looked at together", async ({
  address,
  prefix,
}) => {
  const many = Array.from({ length: 230 }, (_, number) => `clinic-${String(number).padStart(3, "0")}`);
  const accounts = Object.fromEntries(many.map((name) => [name, CLINIC]));
  await using api = await startApi({ address, prefix, setup: { accounts } });
  const quarantined = many.filter((_, number) => number % 40 === 7);
  for (const name of quarantined) await hold(api, name);

  const filtered = await readAll(api, "/v1/accounts?state=quarantined&limit=2", "name");
  expect(filtered.found).toEqual(quarantined);
  expect(filtered.pages).toBeGreaterThanOrEqual(3);
  const unfiltered = await readAll(api, "/v1/accounts?search=clinic-&limit=100", "name");
  expect(unfiltered).toEqual({ found: many, pages: 3 });
});

test("a subscriber finds its own accounts and endpoints only", async ({ api }) => {
  const token = await api.token({ role: "subscriber", subscriber: "crm", accounts: ["northside"] });
  for (const owner of ["crm", "other"]) {
    await api.base.endpoints.create({
      id: `${owner}-hook`,
      source: "api",
      owner,
      settings: settingsOf({ accounts: ["northside"] }),
      signingKeys: [{ kind: "v1", secret: SECRET, createdAt: 0 }],
    });
  }

  expect((await readAll(api, "/v1/accounts?state=trouble", "name", token)).found).toEqual(["northside"]);
  expect((await readAll(api, "/v1/accounts?search=southside", "name", token)).found).toEqual([]);
  expect((await readAll(api, "/v1/endpoints?search=hook", "id", token)).found).toEqual(["crm-hook"]);
  expect((await readAll(api, "/v1/endpoints?search=hook", "id")).found).toEqual(["crm-hook", "other-hook"]);
});

test("endpoints are found by id, description, host and state, and not by the path of their address", async ({
  api,
}) => {
  const make = async (id: string, url: string, description: string) => {
    await api.ask("POST", "/v1/endpoints", { body: { id, url, description, events: ["*"] } });
  };
  await make("crm", "https://hooks.example.com/hunter2", "Recalls of the CRM");
  await make("mirror", "https://warehouse.example.org/in", "Nightly mirror");
  await make("zebra", "https://zebra.example.net/in", "");
  await api.ask("POST", "/v1/endpoints/mirror/pause");
  const ids = async (query: string) => (await readAll(api, `/v1/endpoints?limit=1&${query}`, "id")).found;

  expect(await ids("search=CRM")).toEqual(["crm"]);
  expect(await ids("search=nightly")).toEqual(["mirror"]);
  expect(await ids("search=example.net")).toEqual(["zebra"]);
  expect(await ids("search=hunter2")).toEqual([]);
  expect(await ids("search=example")).toEqual(["crm", "mirror", "zebra"]);
  expect(await ids("state=paused")).toEqual(["mirror"]);
  expect(await ids("state=trouble")).toEqual(["mirror"]);
  expect(await ids("state=healthy")).toEqual(["crm", "zebra"]);
  expect(await ids("state=healthy&search=zebra")).toEqual(["zebra"]);
});

test.for([
  ["/v1/accounts?state=well", "query.state"],
  ["/v1/endpoints?state=live", "query.state"],
  [`/v1/accounts?search=${"x".repeat(101)}`, "query.search"],
  ["/v1/audit?actor=", "query.actor"],
] as const)("%s is refused, with the name of what is wrong", async ([path, wrong], { api }) => {
  const { body, status } = await api.ask("GET", path);

  expect(status).toBe(400);
  expect(body).toMatchObject({ code: "bad_request", errors: [{ path: wrong }] });
});

test("changes are found by who, what and to what, through more of them than are looked at together", async ({
  api,
}) => {
  const ann = { id: "3f9c2ab41d07", name: "Ann's laptop", role: "admin" };
  const job = { id: "ops-token", name: "ops token", role: "admin" };
  const note = async (actor: typeof ann, action: string, target: string) => {
    await api.base.audit.append({ actor, action, target, fields: [] });
  };
  await note(ann, "endpoint.update", "crm");
  await Promise.all(Array.from({ length: 1_200 }, async () => await note(job, "token.create", "0f")));
  await note(ann, "account.release", "northside");
  await note(job, "endpoint.pause", "crm-2");
  const targets = async (query: string) => (await readAll(api, `/v1/audit?limit=1&${query}`, "target")).found;

  expect(await targets("actor=3f9c2ab41d07")).toEqual(["northside", "crm"]);
  expect(await targets("actor=ann")).toEqual(["northside", "crm"]);
  expect(await targets("action=endpoint")).toEqual(["crm-2", "crm"]);
  expect(await targets("action=endpoint.update")).toEqual(["crm"]);
  expect(await targets("target=crm")).toEqual(["crm-2", "crm"]);
  expect(await targets("target=crm&actor=ops-token")).toEqual(["crm-2"]);
  expect(await targets("action=patient")).toEqual([]);
});

test("a search through a long list of changes ends, and says where to go on", async ({ api }) => {
  const actor = { id: "t", name: "t", role: "admin" };
  await api.base.audit.append({ actor, action: "token.create", target: "oldest", fields: [] });
  const note = { actor, action: "endpoint.update", target: "crm", fields: [] };
  await Promise.all(Array.from({ length: 5_400 }, async () => await api.base.audit.append(note)));

  const { body: first } = await api.ask<Page>("GET", "/v1/audit?target=oldest");
  expect(first.data).toEqual([]);
  expect(first.next).not.toBeNull();
  const { body: second } = await api.ask<Page>("GET", `/v1/audit?target=oldest&cursor=${first.next}`);
  expect(second.data).toHaveLength(1);
  expect(second.next).toBeNull();
});
