import { expect } from "vitest";

import type { Base } from "../../../../../src/admin/base.ts";
import { renderPayload } from "../../../../../src/diff/event.ts";
import { feedSchema } from "../../../../../src/ops/api/events/feed-routes.ts";
import { sensitiveFieldsOf } from "../../../../../src/resources/registry.ts";
import { commitAll, eventId, numbered } from "../../../../support/admin-setup.ts";
import { type ApiHarness, startApi } from "../../../../support/api-harness.ts";
import { makeWorld } from "../../../../support/api-world.ts";
import { eventually } from "../../../../support/harness.ts";
import { outboxEventOf } from "../../../../support/outbox-setup.ts";
import { test } from "../../../../support/api-test.ts";

interface Page {
  readonly data: readonly { readonly id: string; readonly event: Record<string, unknown> | null }[];
  readonly next: string | null;
}

interface Feed {
  readonly events: readonly { readonly id: string }[];
  readonly next: string;
  readonly more: boolean;
}

const CRM = { crm: { url: "http://127.0.0.1:59999/hooks" } };

async function subscriberOf(api: ApiHarness, ...accounts: readonly string[]): Promise<string> {
  return await api.token({ role: "subscriber", subscriber: "crm", accounts: [...accounts] });
}

async function idsOf(api: ApiHarness, path: string, token?: string): Promise<string[]> {
  const { status, body } = await api.ask<Page>("GET", path, token === undefined ? {} : { token });
  expect(status).toBe(200);
  return body.data.map(({ id }) => id).toSorted();
}

async function give(base: Base, endpoint: string, ...ids: readonly string[]): Promise<void> {
  const events = ids.map((id, index) => outboxEventOf(id, { at: Date.now() - 1_000 + index }));
  await base.outbox.add(endpoint, "northside", events);
}

test("events are listed, narrowed down, and read one by one", async ({ api }) => {
  const merged = numbered(3, { type: "patient.merged", subject: { type: "patient", id: "7" } });
  await commitAll(api.base, numbered(1), numbered(2, { account: "southside" }), merged);

  // Across accounts, what was committed in one millisecond is in no order.
  const all = await idsOf(api, "/v1/events");
  expect(all).toEqual([eventId(1), eventId(2), eventId(3)]);
  expect(await idsOf(api, "/v1/events?accounts=southside")).toEqual([eventId(2)]);
  expect(await idsOf(api, "/v1/events?types=patient.*,attendee.added")).toEqual([eventId(3)]);
  expect(await idsOf(api, "/v1/events?subject=patient&subject_id=7")).toEqual([eventId(3)]);
  expect(await idsOf(api, "/v1/events?until=2026-01-01T00:00:00Z")).toEqual([]);
  const first = await api.ask<Page>("GET", "/v1/events?limit=2&order=oldest_first");
  expect(first.body.data).toHaveLength(2);
  const rest = await api.ask<Page>(
    "GET",
    `/v1/events?limit=2&order=oldest_first&cursor=${first.body.next ?? ""}`,
  );
  expect(rest.body.next).toBe(null);
  const ids = [...first.body.data, ...rest.body.data].map(({ id }) => id);
  expect(ids.toSorted()).toEqual(all);

  const one = await api.ask("GET", `/v1/events/${eventId(1)}`);
  const expected = renderPayload(numbered(1), sensitiveFieldsOf("appointment"), "full", []);
  expect(JSON.stringify(one.body["event"])).toBe(expected);
  expect((await api.ask("GET", `/v1/events/${eventId(99)}`)).status).toBe(404);
});

