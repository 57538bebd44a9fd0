import { expect, test } from "vitest";

import { createLearntWeeks } from "../../../src/pollers/schedule/learnt-weeks.ts";

const accounts = [
  { name: "northside", resources: ["patients", "attendees", "communications", "taxes"] },
  { name: "southside", resources: ["attendees"] },
];
/** By account and resource, so many changes in the first hour of the week. */
const CHANGES: Readonly<Record<string, number>> = {
  "northside/patients": 100,
  "northside/attendees": 50,
  "northside/communications": 20,
  "northside/taxes": 10,
  "southside/attendees": 5,
};
const store = {
  read: async (account: string, resource: string) => ({
    state: undefined,
    changesByHour: [CHANGES[`${account}/${resource}`] ?? 0],
  }),
};
/** What changes are in the first hour when a fifth goes to either neighbour, and one is taken for granted. */
const inFirstHour = (changes: number): number => 1 + 0.6 * changes;

test.for([
  ["northside", "patients", undefined, [50]],
  ["northside", "communications", undefined, []],
  ["northside", "communications", { communications: "live" }, [100, 50]],
  ["northside", "patients", { patients: "minute" }, []],
  ["southside", "attendees", undefined, []],
  ["westside", "patients", undefined, []],
] as const)("%s's %s share by what was learnt, where tiers are set to %o", async (given) => {
  const [account, resource, tiers, beside] = given;
  const learntOf = createLearntWeeks({ accounts, polling: { tiers } }, store);
  const learnt = await learntOf({ account, resource });

  expect(learnt.weights[0]).toBeCloseTo(inFirstHour(CHANGES[`${account}/${resource}`] ?? 0));
  expect(learnt.beside.map(([first]) => first)).toEqual(beside.map(inFirstHour));
});
