import { expect } from "vitest";

import { collectGarbage } from "../../support/collect-garbage.ts";
import { createFeedService } from "../../support/feed-service.ts";
import { test } from "../../support/redis-test.ts";

test("a long poll ends when it was to end, however often garbage is collected meanwhile", async ({
  address,
  prefix,
}) => {
  await using service = await createFeedService({ address, prefix });
  await service.start();
  const { text } = await service.token();
  await using _collecting = collectGarbage(20);
  const startedAt = performance.now();

  const answers = await Promise.all(
    Array.from({ length: 4 }, async () => {
      const answer = await fetch(`${service.url}/v1/feed?from=now&wait=1s`, {
        headers: { authorization: `Bearer ${text}` },
      });
      return [answer.status, await answer.json()];
    }),
  );

  for (const [status, body] of answers) {
    expect(status).toBe(200);
    expect(body).toMatchObject({ events: [] });
  }
  expect(performance.now() - startedAt).toBeGreaterThan(900);
});