test("a wrong question is answered with every field that is wrong", async ({ api }) => {
  const paths = async (path: string): Promise<string[]> => {
    const { status, body } = await api.ask<{ errors: { path: string }[] }>("GET", path);
    expect(status).toBe(400);
    return body.errors.map((error) => error.path);
  };
  expect(await paths("/v1/events?types=patient.merge&since=yesterday&include=secrets")).toEqual([
    "query.types.0",
    "query.since",
    "query.include.0",
  ]);
  // Dates that are in no calendar are not moved to the next one that is.
  expect(await paths("/v1/events?since=2026-02-31T00:00:00Z&until=2026-11-22T24:00:00Z")).toEqual([
    "query.since",
    "query.until",
  ]);
  expect(await paths("/v1/feed?from=2026-02-31T00:00:00Z")).toEqual(["query.from"]);
  expect(await paths("/v1/events?accounts=northsid")).toEqual(["query.accounts"]);
  expect(await paths("/v1/events?subject_id=7")).toEqual(["query.subject"]);
  expect(await paths("/v1/events?cursor=nonsense")).toEqual(["query.cursor"]);
  expect(await paths("/v1/feed?after=nonsense")).toEqual(["query.after"]);
  expect(await paths("/v1/feed?from=sometime")).toEqual(["query.from"]);
  expect(await paths("/v1/feed?wait=2m")).toEqual(["query.wait"]);
});

test("the feed has the very bytes of callbacks, as a document and as lines", async ({ api }) => {
  const events = [numbered(1), numbered(2), numbered(3)];
  await commitAll(api.base, ...events);
  const bodies = events.map((event) => renderPayload(event, sensitiveFieldsOf("appointment"), "full", []));

  const whole = await api.ask<Feed>("GET", "/v1/feed");
  expect(whole.text).toContain(`"events":[${bodies.join(",")}]`);
  expect(whole.headers.get("x-next-position")).toBe(whole.body.next);
  // It passes no serializer that would hold it against its schema.
  expect(feedSchema.parse(whole.body)).toEqual(whole.body);
  const lines = await api.ask("GET", "/v1/feed", { headers: { accept: "application/x-ndjson" } });
  expect(lines.text).toBe(bodies.map((body) => `${body}\n`).join(""));
  expect(lines.headers.get("x-next-position")).toBe(whole.body.next);
  expect(lines.headers.get("x-event-count")).toBe("3");

  const first = await api.ask<Feed>("GET", "/v1/feed?limit=2");
  expect(first.body.more).toBe(true);
  const rest = await api.ask<Feed>("GET", `/v1/feed?after=${first.body.next}`);
  expect(rest.body.events.map(({ id }) => id)).toEqual([eventId(3)]);
  expect(rest.body.more).toBe(false);
});

test("an event that is committed during a long poll is its answer", async ({ api }) => {
  const { body } = await api.ask<Feed>("GET", "/v1/feed?from=now");
  const waits = Array.from({ length: 20 }, async () => {
    return await api.ask<Feed>("GET", `/v1/feed?after=${body.next}&wait=30s`);
  });
  await eventually(async () =>
    String(await api.base.redis.client("LIST")).includes("cmd=xread") ? true : undefined,
  );
  const committed = performance.now();

  await commitAll(api.base, numbered(1));

  for (const answer of await Promise.all(waits)) {
    expect(answer.body.events.map(({ id }) => id)).toEqual([eventId(1)]);
  }
  expect(performance.now() - committed).toBeLessThan(25_000);
});

test("the feed of an endpoint is what the endpoint is to get", async ({ address, prefix }) => {
  const settings = { events: ["appointment.cancelled"], payload: "ids" };
  const endpoints = { crm: { ...CRM.crm, settings } };
  await using api = await startApi({ address, prefix, setup: { endpoints } });
  const cancelled = numbered(2, { type: "appointment.cancelled" });
  await commitAll(api.base, numbered(1), cancelled);

  const { text } = await api.ask("GET", "/v1/feed?endpoint=crm");
  expect(text).toContain(`"events":[${renderPayload(cancelled, [], "ids", [])}]`);
  expect((await api.ask("GET", "/v1/feed?endpoint=other")).status).toBe(404);
  expect((await api.ask("GET", "/v1/feed?endpoint=crm&types=patient.*")).status).toBe(400);
});

