import { expect } from "vitest";

import { test } from "../../../../support/api-test.ts";

interface Entry {
  readonly id: string;
  readonly actor: { readonly id: string; readonly name: string; readonly role: string };
  readonly action: string;
  readonly target: string;
  readonly fields: readonly string[];
  readonly host: string | null;
  readonly request_id: string | null;
}

type Page = { readonly data: readonly Entry[]; readonly next: string | null };

test("every change is written down with who, what and for which request, and without values", async ({
  api,
}) => {
  const token = await api.token({ role: "admin", name: "Ops laptop" });
  const as = { token, headers: { "x-request-id": "req-1" } };
  const body = { id: "crm", url: "https://crm.example.com/hooks?token=hunter2", events: ["*"] };
  const path = "/v1/endpoints/crm";

  await api.ask("POST", "/v1/endpoints", { ...as, body });
  const secret = { url: "https://other.example/x?token=hunter3", headers: { authorization: "hunter4" } };
  await api.ask("PATCH", path, { ...as, body: secret });
  await api.ask("PATCH", path, { ...as, body: { payload: "ids" } });
  await api.ask("POST", `${path}/pause`, as);
  await api.ask("POST", `${path}/pause`, as);
  await api.ask("POST", `${path}/enable`, as);
  await api.ask("POST", `${path}/rotate`, { ...as, body: {} });
  await api.ask("DELETE", path, as);
  const made = await api.ask<{ id: string }>("POST", "/v1/tokens", {
    ...as,
    body: { name: "x", role: "viewer" },
  });
  await api.ask("DELETE", `/v1/tokens/${made.body.id}`, as);

  const { body: page, text } = await api.ask<Page>("GET", "/v1/audit");
  expect(
    page.data.map(({ action, target, fields, host }) => [action, target, fields, host]).toReversed(),
  ).toEqual([
    ["endpoint.create", "crm", expect.arrayContaining(["url", "events"]) as string[], "crm.example.com"],
    ["endpoint.update", "crm", ["url", "headers"], "other.example"],
    ["endpoint.update", "crm", ["payload"], null],
    ["endpoint.pause", "crm", ["paused_at"], null],
    ["endpoint.enable", "crm", ["paused_at"], null],
    ["endpoint.rotate", "crm", ["signing_keys"], null],
    ["endpoint.delete", "crm", [], null],
    ["token.create", made.body.id, expect.arrayContaining(["role"]) as string[], null],
    ["token.revoke", made.body.id, [], null],
  ]);
  const who = { id: token.split("_")[1], name: "Ops laptop", role: "admin" };
  for (const entry of page.data) expect([entry.actor, entry.request_id]).toEqual([who, "req-1"]);
  expect(text).not.toMatch(/hunter|\/hooks|whsec/);
});

test("what changes nothing, and what is refused, is not written down", async ({ api }) => {
  const body = { id: "crm", url: "https://crm.example.com/hooks", events: ["*"] };
  await api.ask("POST", "/v1/endpoints", { body });

  await api.ask("POST", "/v1/endpoints", { body });
  await api.ask("PATCH", "/v1/endpoints/crm", { body: { events: ["*"] } });
  await api.ask("PATCH", "/v1/endpoints/crm", { body: { events: ["nonsense"] } });
  await api.ask("GET", "/v1/endpoints/crm");

  const { body: page } = await api.ask<Page>("GET", "/v1/audit");
  expect(page.data.map(({ action }) => action)).toEqual(["endpoint.create"]);
});

test("the list comes in pages, the newest first, each change once", async ({ api }) => {
  const actor = { id: "t", name: "t", role: "admin" };
  for (let number = 0; number < 5; number += 1) {
    await api.base.audit.append({ actor, action: "endpoint.update", target: String(number), fields: [] });
  }
  const seen: string[] = [];
  let path = "/v1/audit?limit=2";
  for (;;) {
    const { body } = await api.ask<Page>("GET", path);
    seen.push(...body.data.map(({ target }) => target));
    if (body.next === null) break;
    path = `/v1/audit?limit=2&cursor=${body.next}`;
  }

  expect(seen).toEqual(["4", "3", "2", "1", "0"]);
});
