import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

import { type Browser, type LaunchOptions, chromium } from "playwright-core";

const PROGRAMS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const ELSEWHERE = ["/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"];

/** The browser that is installed here; CHROMIUM names another one. Nothing is downloaded. */
export function findChromium(env: Readonly<Record<string, string | undefined>>): string {
  const named = env["CHROMIUM"];
  if (named) return named;
  const folders = (env["PATH"] ?? "").split(delimiter).filter(Boolean);
  const places = [...folders.flatMap((folder) => PROGRAMS.map((name) => join(folder, name))), ...ELSEWHERE];
  const found = places.find(isExecutable);
  if (found === undefined)
    throw new Error("no Chromium or Chrome: npm test installs one, or name it in CHROMIUM");
  return found;
}

/**
 * Chromium takes the last list of features alone, so those that Playwright switches off come first. The others cost each
 * window half a second of CPU: pages for a location bar that nobody sees, and a spare renderer.
 */
const SWITCHED_OFF = [
  "AvoidUnnecessaryBeforeUnloadCheckSync",
  "DestroyProfileOnBrowserClose",
  "HttpsUpgrades",
  "HttpsFirstBalancedModeAutoEnable",
  "LensOverlay",
  "MediaRouter",
  "PaintHolding",
  "ThirdPartyStoragePartitioning",
  "AvoidCorsURLLoaderRestartOnRedirect",
  "OptimizationHints",
  "NetworkTimeServiceQuerying",
  "AimEnabled",
  "PreconnectToSearch",
  "WebUIOmniboxPopup",
  "WebUIOmniboxAimPopup",
  "SpareRendererForSitePerProcess",
];

export async function launchChromium(
  options: Pick<LaunchOptions, "ignoreDefaultArgs"> = {},
): Promise<Browser> {
  return await chromium.launch({
    ...options,
    executablePath: findChromium(process.env),
    args: [
      `--disable-features=${SWITCHED_OFF.join(",")}`,
      // Names are looked up nowhere: what asks for another machine fails instead of reaching it.
      "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
      // Chromium refuses to start as root with it; elsewhere it stays on.
      ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    ],
  });
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