test("a subscriber reads the accounts that it was given, and no others", async ({ api }) => {
  const southern = numbered(2, { account: "southside" });
  await commitAll(api.base, numbered(1), southern);
  const token = await subscriberOf(api, "southside");
  const status = async (path: string): Promise<number> => (await api.ask("GET", path, { token })).status;

  expect(await idsOf(api, "/v1/events", token)).toEqual([eventId(2)]);
  const feed = await api.ask<Feed>("GET", "/v1/feed", { token });
  expect(feed.body.events.map(({ id }) => id)).toEqual([eventId(2)]);
  expect(Buffer.from(feed.body.next.slice(1), "base64url").toString()).not.toContain("northside");
  const samples = await api.ask<{ recorded: boolean; data: { id: string }[] }>(
    "GET",
    "/v1/event-types/appointment.rescheduled/samples",
    { token },
  );
  expect(samples.body).toMatchObject({ recorded: true, data: [{ id: eventId(2) }] });
  expect(await status(`/v1/events/${eventId(2)}`)).toBe(200);
  expect(await status(`/v1/events/${eventId(1)}`)).toBe(404);
  expect(await status(`/v1/events/${eventId(1)}/deliveries`)).toBe(404);
  expect(await status("/v1/events?accounts=northside")).toBe(400);
  expect(await status("/v1/feed?accounts=northside")).toBe(400);
  expect(await status("/v1/accounts/southside")).toBe(200);
  expect(await status("/v1/accounts/northside")).toBe(404);
  for (const rest of ["", "/timeline", "/explain"]) {
    expect(await status(`/v1/accounts/northside/records/appointment/1${rest}`)).toBe(404);
  }
  expect(await status("/v1/accounts/southside/records/appointment/2/timeline")).toBe(200);
  const cursor = (await api.ask<Feed>("GET", "/v1/feed?from=now")).body.next;
  const borrowed = await api.ask<Feed>("GET", `/v1/feed?after=${cursor}`, { token });
  expect(borrowed.body.events).toEqual([]);
});

test("sensitive fields are for those who may have them, and ask", async ({ api }) => {
  await commitAll(api.base, numbered(1));
  const plain = await subscriberOf(api, "northside");
  const trusted = await api.token({
    role: "subscriber",
    subscriber: "crm",
    accounts: ["northside"],
    sensitive: true,
  });
  const paths = [
    "/v1/events",
    "/v1/feed",
    `/v1/events/${eventId(1)}`,
    "/v1/event-types/appointment.rescheduled/samples",
  ];
  for (const path of [...paths, "/v1/accounts/northside/records/appointment/1/timeline"]) {
    const [asked, payload] = [`${path}?include=notes`, path.includes("timeline") ? "&payload=full" : ""];
    expect((await api.ask("GET", asked, { token: plain })).status).toBe(400);
    expect((await api.ask("GET", path, { token: plain })).text).not.toContain("left knee");
    expect((await api.ask("GET", asked + payload, { token: trusted })).text).toContain("left knee");
    expect((await api.ask("GET", path, { token: trusted })).text).not.toContain("left knee");
  }
});

