import { expect, test } from "vitest";
import { auditDeliveries } from "../../../src/sandbox/audit/audit.ts";
import { authorization, DAY, openClinic } from "./clinic-fixture.ts";
import { tellEverything } from "./reporter.ts";

test("after a move to another shard the old key and the old host are 401, and the same key goes on with a new suffix", () => {
  const { clinic, key, get } = openClinic();
  const bare = key.replace(/-au1$/, "");
  const status = (userName: string, host = "127.0.0.1:4000"): number =>
    get("/user", { Authorization: authorization(userName), host }).status;
  expect([status(key), status(bare), status(key, "api.au1.cliniko.com")]).toEqual([200, 200, 200]);
  expect(status(key, "api.uk2.cliniko.com")).toBe(401);
  expect(status(key, "api.cliniko.com")).toBe(200);
  clinic.moveShard("uk2");
  expect([status(key), status(bare), status(`${bare}-uk2`)]).toEqual([401, 200, 200]);
  expect(status(`${bare}-uk2`, "api.uk2.cliniko.com")).toBe(200);
  expect(status(`${bare}-uk2`, "api.au1.cliniko.com")).toBe(401);
  expect(status(`${bare}-uk2`, "api.cliniko.com")).toBe(401);
  expect(clinic.addKey()).toMatch(/-uk2$/);
});

test("links carry the new shard, on records written before the move too", () => {
  const open = openClinic();
  const id = open.bookIn(DAY);
  const key = open.key.replace("au1", "ca1");
  const headers = { Authorization: authorization(key), host: "api.ca1.cliniko.com" };
  open.clinic.moveShard("ca1");
  const reply = open.get("/individual_appointments?per_page=1", headers);
  expect(reply.link("self")).toMatch(/^https:\/\/api\.ca1\.cliniko\.com\/v1\//);
  expect(reply.text).toContain(`https://api.ca1.cliniko.com/v1/individual_appointments/${id}`);
  expect(reply.text).not.toContain("au1");
});

test("an audit does not mind which shard a link names", () => {
  const open = openClinic();
  const from = open.clinic.ledger.entries.length;
  const id = open.bookIn(DAY);
  open.clinic.desk.move(id, open.clock.now + 2 * DAY);
  const { entries } = open.clinic.ledger;
  const told = tellEverything(entries, from);
  const elsewhere = told.map((one) => {
    const body = one.body.replaceAll("api.au1.", "api.eu1.");
    return { ...one, body, event: JSON.parse(body) as unknown };
  });
  expect(auditDeliveries({ entries, deliveries: elsewhere, from: { index: from } }).clean).toBe(true);
});

test("what is not a shard is refused", () => {
  const { clinic } = openClinic();
  for (const shard of ["", "au", "au1.evil.com", "AU1", "a1"]) {
    expect(() => {
      clinic.moveShard(shard);
    }).toThrow(RangeError);
  }
});
