import { expect, test } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import { createLogger } from "../../../src/shared/logger.ts";

/** What a logger writes, line by line. */
function recording(level = "info") {
  const lines: string[] = [];
  const logger = createLogger(level, {
    write: (line: string) => lines.push(line),
  });
  return { logger, lines, last: () => JSON.parse(lines.at(-1) ?? "null") as Record<string, unknown> };
}

test("an entry is one line of JSON: level, time, facts and a sentence, nothing about the machine", () => {
  const { logger, lines, last } = recording();
  logger.info({ account: "northside", changes: 12 }, "snapshot diffed");

  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(/^\{.*\}\n$/);
  expect(last()).toEqual({
    level: 30,
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
    account: "northside",
    changes: 12,
    msg: "snapshot diffed",
  });
});

test.each(["apiKey", "secret", "token", "password", "authorization", "body", "record", "object", "url"])(
  "a field named %s is redacted, by itself and inside another, whoever logs it",
  (name) => {
    const { logger, lines, last } = recording();
    logger.info({ [name]: "hunter2", endpoint: { [name]: { nested: "hunter2" }, id: 7 } }, "said");
    logger.child({ [name]: "hunter2" }).info("said by a child");

    expect(lines.join("")).not.toContain("hunter2");
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      [name]: "[redacted]",
      endpoint: { [name]: "[redacted]", id: 7 },
    });
    expect(last()).toMatchObject({ [name]: "[redacted]" });
  },
);

test("ids, host names and counts are shown", () => {
  const { logger, last } = recording();
  const facts = { eventId: "evt_1", endpoint: "crm", host: "crm.example.com", status: 503, attempt: 2 };
  logger.warn(facts, "callback failed");

  expect(last()).toMatchObject(facts);
});

test("a secret is masked however deep it lies and whatever it is called", () => {
  const { logger, lines } = recording();
  const key = new Secret("hunter2");
  logger.info({ key, a: { b: { c: { d: [key] } } } }, "said");
  // oxlint-disable-next-line typescript/restrict-template-expressions -- the careless line that it guards against
  logger.info(`the key is ${key}`);

  expect(lines).toHaveLength(2);
  expect(lines.join("")).not.toContain("hunter2");
  expect(lines[0]).toContain('"d":["[secret]"]');
});

test("an error is shown with its class and cause, without what was hung on it", () => {
  const { logger, lines, last } = recording();
  const cause = Object.assign(new Error("connect ECONNREFUSED"), { body: "hunter2" });
  const error = Object.assign(new TypeError("cannot be read", { cause }), {
    url: "hunter2",
    body: "hunter2",
  });
  logger.error({ err: error }, "routing failed");

  expect(lines.join("")).not.toContain("hunter2");
  expect(last()).toMatchObject({
    level: 50,
    err: { type: "TypeError", message: "cannot be read: connect ECONNREFUSED" },
  });
});

test("what is below the level is not written, what is at it is", () => {
  const { logger, lines } = recording("warn");
  logger.info("quiet");
  expect(lines).toEqual([]);

  logger.warn("loud");
  expect(lines).toHaveLength(1);
});

test("what an error hangs on itself is not logged: a refused command's arguments name records", () => {
  const { logger, lines, last } = recording();
  const error = Object.assign(new Error("OOM command not allowed"), {
    code: "OOM",
    command: { args: ["1390726237298631770"] },
  });
  logger.error({ err: error }, "request failed");

  expect(lines.join("")).not.toContain("1390726237298631770");
  expect(last()["err"]).toMatchObject({ type: "Error", message: "OOM command not allowed", code: "OOM" });
});
