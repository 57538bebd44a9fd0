import { expect } from "vitest";

import { refuseFormerOutboxes } from "../../../src/store/outbox/refuse-former.ts";
import { ENDPOINT, T0 } from "../../support/outbox-setup.ts";
import { test } from "../../support/outbox-test.ts";

test.for(["fresh", "sending", "behind", "held"] as const)(
  "deliveries that an older version left as %s are named, not passed over",
  async (former, { give, redis, keys }) => {
    await give("evt_1");
    await refuseFormerOutboxes({ redis, keys }, [ENDPOINT]);
    await redis.zadd(keys.outbox(ENDPOINT).states.ready.replace(/ready$/, former), T0, "evt_2");

    await expect(refuseFormerOutboxes({ redis, keys }, ["archive", ENDPOINT])).rejects.toThrow(
      `an older version left deliveries of ${ENDPOINT}`,
    );
  },
);
