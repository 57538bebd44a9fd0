import { expect, test } from "vitest";
import { authorization, MINUTE, openClinic, START } from "./clinic-fixture.ts";

test("a key is accepted with and without its shard suffix", () => {
  const { get, key } = openClinic();
  const bare = key.replace(/-au1$/, "");
  expect(key).not.toBe(bare);
  expect(get("/user").status).toBe(200);
  expect(get("/user", { Authorization: authorization(bare) }).status).toBe(200);
});

test.each([
  ["no header", ""],
  ["an unknown key", authorization("nonsense-au1")],
  ["a bearer token", "Bearer abc"],
])("%s is answered 401 with a JSON message", (_, header) => {
  const reply = openClinic().get("/user", { Authorization: header });
  expect(reply.status).toBe(401);
  expect(reply.json).toEqual({ message: expect.any(String) });
});

test("another shard's suffix and a password are answered 401", () => {
  const { get, key } = openClinic();
  const moved = key.replace(/-au1$/, "-uk2");
  expect(get("/user", { Authorization: authorization(moved) }).status).toBe(401);
  const withPassword = `Basic ${Buffer.from(`${key}:secret`).toString("base64")}`;
  expect(get("/user", { Authorization: withPassword }).status).toBe(401);
});

test("a revoked key is answered 401 until it is restored, and others go on working", () => {
  const { clinic, get, key } = openClinic();
  const second = clinic.addKey();
  clinic.revokeKey(key);
  expect(get("/user").status).toBe(401);
  expect(get("/user", { Authorization: authorization(second) }).status).toBe(200);
  clinic.restoreKey(key);
  expect(get("/user").status).toBe(200);
  expect(() => {
    clinic.revokeKey("unknown");
  }).toThrow(RangeError);
});

test("a clinic on another shard hands out keys and links of that shard", () => {
  const { get, key } = openClinic({ shard: "uk2" });
  expect(key).toMatch(/-uk2$/);
  expect(get("/user").link("self")).toMatch(/^https:\/\/api\.uk2\.cliniko\.com\/v1\/users\/\d+$/);
});

test.each([[""], ["curl/8.5.0"], ["dev@example.com"]])("the user agent %o is refused", (agent) => {
  expect(openClinic().get("/user", { "User-Agent": agent }).status).toBe(400);
});

test("an Accept header without application/json is refused", () => {
  const { get } = openClinic();
  expect(get("/user", { Accept: "*/*" }).status).toBe(406);
  expect(get("/user", { Accept: "text/html, application/json;q=0.9" }).status).toBe(200);
});

