import { expect, test } from "vitest";

import { parseRedisUrl } from "../../../src/config/redis-url.ts";

const NOWHERE = {
  host: undefined,
  port: 6_379,
  path: undefined,
  username: undefined,
  password: undefined,
  database: 0,
  tls: false,
  family: undefined,
};

test.each([
  ["redis://r", { host: "r" }],
  ["redis://r/", { host: "r" }],
  ["redis://r:6380/15", { host: "r", port: 6_380, database: 15 }],
  ["redis://r?db=2", { host: "r", database: 2 }],
  ["redis://r/2?db=2", { host: "r", database: 2 }],
  ["redis://r?family=6", { host: "r", family: 6 }],
  ["rediss://user:p%40ss%2F@r/2", { host: "r", username: "user", password: "p@ss/", database: 2, tls: true }],
  ["redis://:pw@[::1]:6379/0", { host: "::1", password: "pw" }],
  ["unix:///run/redis/redis.sock", { path: "/run/redis/redis.sock" }],
  ["unix:///run/a%20b.sock?db=3", { path: "/run/a b.sock", database: 3 }],
])("%s leads there", (url, expected) => {
  expect(parseRedisUrl(url)).toEqual({ kind: "location", location: { ...NOWHERE, ...expected } });
});

test.each([
  ["redis://r/abc", "names a database that is not a number"],
  ["redis://r/-1", "names a database that is not a number"],
  ["redis://r/1.5", "names a database that is not a number"],
  ["redis://r/0/1", "names a database that is not a number"],
  ["unix:///run/r.sock?db=x", "names a database that is not a number"],
  ["redis://r/1?db=2", "names two databases"],
  ["redis://r?tls=true", "has a parameter that nobody reads: tls"],
  ["redis://r/1?maxRetriesPerRequest=3", "has a parameter that nobody reads: maxRetriesPerRequest"],
  ["redis://r?family=5", "has a family other than 4, 6 or 0"],
  ["redis://r:99999", "cannot be read"],
  ["redis://:%zz@r", "has a % that escapes nothing"],
  ["r:6379", "does not start with redis://, rediss:// or unix://"],
  ["unix://relative.sock", "does not start with redis://, rediss:// or unix://"],
])("%s is refused: %s", (url, message) => {
  expect(parseRedisUrl(url)).toMatchObject({ kind: "refused", message });
});

test.each([
  "hunter2@x",
  "hunter2/x",
  "hunter2?x=1",
  "hunter2#x",
  "12/hunter2",
  "12?hunter2=1&y",
  "hunter2%",
  "12?hunter2",
])("a password with a character that was not escaped is not repeated: %s", (password) => {
  const parsed = parseRedisUrl(`redis://user:${password}@host/0`);
  const shown =
    parsed.kind === "refused"
      ? parsed
      : { ...parsed.location, password: parsed.location.password === password };
  expect(JSON.stringify(shown)).not.toContain("hunter2");
});
