import { expect } from "vitest";

import { createPollBench } from "../../support/poll-bench.ts";
import { test } from "../../support/poll-test.ts";

test("a page that takes the upstream too long is asked for with half as many rows, and with all of them an hour later", async ({
  redis,
  keys,
}) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 250 } });
  const { clinic } = bench;
  const sizes: number[] = [];
  let most = 30;
  bench.beforeAnswer((path) => {
    const size = Number(/per_page=(\d+)/.exec(path)?.[1]);
    if (path.includes("?")) sizes.push(size);
    if (path.startsWith("/v1/patients?") && size > most)
      clinic.faults.failNext({ kind: "status", status: 504 });
  });

  await expect
    .poll(async () => {
      bench.tick(5_000);
      await bench.poll("patients");
      return bench.scans.at(-1);
    })
    .toMatchObject({ kind: "completed", records: 250 });
  expect(sizes.slice(0, 2)).toEqual([100, 50]);
  expect(new Set(sizes.slice(2))).toEqual(new Set([25]));

  // Another resource is asked as usual.
  sizes.length = 0;
  await bench.poll("attendees");
  expect(new Set(sizes)).toEqual(new Set([100]));

  most = 100;
  sizes.length = 0;
  bench.tick(3_600_000);
  await bench.poll("patients");
  expect(new Set(sizes)).toEqual(new Set([100]));
  expect(await bench.events()).toEqual([]);
});

test("any other fault makes no page smaller", async ({ bench }) => {
  bench.clinic.faults.failNext({ kind: "status", status: 503 }, { path: "/v1/patients?" });
  const sizes = new Set<string | undefined>();
  bench.beforeAnswer((path) => {
    if (path.startsWith("/v1/patients?")) sizes.add(/per_page=(\d+)/.exec(path)?.[1]);
  });
  await bench.poll("patients");
  bench.tick(5_000);
  await bench.poll("patients");
  expect(bench.scans.map(({ kind }) => kind)).toEqual(["failed", "completed"]);
  expect(sizes).toEqual(new Set(["100"]));
});

test("a count that the upstream cannot make in time makes no page of a scan smaller", async ({ bench }) => {
  await bench.poll("patients");
  const sizes = new Set<string | undefined>();
  let counts = 0;
  bench.beforeAnswer((path) => {
    if (!path.startsWith("/v1/patients?")) return;
    sizes.add(/per_page=(\d+)/.exec(path)?.[1]);
    if (path.includes("updated_at")) return;
    counts += 1;
    bench.clinic.faults.failNext({ kind: "status", status: 504 });
  });
  bench.tick(3_700_000);
  for (let poll = 0; poll < 3; poll += 1) {
    await bench.poll("patients");
    bench.tick(60_000);
  }
  expect(counts).toBeGreaterThan(0);
  expect(bench.scans.at(-1)?.kind).toBe("completed");
  expect(sizes).toEqual(new Set(["100"]));
});

test.for([{}, { sortById: "refused" }, { sortById: "refused", createdAt: "refused" }] as const)(
  "a short page that names no next one is not the last while the total says that there is more: %o",
  async (strictness, { redis, keys }) => {
    await using bench = await createPollBench({ redis, keys, seed: { patients: 130 } });
    bench.clinic.faults.enforce({ ...strictness, largestPage: 50, nextLink: "missing" });
    await expect
      .poll(async () => {
        bench.tick(5_000);
        await bench.poll("patients");
        return bench.scans.at(-1);
      })
      .toMatchObject({ kind: "completed" });
    // By creation the last row of a page is the first of the next one.
    expect(bench.scans.at(-1)?.records).toBeOneOf([130, 132]);
  },
);

test("where pages are counted, and are full, the last one is not asked after", async ({ redis, keys }) => {
  await using bench = await createPollBench({ redis, keys, seed: { patients: 230 } });
  bench.clinic.faults.enforce({ sortById: "refused", createdAt: "refused" });
  await expect
    .poll(async () => {
      bench.tick(5_000);
      await bench.poll("patients");
      return bench.scans.at(-1);
    })
    .toMatchObject({ kind: "completed", records: 230, pages: 3 });
});

test("a total that is wrong is asked in vain for more once a day", async ({ bench }) => {
  const { clinic } = bench;
  await bench.poll("patients");
  clinic.faults.miscount({ kind: "constant", value: 10_000 });
  const [patient] = clinic.desk.patients();
  let vain = 0;
  bench.beforeAnswer((path) => {
    if (path.startsWith("/v1/patients?") && path.includes("updated_at") && path.includes("id%3A%3E"))
      vain += 1;
  });
  const readTwice = async (): Promise<void> => {
    for (const note of ["a", "b"]) {
      clinic.desk.changePatient(patient?.id ?? "", { notes: `${bench.now()} ${note}` });
      bench.tick(5_000);
      await bench.poll("patients");
    }
  };
  await readTwice();
  expect(vain).toBe(1);
  bench.tick(86_400_000);
  await readTwice();
  expect(vain).toBe(2);
  expect(bench.scans.every(({ kind }) => kind === "completed")).toBe(true);
});