test("a viewer looks at everything but sensitive fields", async ({ address, prefix }) => {
  const settings = { include: ["notes"] };
  const endpoints = { crm: { ...CRM.crm, settings }, plain: CRM.crm };
  await using api = await startApi({ address, prefix, setup: { endpoints } });
  await commitAll(api.base, numbered(1));
  const viewer = await api.token({ role: "viewer" });
  const faults = async (method: string, path: string, body?: object) => {
    const { status, body: answer } = await api.ask(method, path, { token: viewer, body });
    return [status, (answer["errors"] as { path: string }[] | undefined)?.map((fault) => fault.path)];
  };
  const record = "/v1/accounts/northside/records/appointment/1";
  for (const path of ["/v1/events", "/v1/feed", `/v1/events/${eventId(1)}`, record, `${record}/timeline`]) {
    expect(await faults("GET", `${path}?include=notes`)).toEqual([400, ["query.include"]]);
  }
  expect(await faults("GET", "/v1/feed?endpoint=crm")).toEqual([400, ["query.endpoint"]]);
  expect(await faults("POST", "/v1/dry-run", { events: ["*"], include: ["notes"] })).toEqual([
    400,
    ["include"],
  ]);
  expect((await api.ask("GET", "/v1/me", { token: viewer })).body).toMatchObject({ sensitive: false });

  // The twins: what is not sensitive is a viewer's to see, and an admin may have it all.
  expect((await api.ask("GET", "/v1/feed?endpoint=plain", { token: viewer })).status).toBe(200);
  expect((await api.ask("POST", "/v1/dry-run", { token: viewer, body: { events: ["*"] } })).status).toBe(200);
  expect((await api.ask("GET", "/v1/feed?endpoint=crm")).text).toContain("left knee");
  expect((await api.ask("POST", "/v1/dry-run", { body: { ...settings, events: ["*"] } })).text).toContain(
    "left knee",
  );
  expect((await api.ask("GET", "/v1/me")).body).toMatchObject({ sensitive: true });
});

test("an event names the sensitive fields that are left out of it", async ({ api }) => {
  await commitAll(api.base, numbered(1));
  const withheld = async (query: string) =>
    (await api.ask("GET", `/v1/events/${eventId(1)}${query}`)).body["withheld"];

  expect(await withheld("")).toContain("notes");
  expect(await withheld("?include=notes")).not.toContain("notes");
});

test("a record is found by its id alone, in the accounts that one may see", async ({ api }) => {
  const world = await makeWorld(api);
  const path = await world.pathOf("/v1/accounts/{account}/records/{subject}/{id}", "b");
  const id = path.split("/").at(-1) ?? "";
  const find = async (asked: string, token?: string) =>
    (await api.ask<Page>("GET", `/v1/records?id=${asked}`, token === undefined ? {} : { token })).body.data;

  const subject = { type: "appointment", id };
  expect(await find(id)).toEqual([{ account: "southside", subject, state: "present" }]);
  expect(await find(id, await subscriberOf(api, "southside"))).toHaveLength(1);
  expect(await find(id, await subscriberOf(api, "northside"))).toEqual([]);
  expect(await find("999")).toEqual([]);
});

test("deliveries are listed, read, and tried once more", async ({ address, prefix }) => {
  await using api = await startApi({ address, prefix, setup: { endpoints: CRM } });
  await commitAll(api.base, numbered(1), numbered(2), numbered(3));
  await give(api.base, "crm", eventId(1), eventId(2), eventId(3));
  const events = async (path: string): Promise<string[]> => {
    const { body } = await api.ask<{ data: { event: string }[] }>("GET", path);
    return body.data.map(({ event }) => event);
  };

  expect(await events("/v1/endpoints/crm/deliveries")).toEqual([eventId(3), eventId(2), eventId(1)]);
  expect(await events("/v1/endpoints/crm/deliveries?state=failed")).toEqual([]);
  expect(await events("/v1/endpoints/crm/deliveries?types=patient.*")).toEqual([]);
  const first = await api.ask<{ next: string }>("GET", "/v1/endpoints/crm/deliveries?limit=2");
  expect(await events(`/v1/endpoints/crm/deliveries?limit=2&cursor=${first.body.next}`)).toEqual([
    eventId(1),
  ]);
  expect(await events(`/v1/events/${eventId(2)}/deliveries`)).toEqual([eventId(2)]);
  const one = await api.ask("GET", `/v1/endpoints/crm/deliveries/${eventId(2)}`);
  const ready = { endpoint: "crm", state: "ready", attempts: [], attempts_allowed: 10 };
  expect(one.body).toMatchObject(ready);
  const again = await api.ask("POST", `/v1/endpoints/crm/deliveries/${eventId(2)}/retry`);
  expect([again.status, again.body]).toEqual([202, { state: "under_way" }]);
  expect((await api.ask("POST", `/v1/endpoints/crm/deliveries/${eventId(9)}/retry`)).status).toBe(404);
});

