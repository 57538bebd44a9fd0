import { expect, test } from "vitest";

import { readSingle } from "../../../src/cliniko/read-single.ts";
import { settings } from "../../../src/resources/settings.ts";

function answer(body: unknown) {
  const headers = { "content-type": "application/json", date: "Sun, 29 Nov 2026 10:00:00 GMT" };
  const told = { status: 200, headers, body: Buffer.from(JSON.stringify(body)) };
  return async () => ({ failure: undefined, answer: told });
}

test("an answer with none of the documented sections is not one without changes", async () => {
  for (const body of [{}, { message: "maintenance" }, [], "closed", null])
    expect(await readSingle(answer(body), settings)).toMatchObject({ kind: "malformed" });
  expect(await readSingle(answer({ account: { name: "Northside" } }), settings)).toMatchObject({
    kind: "ok",
  });
  expect(await readSingle(answer({ sms: null }), settings)).toMatchObject({ kind: "ok" });
});
