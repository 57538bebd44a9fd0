import { createServer } from "node:http";
import { once } from "node:events";

import { expect } from "vitest";

import { type Clinic, createClinic } from "../../../src/sandbox/clinic/clinic.ts";
import { startClinicServer } from "../../../src/sandbox/http/clinic-server.ts";
import { seedClinic } from "../../../src/sandbox/staff/seed-clinic.ts";
import type { AccountStore } from "../../../src/store/detection/account-store.ts";
import { resources } from "../../../src/resources/registry.ts";
import { pageRequest } from "../../support/page-request.ts";
import { realBooking } from "../../fixtures/real-booking.ts";
import { test as base } from "../../support/redis-test.ts";
import { type ScanBench, createScanBench } from "../../support/scan-bench.ts";

/** A clinic whose clock the test moves: 10:00 on a Monday. */
function clockedClinic(): { clinic: Clinic; tick: (ms: number) => void } {
  let time = Date.parse("2026-11-23T10:00:00.200Z");
  const clinic = createClinic({ now: () => time, seed: 7 });
  clinic.setRateLimit(100_000);
  return {
    clinic,
    tick: (ms) => {
      time += ms;
    },
  };
}

const test = base
  .extend("stage", () => clockedClinic())
  .extend("bench", async ({ stage, redis, keys }, { onCleanup }): Promise<ScanBench> => {
    const server = await startClinicServer(stage.clinic);
    const bench = createScanBench(redis, keys, server.url, stage.clinic.addKey());
    onCleanup(async () => {
      await bench[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    });
    return bench;
  });

test("I13: the first sync is silent, and what changes while it runs is told once", async ({
  stage,
  bench,
}) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { patients: 40, appointments: 250 });
  const ids = appointmentIds.toSorted();
  const standing = new Set(
    clinic.desk
      .appointments()
      .filter((row) => row.cancelled_at === null && row.archived_at === null)
      .map((row) => row.id),
  );
  const early = ids.slice(0, 90).filter((id) => standing.has(id));
  const late = ids.slice(220).filter((id) => standing.has(id));
  const [readAlready = "", second = ""] = early;
  const [notYetRead = ""] = late;

  let pages = 0;
  const result = await bench.scan({
    client: {
      listPage: async (...args) => {
        const page = await bench.client.listPage(...args);
        pages += 1;
        if (pages !== 1) return page;
        // After the first page was served: one in it, one of a page to come.
        tick(2_000);
        clinic.desk.editNote(readAlready, "behind the reader");
        clinic.desk.cancel(notYetRead, { reason: 50, note: null, applyToRepeats: false });
        return page;
      },
    },
  });
  expect(result).toMatchObject({ kind: "completed", baseline: true, records: 250, pages: 3 });
  tick(5_000);
  clinic.desk.editNote(second, "after the baseline");
  await bench.scan();
  await bench.scan();

  const events = await bench.events();
  expect(events.map(({ subject, sequence }) => [subject.id, sequence]).toSorted()).toEqual(
    [
      [readAlready, 1],
      [second, 1],
      [notYetRead, 1],
    ].toSorted(),
  );
  // What it was before is unknown, and said to be; its own stamp tells that it was cancelled meanwhile.
  const unseen = events.find(({ subject }) => subject.id === notYetRead);
  expect(unseen).toMatchObject({ type: "appointment.cancelled", data: { previous: {}, changed: [] } });
});

test("a baseline that was interrupted goes on where it stopped, under its first clock", async ({
  stage,
  bench,
}) => {
  const { clinic, tick } = stage;
  seedClinic(clinic, { patients: 40, appointments: 250 });
  const asked: (string | undefined)[] = [];
  let failing = true;
  const client: Pick<typeof bench.client, "listPage"> = {
    listPage: async (resource, request, signal) => {
      asked.push(request.after);
      if (failing && asked.length === 2) return { kind: "unavailable", detail: "HTTP 503" };
      return await bench.client.listPage(resource, request, signal);
    },
  };
  expect(await bench.scan({ client })).toMatchObject({
    kind: "failed",
    failure: { kind: "unavailable" },
    records: 100,
  });
  const before = await bench.store.readCursor("northside", "individual_appointments");
  failing = false;
  tick(60_000);
  expect(await bench.scan({ client })).toMatchObject({ kind: "completed", baseline: true, records: 150 });
  expect(asked[2]).toBe(asked[1]);
  expect(before).toMatchObject({ phase: "baseline", startedAt: Date.parse("2026-11-23T10:00:00Z") / 1_000 });
  expect(await bench.store.readCursor("northside", "individual_appointments")).toEqual({
    phase: "live",
    watermark: Date.parse("2026-11-23T10:00:00Z") / 1_000,
  });
});