test("an operator sees what went wrong in a delivery, a subscriber only whether there was an answer", async ({
  api,
}) => {
  const token = await subscriberOf(api, "northside");
  const url = "https://crm.example.com/hooks";
  const made = await api.ask<{ id: string }>("POST", "/v1/endpoints", {
    token,
    body: { url, events: ["*"] },
  });
  const { id } = made.body;
  await commitAll(api.base, numbered(1));
  await give(api.base, id, eventId(1));
  const worker = await api.base.outbox.openWorker(id);
  const claim = await api.base.outbox.claim(worker, Date.now(), { count: 1, late: 0 }, []);
  const [delivery] = claim === "lost" ? [] : claim.deliveries;
  if (!delivery) throw new Error("it is due");
  const attempt = {
    at: Date.now(),
    durationMs: 31,
    outcome: "unreachable" as const,
    errorClass: "connect",
    detail: "10.0.0.7 refuses",
    trigger: "schedule" as const,
    counts: true,
  };
  const settled = { delivery, attempts: [attempt], verdict: "failed" as const, at: Date.now(), counted: 1 };
  await api.base.outbox.settle(worker, [settled], undefined);
  const path = `/v1/endpoints/${id}/deliveries/${eventId(1)}`;

  expect((await api.ask("GET", path)).body).toMatchObject({
    state: "failed",
    attempts: [{ error_class: "connect", detail: "10.0.0.7 refuses", duration_ms: 31, counts: true }],
  });
  const seen = await api.ask("GET", path, { token });
  expect(seen.body).toMatchObject({
    attempts: [{ outcome: "unreachable", error_class: "no_answer", detail: null, duration_ms: null }],
  });
  const other = await api.token({ role: "subscriber", subscriber: "other", accounts: ["northside"] });
  expect((await api.ask("GET", path, { token: other })).status).toBe(404);
  expect((await api.ask("GET", `/v1/endpoints/${id}/deliveries`, { token: other })).status).toBe(404);
  expect((await api.ask("POST", `${path}/retry`, { token: other })).status).toBe(404);
  const elsewhere = await api.ask<Page>("GET", `/v1/events/${eventId(1)}/deliveries`, { token: other });
  expect(elsewhere.body.data).toEqual([]);
  const own = await api.ask<Page>("GET", `/v1/events/${eventId(1)}/deliveries`, { token });
  expect(own.body.data).toHaveLength(1);
});

test("a recovery is counted, begun, once for its key, and followed", async ({ address, prefix }) => {
  await using api = await startApi({
    address,
    prefix,
    setup: { endpoints: CRM },
    roles: ["ops", "dispatch"],
  });
  await api.ask("POST", "/v1/endpoints/crm/pause");
  const path = "/v1/endpoints/crm/recoveries";
  const headers = { "idempotency-key": "once" };

  const preview = await api.ask("POST", `${path}/preview`, { body: {} });
  expect(preview.body).toEqual({ total: 0, by_type: {} });
  const started = await api.ask<{ id: string }>("POST", path, { body: {}, headers });
  expect(started.status).toBe(202);
  expect((await api.ask("POST", path, { body: {}, headers })).body).toEqual(started.body);
  const { id } = started.body;
  await expect.poll(async () => (await api.ask("GET", `${path}/${id}`)).body["done"]).toBe(true);
  expect((await api.ask("GET", `${path}/999`)).status).toBe(404);
  expect((await api.ask("POST", `/v1/endpoints/other/recoveries/preview`, { body: {} })).status).toBe(404);
});

