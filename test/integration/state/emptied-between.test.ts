import { randomBytes } from "node:crypto";

import { expect } from "vitest";

import { Secret } from "../../../src/config/secret.ts";
import {
  keepIdentityKey,
  loadIdentityKey,
  ownerOf,
  whoseIdentity,
} from "../../../src/store/detection/installation.ts";
import { startInstallationWatch } from "../../../src/store/detection/installation-watch.ts";
import { type Incident, createMarks } from "../../../src/store/detection/marks.ts";
import { createGate } from "../../../src/store/redis/redis-gate.ts";
import { createStorageState } from "../../../src/store/redis/storage-state.ts";
import { createKeyring } from "../../../src/store/sealing/keyring.ts";
import { test } from "../../support/redis-test.ts";

const KEYRING = createKeyring([{ id: "k1", key: new Secret(randomBytes(32).toString("base64")) }]);

test.for([
  ["all that was kept", ["marks", "installation"], ["emptied"]],
  ["the identity alone", ["installation"], []],
] as const)(
  "%s, gone between a mark and the look at whose it is, is told where it must be, by a process that knows of nothing else",
  async ([, gone, told], { keys, redis }) => {
    const identityKey = await loadIdentityKey(redis, keys, KEYRING);
    const marks = createMarks(redis, keys, ownerOf(identityKey), "process");
    await marks.take({ count: 0, at: Date.now() });
    const incidents: Incident[] = [];
    let looks = 0;
    await using _watch = await startInstallationWatch(
      {
        redis,
        gate: createGate(redis),
        policy: { enable: () => undefined, succeeded: () => undefined },
        storage: createStorageState(Date.now),
        marks,
        whose: async () => {
          looks += 1;
          if (looks === 2) await redis.del(...gone.map((name) => keys[name]));
          return await whoseIdentity(redis, keys, KEYRING, identityKey);
        },
        keepIdentity: async () => await keepIdentityKey(redis, keys, KEYRING, identityKey),
        hasLost: async () => undefined,
        now: Date.now,
        onStorage: () => undefined,
        onIncident: (incident) => void incidents.push(incident),
      },
      20,
    );

    await expect.poll(() => looks).toBeGreaterThan(4);
    expect(await whoseIdentity(redis, keys, KEYRING, identityKey)).toBe("ours");
    expect(incidents.map(({ kind }) => kind)).toEqual(told);
  },
);
