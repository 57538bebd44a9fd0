import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { TestProject } from "vitest/node";

const ROOT = join(import.meta.dirname, "../..");

/**
 * Builds the dashboard as it stands into a folder of this run alone, so that runs beside each other do not meet. DASHBOARD
 * names a folder with a build that is there already, BUILT says that dist/ has one.
 */
export default function setup(project: TestProject): () => void {
  const built = process.env["DASHBOARD"] ?? (process.env["BUILT"] && join(ROOT, "dist/dashboard"));
  if (built !== undefined) {
    project.provide("dashboardFolder", built);
    return () => undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), "cw-dashboard-"));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    const args = ["scripts/build-dashboard.mjs", "--out", folder];
    execFileSync(process.execPath, args, { stdio: "inherit" });
  } catch (error) {
    remove();
    throw error;
  }
  project.provide("dashboardFolder", folder);
  return remove;
}