test("accounts say how far they have been read; the budget is for operators", async ({ api }) => {
  const token = await subscriberOf(api, "southside");
  const all = await api.ask<{ data: Record<string, unknown>[] }>("GET", "/v1/accounts");
  expect(all.body.data).toMatchObject([
    { name: "northside", budget: { share: 1, requests: 0 } },
    { name: "southside" },
  ]);
  const own = await api.ask<{ data: Record<string, unknown>[] }>("GET", "/v1/accounts", { token });
  expect(own.body.data).toMatchObject([{ name: "southside", budget: null }]);
  expect((await api.ask("GET", "/v1/accounts/northside")).body).toMatchObject({
    resources: [
      { resource: "individual_appointments", state: "not_read_yet", complete_up_to: null },
      {},
      {},
      {},
    ],
  });
  expect((await api.ask("POST", "/v1/accounts/northside/poll")).body).toEqual({
    woken: [],
    quarantined: [],
    key: null,
  });
  expect((await api.ask("POST", "/v1/accounts/northside/release", { body: {} })).body).toEqual({
    released: [],
    whose: null,
    key: null,
  });
});

test("a filter is tried on what has happened", async ({ api }) => {
  const cancelled = numbered(2, { type: "appointment.cancelled" });
  await commitAll(api.base, numbered(1), cancelled, numbered(3, { account: "southside" }));
  const run = async (body: object, token?: string): Promise<Record<string, unknown>> => {
    const asked = { body, ...(token === undefined ? {} : { token }) };
    return (await api.ask("POST", "/v1/dry-run", asked)).body;
  };

  expect(await run({ events: ["*"] })).toMatchObject({ total: 3, truncated: false });
  expect(await run({ events: ["*"], accounts: ["southside"] })).toMatchObject({ total: 1 });
  expect(await run({ events: ["appointment.cancelled"], payload: "ids" })).toMatchObject({
    total: 1,
    by_type: { "appointment.cancelled": 1 },
    days: [{ total: 1 }],
    samples: [{ id: cancelled.id, data: { object: null, previous: {} } }],
  });
  expect(await run({ events: ["*"], when: [{ field: "cancelled_at" }] })).toMatchObject({ total: 0 });
  expect(await run({ events: ["*"] }, await subscriberOf(api, "southside"))).toMatchObject({ total: 1 });
  expect((await api.ask("POST", "/v1/dry-run", { body: { events: ["nothing.at_all"] } })).status).toBe(400);
});

test("event types have a schema, an example, and samples", async ({ api }) => {
  type TypesPage = { readonly data: readonly { readonly type: string }[]; readonly next: string | null };
  const pages: TypesPage[] = [];
  for (let next: string | null | undefined = ""; typeof next === "string"; next = pages.at(-1)?.next) {
    const more = next === "" ? "" : `&cursor=${encodeURIComponent(next)}`;
    pages.push((await api.ask<TypesPage>("GET", `/v1/event-types?limit=100${more}`)).body);
  }
  const types = pages.flatMap(({ data }) => data.map(({ type }) => type));
  expect(types).toContain("patient.merged");
  const merged = await api.ask("GET", "/v1/event-types/patient.merged");
  expect(merged.body).toMatchObject({ schema: { type: "object" }, example: { type: "patient.merged" } });
  const samples = await api.ask("GET", "/v1/event-types/patient.merged/samples");
  expect(samples.body).toMatchObject({ recorded: false, data: [{ type: "patient.merged" }] });
  const rescheduled = "/v1/event-types/appointment.rescheduled/samples";
  const along = await api.ask("GET", `${rescheduled}?expand=patient&local_time=true`);
  expect(along.body).toMatchObject({
    recorded: false,
    data: [{ data: { related: { patient: { first_name: expect.any(String) } }, local: expect.anything() } }],
  });
  const ids = await api.ask("GET", `${rescheduled}?payload=ids`);
  expect(ids.body).toMatchObject({ data: [{ data: { object: null, previous: {} } }] });
  expect(ids.text).not.toContain("related");
  expect((await api.ask("GET", `${rescheduled}?payload=ids&expand=patient`)).status).toBe(400);
  expect((await api.ask("GET", "/v1/event-types/patient.married")).status).toBe(404);
  expect((await api.ask("GET", "/v1/event-types/patient.married/samples")).status).toBe(404);
});
