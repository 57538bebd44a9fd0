import { Agent, request, type IncomingMessage } from "node:http";
import { expect, test } from "vitest";
import { createClinic, type Clinic } from "../../../src/sandbox/clinic/clinic.ts";
import { startClinicServer, type ClinicServer } from "../../../src/sandbox/http/clinic-server.ts";

interface Served {
  readonly clinic: Clinic;
  readonly server: ClinicServer;
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

async function serve(now = Date.now): Promise<Served & AsyncDisposable> {
  const clinic = createClinic({ now, seed: 1 });
  clinic.plant.patient({ first_name: "Ada", last_name: "Quill" });
  const server = await startClinicServer(clinic);
  const headers = {
    authorization: `Basic ${Buffer.from(`${clinic.addKey()}:`).toString("base64")}`,
    "user-agent": "Example Vendor (dev@example.com)",
    accept: "application/json",
    "content-type": "application/json",
  };
  return {
    clinic,
    server,
    get: async (path, init) => await fetch(`${server.url}${path}`, { headers, ...init }),
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}

test("the clinic answers over HTTP on a free port of the loopback interface", async () => {
  await using served = await serve();
  const response = await served.get("/patients?q[]=first_name:=Ada");
  expect(response.status).toBe(200);
  expect(Math.abs(Date.parse(response.headers.get("date") ?? "") - Date.now())).toBeLessThan(2000);
  expect(response.headers.get("content-type")).toContain("application/json");
  expect(await response.json()).toMatchObject({ patients: [{ first_name: "Ada" }], total_entries: 1 });
  expect(served.server.url).toBe(`http://127.0.0.1:${served.server.port}/v1`);
});

test("a record is written over HTTP, and a 204 has no body", async () => {
  await using served = await serve();
  const body = JSON.stringify({ first_name: "Zoë", last_name: "Ärger" });
  const created = await served.get("/patients", { method: "POST", body });
  expect(created.status).toBe(201);
  const { id, first_name } = (await created.json()) as { id: string; first_name: string };
  expect(first_name).toBe("Zoë");
  const archived = await served.get(`/patients/${id}/archive`, { method: "POST" });
  expect(archived.status).toBe(204);
  expect(await archived.text()).toBe("");
});

test("a class is set up, joined and left over HTTP", async () => {
  await using served = await serve();
  const { plant, desk } = served.clinic;
  const body = JSON.stringify({
    appointment_type_id: plant.appointmentType({ max_attendees: 6 }),
    business_id: plant.business(),
    practitioner_id: plant.practitioner(),
    starts_at: "2030-01-07T08:00:00Z",
  });
  const created = await served.get("/group_appointments", { method: "POST", body });
  expect(created.status).toBe(201);
  const { id } = (await created.json()) as { id: string };
  const place = desk.addToGroup(id, desk.patients()[0]?.id ?? "");
  const list = await served.get(`/attendees?q[]=booking_id:=${id}&sort=id`);
  expect(await list.json()).toMatchObject({ attendees: [{ id: place, arrived: null }], total_entries: 1 });
  const reason = JSON.stringify({ cancellation_reason: 60 });
  const cancelled = await served.get(`/attendees/${place}/cancel`, { method: "PATCH", body: reason });
  expect(cancelled.status).toBe(204);
  const after = await served.get(`/attendees/${place}?q[]=cancelled_at:*`);
  expect(await after.json()).toMatchObject({ cancellation_reason_description: "Work" });
});

test("links to the next page can be followed as they are", async () => {
  await using served = await serve();
  served.clinic.plant.patient();
  const first = (await (await served.get("/patients?per_page=1")).json()) as { links: { next: string } };
  expect(first.links.next.startsWith(served.server.url)).toBe(true);
  const next = await served.get(first.links.next.slice(served.server.url.length));
  expect(await next.json()).toMatchObject({ patients: [{ first_name: "Sample" }] });
});

test("connections are kept alive", async () => {
  await using served = await serve();
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const portOf = async (): Promise<number | undefined> =>
    await new Promise((resolve, reject) => {
      request(
        { host: "127.0.0.1", port: served.server.port, path: "/v1/user", agent },
        (response: IncomingMessage) => {
          const { localPort } = response.socket;
          response.resume();
          response.on("end", () => resolve(localPort));
        },
      )
        .on("error", reject)
        .end();
    });
  expect(await portOf()).toBe(await portOf());
  agent.destroy();
});

test("requests are counted by status and user", async () => {
  await using served = await serve();
  await served.get("/user");
  await served.get("/user", { headers: { "user-agent": "A (a@example.com)", accept: "application/json" } });
  expect(served.server.requests.total).toBe(2);
  expect(Object.fromEntries(served.server.requests.byStatus)).toEqual({ 200: 1, 401: 1 });
  expect(served.server.requests.byUser.get(served.clinic.ownerId)).toBe(1);
});

test("a slow answer comes late", async () => {
  await using served = await serve();
  served.clinic.faults.failNext({ kind: "slow", delayMs: 120 });
  const startedAt = performance.now();
  expect((await served.get("/user")).status).toBe(200);
  expect(performance.now() - startedAt).toBeGreaterThanOrEqual(110);
});

test("a hanging request is never answered, and ends with the server", async () => {
  const served = await serve();
  served.clinic.faults.failNext({ kind: "hang" });
  const hanging = served.get("/user").then(
    () => "answered",
    () => "ended",
  );
  const impatient = served.get("/user", { signal: AbortSignal.timeout(5000) });
  expect((await impatient).status).toBe(200);
  await served.server[Symbol.asyncDispose]();
  expect(await hanging).toBe("ended");
});

test("a reset connection fails the request, and the next one works", async () => {
  await using served = await serve();
  served.clinic.faults.failNext({ kind: "reset" });
  await expect(served.get("/user")).rejects.toThrow("fetch failed");
  expect((await served.get("/user")).status).toBe(200);
});

test("a cut connection announces a body and does not deliver it", async () => {
  await using served = await serve();
  served.clinic.faults.failNext({ kind: "cut_connection" });
  const response = await served.get("/patients");
  expect(response.status).toBe(200);
  await expect(response.text()).rejects.toThrow("terminated");
});

test("torn JSON arrives whole and cannot be parsed", async () => {
  await using served = await serve();
  served.clinic.faults.failNext({ kind: "torn_json" });
  const response = await served.get("/patients");
  const text = await response.text();
  expect(Number(response.headers.get("content-length"))).toBe(Buffer.byteLength(text));
  expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError);
});

test("a body beyond a megabyte ends the connection", async () => {
  await using served = await serve();
  const body = "x".repeat(1_200_000);
  await expect(served.get("/patients", { method: "POST", body })).rejects.toThrow("fetch failed");
});

test("disposing is quick with open connections and slow answers, and may be repeated", async () => {
  const served = await serve();
  await served.get("/user");
  served.clinic.faults.failNext({ kind: "slow", delayMs: 60_000 });
  const slow = served.get("/user").catch(() => "ended");
  await expect.poll(() => served.clinic.traffic.total).toBe(2);
  const startedAt = performance.now();
  await served.server[Symbol.asyncDispose]();
  await served.server[Symbol.asyncDispose]();
  expect(performance.now() - startedAt).toBeLessThan(30_000);
  expect(await slow).toBe("ended");
});

test("a taken port is an error at the start", async () => {
  await using served = await serve();
  await expect(startClinicServer(served.clinic, { port: served.server.port })).rejects.toThrow("EADDRINUSE");
});

test("a file comes into a patient's record in three steps, and has a name when it was looked at", async () => {
  const clock = { now: Date.now() };
  await using served = await serve(() => clock.now);
  const [patient] = served.clinic.desk.patients();
  const other = served.clinic.plant.patient();
  const post = async (body: object): Promise<{ status: number; record: Record<string, unknown> }> => {
    const answer = await served.get("/patient_attachments", { method: "POST", body: JSON.stringify(body) });
    return { status: answer.status, record: (await answer.json()) as Record<string, unknown> };
  };
  const read = async (id: unknown): Promise<unknown> =>
    await (await served.get(`/patient_attachments/${String(id)}`)).json();
  const place = async (): Promise<{ url: string; fields: Record<string, string> }> =>
    (await (await served.get(`/patients/${patient?.id}/attachment_presigned_post`)).json()) as {
      url: string;
      fields: Record<string, string>;
    };
  const upload = async (
    { fields, url }: Awaited<ReturnType<typeof place>>,
    changes = {},
  ): Promise<Response> => {
    const form = new FormData();
    for (const [name, value] of Object.entries({ ...fields, ...changes })) form.set(name, value);
    form.set(
      "file",
      new Blob([Uint8Array.of(0x25, 0xff, 0xe2, 0x0d, 0x0a)], { type: "application/pdf" }),
      "knie-übung.pdf",
    );
    // The bucket knows nothing of keys.
    return await fetch(url, { method: "POST", body: form });
  };

  const given = await place();
  expect((await upload(given, { policy: "e30=" })).status).toBe(403);
  const uploaded = await upload(given);
  expect([uploaded.status, uploaded.headers.get("content-type")]).toEqual([201, "application/xml"]);
  const key = /<Key>(.*)<\/Key>/.exec(await uploaded.text())?.[1];
  const upload_url = `${given.url}/${key}`;
  expect(await post({ patient_id: patient?.id })).toMatchObject({ status: 422 });
  expect(await post({ patient_id: other, upload_url })).toMatchObject({ status: 422 });
  const made = await post({ patient_id: patient?.id, upload_url, description: "Exercises" });
  const unprocessed = { filename: null, processing_completed: false, size: null };
  expect(made).toMatchObject({ status: 201, record: { ...unprocessed, description: "Exercises" } });
  const again = await post({ patient_id: patient?.id, upload_url });
  // Where nothing was put it is taken all the same.
  const empty = await post({
    patient_id: patient?.id,
    upload_url: `${given.url}/${(await place()).fields["key"]}`,
  });
  expect(await read(made.record["id"])).toMatchObject(unprocessed);

  clock.now += 60_000;
  expect(await read(made.record["id"])).toMatchObject({
    filename: "knie-übung.pdf",
    content_type: "application/pdf",
    size: 5,
    processing_completed: true,
  });
  for (const { record, status } of [again, empty]) {
    expect(status).toBe(201);
    expect(await read(record["id"])).toMatchObject(unprocessed);
  }
  const late = await place();
  clock.now += 7_200_000;
  expect(await (await upload(late)).text()).toContain("Policy expired");
  const told = served.clinic.ledger.entries.filter(({ id }) => id === made.record["id"]);
  expect(told.map(({ facts }) => facts)).toEqual([["created"], ["processed"]]);
});