test("I8: 250 records changed within one second, in pages of 100, are all seen, once each", async ({
  stage,
  bench,
}) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { patients: 40, appointments: 250 });
  await bench.scan();
  tick(10_000);
  clinic.desk.bulkMove(appointmentIds, 86_400_000);

  const result = await bench.scan();
  tick(5_000);
  await bench.scan();
  const events = await bench.events();
  expect(result).toMatchObject({ kind: "completed", pages: 3, events: 250 });
  expect(new Set(events.map(({ subject }) => subject.id))).toEqual(new Set(appointmentIds));
  expect(events).toHaveLength(250);
});

test("I8: the second of two edits in one second is seen", async ({ stage, bench }) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { appointments: 5 });
  const [id = ""] = appointmentIds;
  await bench.scan();
  tick(10_000);
  clinic.desk.editNote(id, "first");
  await bench.scan();
  clinic.desk.editNote(id, "second");
  await bench.scan();
  expect((await bench.events()).map(({ data }) => data.object?.["notes"])).toEqual(["first", "second"]);
});

test("I7: the watermark is the upstream's clock at the first request of a scan that was read whole", async ({
  stage,
  bench,
}) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { patients: 40, appointments: 250 });
  await bench.scan();
  tick(10_000);
  clinic.desk.bulkMove(appointmentIds, 86_400_000);
  const startedAt = Math.floor(clinic.now() / 1_000);
  const slow: Pick<typeof bench.client, "listPage"> = {
    listPage: async (...args) => {
      const page = await bench.client.listPage(...args);
      tick(7_000);
      return page;
    },
  };
  await bench.scan({ client: slow });
  expect(await bench.store.readCursor("northside", "individual_appointments")).toEqual({
    phase: "live",
    watermark: startedAt,
  });
  // The twin: one that fails half-way leaves the watermark where it was.
  tick(10_000);
  clinic.desk.bulkMove(appointmentIds, 3_600_000);
  let pages = 0;
  const failing: Pick<typeof bench.client, "listPage"> = {
    listPage: async (...args) =>
      ++pages === 3 ? { kind: "unavailable", detail: "HTTP 504" } : await bench.client.listPage(...args),
  };
  expect(await bench.scan({ client: failing })).toMatchObject({ kind: "failed", events: 200 });
  expect(await bench.store.readCursor("northside", "individual_appointments")).toMatchObject({
    watermark: startedAt,
  });
  await bench.scan();
  expect(await bench.events()).toHaveLength(500);
});

test("I6: an older version from a cache does not undo a newer one", async ({ stage, bench }) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { appointments: 5 });
  const [id = ""] = appointmentIds;
  await bench.scan();
  tick(10_000);
  clinic.desk.editNote(id, "first");
  tick(3_000);
  const request = pageRequest({}, resources.individual_appointments);
  const old = await bench.client.listPage(resources.individual_appointments, request);
  clinic.desk.editNote(id, "second");
  await bench.scan();
  const stale = await bench.scan({ client: { listPage: async () => old } });
  expect(stale).toMatchObject({ events: 0, stale: 1 });
  expect((await bench.events()).map(({ data }) => data.object?.["notes"])).toEqual(["second"]);
});

test("I14: a crash before the commit changes nothing, and the next scan tells the same with the same ids", async ({
  stage,
  bench,
}) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { appointments: 20 });
  await bench.scan();
  tick(10_000);
  clinic.desk.bulkMove(appointmentIds, 86_400_000);
  const seen: string[] = [];
  const crashing: AccountStore = {
    ...bench.store,
    commit: async (_lease, { events }) => {
      seen.push(...events.map(({ id }) => id));
      throw new Error("power cut");
    },
  };
  await expect(bench.scan({ store: crashing })).rejects.toThrow("power cut");
  expect(await bench.events()).toEqual([]);
  await bench.scan();
  expect((await bench.events()).map(({ id }) => id)).toEqual(seen);
});

