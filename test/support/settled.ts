import type { Page } from "playwright-core";
import { expect } from "vitest";

/** Waits until the page has its heading and says nowhere that it reads something for the first time. */
export async function expectSettled(page: Page): Promise<void> {
  await page.getByRole("main").getByRole("heading", { level: 1 }).first().waitFor();
  const reading = page.getByRole("status").filter({ hasText: /^Reading .*…$/ });
  await expect.poll(async () => await reading.count(), { message: `${page.url()} reads on` }).toBe(0);
}