test("every answer has a Date of whole seconds from the clinic's clock, a request id and a type", () => {
  const { get, clock } = openClinic();
  for (const reply of [get("/user"), get("/patients/1"), get("/nowhere"), get("/patients?q=x")]) {
    expect(reply.headers["date"]).toBe("Mon, 23 Nov 2026 00:00:00 GMT");
    expect(reply.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect(reply.headers["content-type"]).toMatch(/^(application\/json|text\/html)/);
  }
  clock.now += 1000;
  expect(Date.parse(get("/user").headers["date"] ?? "")).toBe(Math.floor(START / 1000) * 1000 + 1000);
});

test("the 201st request of a user within a minute is answered 429 with the moment of reset", () => {
  const { clinic, clock, get } = openClinic();
  const second = { Authorization: authorization(clinic.addKey()) };
  for (let count = 0; count < 100; count += 1) {
    expect(get("/user").status).toBe(200);
    expect(get("/user", second).status).toBe(200);
  }
  const refused = get("/user", second);
  expect(refused.status).toBe(429);
  const reset = Number(refused.headers["x-ratelimit-reset"]);
  expect(reset).toBe(Math.ceil((START + MINUTE) / 1000));
  const otherUser = clinic.plant.user({ email: "other@example.com" });
  expect(get("/user", { Authorization: authorization(clinic.addKey(otherUser)) }).status).toBe(200);
  clock.now = reset * 1000;
  expect(get("/user").status).toBe(200);
});

test("a window ends a minute after its first request, to the millisecond", () => {
  const { clock, get } = openClinic({ requestsPerMinute: 1 });
  get("/user");
  clock.now += MINUTE - 1;
  expect(get("/user").status).toBe(429);
  clock.now += 1;
  expect(get("/user").status).toBe(200);
});

test("the limit is a setting, and refused callers do not count against it", () => {
  const { clinic, get } = openClinic({ requestsPerMinute: 2 });
  expect(get("/user", { Authorization: "" }).status).toBe(401);
  expect([1, 2, 3].map(() => get("/user").status)).toEqual([200, 200, 429]);
  clinic.setRateLimit(3);
  expect(get("/user").status).toBe(200);
});

test("rate headers are on successful answers only where the clinic says so", () => {
  expect(openClinic().get("/user").headers).not.toHaveProperty("x-ratelimit-remaining");
  const { get } = openClinic({ unknowns: { rateHeadersOnSuccess: true } });
  expect(get("/user").headers).toMatchObject({ "x-ratelimit-limit": "200", "x-ratelimit-remaining": "199" });
});

test.each([["/users/me"], ["/payments"], ["/individual_appointments/1/2/3"]])("%s is not found", (path) => {
  expect(openClinic().get(path).status).toBe(404);
});

test("a path without a route is answered with a page for people, a missing record with JSON", () => {
  const { get, clinic, key } = openClinic();
  expect(get("/payments").headers["content-type"]).toContain("text/html");
  expect(get("/payments").text).toContain("<html>");
  expect(get("/patients/1").json).toEqual({ message: "The requested resource could not be found" });
  const outside = clinic.handle({
    method: "GET",
    path: "/v2/patients",
    headers: {
      authorization: authorization(key),
      "user-agent": "A (a@example.com)",
      accept: "application/json",
    },
  });
  expect(outside.status).toBe(404);
});

test("user and settings tell whose key it is and where the practice stands", () => {
  const { get, clinic } = openClinic({ timeZone: "Australia/Sydney" });
  expect(get("/user").json).toMatchObject({ id: clinic.ownerId, active: true, role: "administrator" });
  expect(get("/settings").json["account"]).toMatchObject({
    country_code: "AU",
    email_from: "desk@example.com",
  });
  expect(get("/settings").json).not.toHaveProperty("total_entries");
  // The account has no zone: its places have.
  for (const at of ["/settings", "/settings/public"])
    expect(get(at).json["account"]).not.toHaveProperty("time_zone");
  expect(get("/settings/public").json).toHaveProperty("calendar.start_hour", 8);
  expect(get("/settings/public").json["account"]).not.toHaveProperty("email_from");
});

test("services are listed of one place, too", () => {
  const { clinic, get } = openClinic();
  const service = clinic.plant.record("services");
  const [place = ""] = service.split(":");
  const other = clinic.plant.business();
  expect(get(`/businesses/${place}/services`).records("services")).toEqual(
    get("/services").records("services"),
  );
  expect(get(`/businesses/${other}/services`).records("services")).toEqual([]);
  expect(get("/businesses/1/services").status).toBe(404);
});

test("a practitioner who leaves moves to the list of the inactive and keeps the address", () => {
  const { clinic, get, ids, idsOf } = openClinic();
  clinic.desk.setPractitionerActive(ids.practitioner, false);
  expect(idsOf(get("/practitioners"), "practitioners")).toEqual([ids.otherPractitioner]);
  expect(idsOf(get("/practitioners/inactive"), "practitioners")).toEqual([ids.practitioner]);
  expect(get(`/practitioners/${ids.practitioner}`).json["active"]).toBe(false);
});

test("businesses, appointment types and users can be looked at", () => {
  const { get, ids, idsOf, clinic } = openClinic();
  expect(idsOf(get("/businesses"), "businesses")).toEqual([ids.business]);
  expect(idsOf(get("/appointment_types"), "appointment_types")).toEqual([ids.type]);
  expect(idsOf(get("/users"), "users")).toEqual([clinic.ownerId]);
  expect(get(`/businesses/${ids.business}`).json["time_zone"]).toBe("Australia/Brisbane");
  expect(get(`/appointment_types/${ids.type}`).json["duration_in_minutes"]).toBe(30);
});

test("the traffic is counted by status and by user", () => {
  const { clinic, get } = openClinic();
  get("/user");
  get("/user");
  get("/nowhere");
  get("/user", { Authorization: "" });
  expect(clinic.traffic.total).toBe(4);
  expect(Object.fromEntries(clinic.traffic.byStatus)).toEqual({ 200: 2, 404: 1, 401: 1 });
  expect(Object.fromEntries(clinic.traffic.byUser)).toEqual({ [clinic.ownerId]: 3, unknown: 1 });
  expect(clinic.traffic.recent.at(-1)).toMatchObject({ method: "GET", path: "/v1/user", status: 401 });
});
