import { expect } from "vitest";

import { expectSettled, test } from "../support/browser.ts";
import type { DashboardWorld } from "../support/dashboard-world.ts";
import { eventually } from "../support/harness.ts";
import { readApi } from "../support/read-api.ts";

const FIRST = `<script>document.title = "owned"</script>`;
const LAST = `<img src="x" onerror="document.title = 'owned'"> {{7*7}} ‮gnp.exe`;

/** The newest event about a patient, once there is one. */
async function eventOf(world: DashboardWorld, patientId: string): Promise<string> {
  return await eventually(async () => {
    const path = `/events?payload=ids&subject=patient&subject_id=${patientId}`;
    const { data } = await readApi<{ readonly data: readonly { readonly id: string }[] }>(world, path);
    return data[0]?.id;
  });
}

test("a patient's name that is HTML is shown as text, and nothing of it runs", async ({ open, world }) => {
  const patientId = world.seeded.patientIds[0] ?? "";
  expect(world.clinic.desk.renamePatient(patientId, FIRST, LAST)).toBe(true);
  const eventId = await eventOf(world, patientId);
  const page = await open();

  for (const [path, isNamed] of [
    [`/events/${eventId}`, true],
    [`/accounts/northside/records/patient/${patientId}`, true],
    [`/events?subject=patient&subject_id=${patientId}`, false],
    ["/", false],
  ] as const) {
    await page.goto(`${world.url}/ops${path}`);
    await expectSettled(page);
    const main = page.getByRole("main");
    if (isNamed) {
      await main.getByText(FIRST).first().waitFor();
      await main.getByText(LAST).first().waitFor();
      const isolation = await main
        .getByText(LAST)
        .first()
        .evaluate((element) => getComputedStyle(element).unicodeBidi);
      expect(isolation, path).toMatch(/isolate/);
    }
    expect(await main.locator("script, img").count(), path).toBe(0);
    expect(await page.title(), path).toMatch(/ · cliniko-webhooks$/);
    expect(await page.title(), path).not.toContain("<");
    expect(page.url(), path).not.toContain("script");
  }
});
