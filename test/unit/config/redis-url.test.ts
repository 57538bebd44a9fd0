import { expect, test } from "vitest";

import { parseRedisUrl } from "../../../src/config/redis-url.ts";

const NOBODY = { username: undefined, password: undefined };
const BY_NETWORK = { ...NOBODY, tls: false, family: undefined };
const SERVER = { kind: "server", ...BY_NETWORK, port: 6_379, database: 0 };
const SOCKET = { kind: "socket", ...NOBODY, database: 0 };
const SENTINEL = { kind: "sentinel", ...BY_NETWORK, primary: "mymaster", database: 0 };
const CLUSTER = { kind: "cluster", ...BY_NETWORK };
const ONE = { host: "h1", port: 26_379 };

test.each([
  ["redis://r", { ...SERVER, host: "r" }],
  ["redis://r/", { ...SERVER, host: "r" }],
  ["redis://r:6380/15", { ...SERVER, host: "r", port: 6_380, database: 15 }],
  ["redis://r?db=2", { ...SERVER, host: "r", database: 2 }],
  ["redis://r/2?db=2", { ...SERVER, host: "r", database: 2 }],
  ["redis://r?family=6", { ...SERVER, host: "r", family: 6 }],
  [
    "rediss://user:p%40ss%2F@r/2",
    { ...SERVER, host: "r", username: "user", password: "p@ss/", database: 2, tls: true },
  ],
  ["redis://:pw@[::1]:6379/0", { ...SERVER, host: "::1", password: "pw" }],
  ["unix:///run/redis/redis.sock", { ...SOCKET, path: "/run/redis/redis.sock" }],
  [
    "unix://user:p%2Fw@/run/r.sock?db=1",
    { ...SOCKET, username: "user", password: "p/w", path: "/run/r.sock", database: 1 },
  ],
  ["unix:///run/a%20b.sock?db=3", { ...SOCKET, path: "/run/a b.sock", database: 3 }],
  [
    "redis+sentinel://user:pw@h1,h2:26380,[::1]/mymaster/2",
    {
      ...SENTINEL,
      username: "user",
      password: "pw",
      sentinels: [ONE, { host: "h2", port: 26_380 }, { host: "::1", port: 26_379 }],
      database: 2,
    },
  ],
  ["redis+sentinel://h1/mymaster", { ...SENTINEL, sentinels: [ONE] }],
  [
    "redis+sentinel://h1/my%20one?db=1&family=4",
    { ...SENTINEL, sentinels: [ONE], primary: "my one", database: 1, family: 4 },
  ],
  ["rediss+sentinel://h1/mymaster/0", { ...SENTINEL, sentinels: [ONE], tls: true }],
  [
    "redis+cluster://:p%2Cw@h1,h2:7000",
    {
      ...CLUSTER,
      password: "p,w",
      nodes: [
        { host: "h1", port: 6_379 },
        { host: "h2", port: 7_000 },
      ],
    },
  ],
  [
    "rediss+cluster://h1/?family=0",
    { ...CLUSTER, nodes: [{ host: "h1", port: 6_379 }], tls: true, family: 0 },
  ],
])("%s leads there", (url, location) => {
  expect(parseRedisUrl(url)).toEqual({ kind: "location", location });
});

const NO_SCHEME = "does not start with redis://, rediss://, redis+sentinel://, redis+cluster:// or unix://";

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
  ["r:6379", NO_SCHEME],
  ["unix://relative.sock", NO_SCHEME],
  ["unix://", NO_SCHEME],
  ["redis+proxy://h1", NO_SCHEME],
  ["redis+sentinel://", NO_SCHEME],
  ["redis://h1,h2/0", "names several hosts"],
  ["unix:///run/r.sock?family=4", "has a parameter that nobody reads: family"],
  ["redis+sentinel://h1,h2", "does not say which primary the sentinels are to be asked for"],
  ["redis+sentinel://h1/", "does not say which primary the sentinels are to be asked for"],
  ["redis+sentinel://h1?db=1", "does not say which primary the sentinels are to be asked for"],
  ["redis+sentinel://h1/mymaster/x", "names a database that is not a number"],
  ["redis+sentinel://h1/mymaster/1?db=2", "names two databases"],
  ["redis+sentinel://h1/mymaster?name=x", "has a parameter that nobody reads: name"],
  ["redis+sentinel://h1,,h3/mymaster", "names a host that cannot be read"],
  ["redis+sentinel://h1,h2:99999/mymaster", "names a host that cannot be read"],
  ["redis+cluster://h1,h2/0", "names a database, and a cluster has only one"],
  ["redis+cluster://h1?db=3", "names a database, and a cluster has only one"],
  ["redis+cluster://h1?readonly=true", "has a parameter that nobody reads: readonly"],
  ["redis+cluster://h1, h2", "names a host that cannot be read"],
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
  "hunter2,x",
])("a password with a character that was not escaped is not repeated: %s", (password) => {
  for (const scheme of ["redis", "redis+sentinel", "redis+cluster"]) {
    const url = `${scheme}://user:${password}@host1,host2/mymaster/0`;
    expect(JSON.stringify({ ...parseRedisUrl(url), location: undefined })).not.toContain("hunter2");
  }
  const parsed = parseRedisUrl(`redis://user:${password}@host/0`);
  const shown =
    parsed.kind === "refused"
      ? parsed
      : { ...parsed.location, password: parsed.location.password === password };
  expect(JSON.stringify(shown)).not.toContain("hunter2");
});