test("a worker that lost its lease writes nothing any more", async ({ stage, bench, redis, keys }) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { appointments: 20 });
  await bench.scan();
  tick(10_000);
  clinic.desk.bulkMove(appointmentIds, 86_400_000);
  const stalled: Pick<typeof bench.client, "listPage"> = {
    listPage: async (...args) => {
      const page = await bench.client.listPage(...args);
      await redis.del(keys.lease("northside", "individual_appointments"));
      return page;
    },
  };
  expect(await bench.scan({ client: stalled })).toMatchObject({
    kind: "stopped",
    reason: "fenced",
    events: 0,
  });
  expect(await bench.events()).toEqual([]);
  expect(await bench.scan()).toMatchObject({ kind: "completed", events: 20 });
});

test("a record of another shape fails the page, names the field and changes nothing", async ({
  stage,
  bench,
}) => {
  const { clinic, tick } = stage;
  const { appointmentIds } = seedClinic(clinic, { appointments: 5 });
  await bench.scan();
  tick(10_000);
  clinic.desk.bulkMove(appointmentIds, 86_400_000);
  const retyped: Pick<typeof bench.client, "listPage"> = {
    listPage: async (...args) => {
      const answer = await bench.client.listPage(...args);
      if (answer.kind !== "ok") return answer;
      const rows = answer.page.rows.map((row) => ({
        ...row,
        record: { ...row.record, did_not_arrive: "maybe" },
      }));
      return { ...answer, page: { ...answer.page, rows } };
    },
  };
  const result = await bench.scan({ client: retyped });
  expect(result).toMatchObject({ kind: "failed", failure: { kind: "schema_changed" }, events: 0 });
  expect(JSON.stringify(result)).toContain("did_not_arrive is not of kind flag");
  expect(JSON.stringify(result)).not.toContain("maybe");
  expect(await bench.scan()).toMatchObject({ events: 5 });
});

base(
  "a real booking goes through, and the same in other spellings is nothing new",
  async ({ redis, keys }) => {
    let record: Record<string, unknown> = realBooking();
    let now = Date.parse("2024-04-02T20:04:40Z");
    const server = createServer((_request, response) => {
      response.writeHead(200, {
        "content-type": "application/json; charset=utf-8",
        date: new Date(now).toUTCString(),
      });
      response.end(
        JSON.stringify({ individual_appointments: record ? [record] : [], total_entries: 1, links: {} }),
      );
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as { port: number };
    await using bench = createScanBench(redis, keys, `http://127.0.0.1:${port}/v1`, "test-au4");

    record = { ...realBooking(), created_at: "2024-04-02T20:00:00Z", updated_at: "2024-04-02T20:00:00Z" };
    await bench.scan();
    now += 10_000;
    record = realBooking();
    record["starts_at"] = "2024-04-03T02:00:00Z";
    await bench.scan();
    const respelt = {
      ...Object.fromEntries(Object.entries(record).toReversed()),
      archived_at: "",
      cancelled_at: "",
      notes: "",
      patient_case: null,
      repeat_rule: null,
      did_not_arrive: null,
      patient_arrived: null,
      sms_reminder_sent: true,
      email_reminder_sent: true,
      starts_at: "2024-04-03T12:00:00+10:00",
      updated_at: "2024-04-02T20:04:49Z",
    };
    delete (respelt as Record<string, unknown>)["deleted_at"];
    record = JSON.parse(JSON.stringify(respelt).replaceAll("api.au4.", "api.uk2.")) as Record<
      string,
      unknown
    >;
    await bench.scan();

    const events = await bench.events();
    expect(events).toHaveLength(1);
    expect(events[0]).toMatchObject({
      type: "appointment.rescheduled",
      timestamp: "2024-04-02T20:04:46Z",
      subject: { type: "appointment", id: "1390726237298631770" },
      sequence: 1,
      data: {
        previous: { starts_at: "2024-04-03T01:00:00Z" },
        changed: ["starts_at"],
        transitions: ["rescheduled"],
        object: { patient_name: "Ada Quill", repeat_rule: {}, cancellation_reason_description: "" },
      },
    });
    // The twin: one more real change is seen.
    record = { ...record, notes: "knee", updated_at: "2024-04-02T20:04:49Z" };
    expect(await bench.scan()).toMatchObject({ events: 1 });
    server.closeAllConnections();
    server.close();
  },
);
