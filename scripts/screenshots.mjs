// node scripts/screenshots.mjs: the pictures of docs/dashboard, of the dashboard as it stands over two sandbox clinics.
// Everybody in them is made up. Takes about two minutes: somebody has to be at work first.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { run, setUp } from "./setup.mjs";

const WORK_MS = Number(process.env.WORK_SECONDS ?? 75) * 1_000;
const MOST_BYTES = 120_000;
const MOST_HEIGHT = 1_250;
const QUALITY = 75;
const SIZES = { wide: { width: 1_280, height: 800 }, narrow: { width: 390, height: 844 } };

const root = join(import.meta.dirname, "..");
const folder = join(root, "docs", "dashboard");
const env = setUp({ browser: true });
const built = mkdtempSync(join(tmpdir(), "cw-dashboard-"));
const data = mkdtempSync(join(tmpdir(), "cw-pictures-"));
try {
  if (run("node", ["scripts/build-dashboard.mjs", "--out", built], env) !== 0) process.exit(1);
  await takeAll();
} finally {
  rmSync(built, { recursive: true, force: true });
  rmSync(data, { recursive: true, force: true });
}
// Connections that wait for an answer would keep it open.
process.exit();

async function takeAll() {
  const { findRedisProgram, startPrivateRedis } = await load("src/store/redis/private-redis.ts");
  const { startDashboardWorld } = await load("test/support/dashboard-world.ts");
  const { launchChromium } = await load("test/support/chromium.ts");
  const redis = await startPrivateRedis(data, findRedisProgram(env.PATH));
  const address = { socketPath: redis.socketPath };
  const world = await startDashboardWorld({
    address,
    prefix: "pictures",
    dashboardFolder: built,
    actsPerMinute: 40,
  });
  const browser = await launchChromium();
  try {
    await fillPlots(world);
    await new Promise((resolve) => setTimeout(resolve, WORK_MS));
    mkdirSync(folder, { recursive: true });
    for (const picture of await listPictures(world)) await take(browser, world, picture);
  } finally {
    await browser.close();
    await world[Symbol.asyncDispose]();
    await redis[Symbol.asyncDispose]();
  }
}

/** The sources as they are: they need no step of building for that. */
async function load(file) {
  const { runnerImport } = await import("vite");
  return (await runnerImport(join(root, file), { root, configFile: false, logLevel: "error" })).module;
}

/** As if it had run since last week: fewer changes at night, a receiver that has been failing for some hours. */
async function fillPlots({ base: { redis, keys }, subscriberEndpoint }) {
  const { startHistoryRecorder } = await load("src/store/history/history-recorder.ts");
  const now = Date.now();
  const minutes = [...range(7 * 24 * 6, 13, 10), ...range(119, 1, 1)];
  for (const minute of minutes) {
    const at = now - minute * 60_000;
    const recorder = startHistoryRecorder({ redis, keys, now: () => at, onTrouble: console.error });
    // Two busy times a day.
    const busy = 0.3 + Math.abs(Math.sin((at / 86_400_000) * 2 * Math.PI));
    const count = Math.round(busy * (minute > 119 ? 60 : 14) * (0.6 + 0.8 * noise(minute)));
    recorder.detected("northside", count);
    const end = (endpoint, delivered, left) => {
      const sinceHappenedMs = 2_000 + 9_000 * noise(minute * 7 + left) ** 2;
      const owned = endpoint === subscriberEndpoint;
      recorder.attemptEnded({ endpoint, account: "northside", owned, delivered, sinceHappenedMs });
    };
    for (let left = count; left > 0; left -= 1) {
      end("crm", true, left);
      if (minute > 200) end("reminders", true, left);
      if (left % 4 === 0) end(subscriberEndpoint, true, left);
    }
    // What fails is tried once in a while.
    if (minute <= 200 && minute % 3 === 0) end("reminders", false, 0);
    await recorder[Symbol.asyncDispose]();
  }
}

/** The same at every run, between 0 and 1. */
function noise(seed) {
  const value = Math.sin(seed * 12.9898) * 43_758.5453;
  return value - Math.floor(value);
}

function range(from, to, step) {
  return Array.from({ length: Math.floor((from - to) / step) + 1 }, (_, index) => from - index * step);
}

async function listPictures({ url, tokens }) {
  const headers = { authorization: `Bearer ${tokens.admin}` };
  const answer = await fetch(`${url}/v1/events?types=appointment.rescheduled&payload=ids`, { headers });
  const { data: events } = await answer.json();
  // One that every endpoint has had time to answer.
  const event = events[Math.min(4, events.length - 1)];
  const record = `/accounts/${event.account}/records/${event.subject.type}/${event.subject.id}`;
  return [
    { name: "home", path: "/" },
    { name: "home-dark", path: "/", theme: "dark" },
    { name: "home-narrow", path: "/", size: "narrow" },
    { name: "home-subscriber", path: "/", role: "subscriber" },
    { name: "account", path: "/accounts/northside" },
    { name: "events", path: "/events" },
    { name: "event", path: `/events/${event.id}` },
    { name: "record", path: record },
    { name: "endpoints", path: "/endpoints" },
    { name: "endpoint", path: "/endpoints/reminders" },
    { name: "endpoint-new", path: "/endpoints/new", act: fillForm },
    { name: "system", path: "/system" },
  ];
}

async function fillForm(page) {
  await page.getByLabel("URL").fill("https://crm.example.com/hooks/cliniko");
  await page.getByLabel("Description").fill("The CRM: ask the practice manager");
  await page.getByLabel(/^Every event/).check();
}

async function take(
  browser,
  { url, tokens },
  { name, path, theme = "light", size = "wide", role = "admin", act },
) {
  const viewport = SIZES[size];
  const context = await browser.newContext({
    viewport,
    colorScheme: theme,
    reducedMotion: "reduce",
    locale: "en-GB",
    // Twice as sharp where it is small.
    deviceScaleFactor: size === "narrow" ? 2 : 1,
  });
  const signedIn = await context.request.post(`${url}/ops/session`, {
    data: { token: tokens[role] },
    headers: { origin: url, "x-dashboard": "1" },
  });
  if (!signedIn.ok()) throw new Error(`signing in for ${name}: ${signedIn.status()}`);
  const page = await context.newPage();
  await page.goto(`${url}/ops${path}`);
  await page.getByRole("heading", { level: 1 }).waitFor();
  await page.waitForLoadState("load");
  await act?.(page);
  // Everything that is read, and one refresh more.
  await page.waitForTimeout(4_000);
  const full = await page.evaluate("document.documentElement.scrollHeight");
  const height = size === "narrow" ? viewport.height : Math.min(full, MOST_HEIGHT);
  await page.setViewportSize({ width: viewport.width, height });
  await page.waitForTimeout(500);
  const session = await context.newCDPSession(page);
  const { data: picture } = await session.send("Page.captureScreenshot", {
    format: "webp",
    quality: QUALITY,
  });
  const bytes = Buffer.from(picture, "base64");
  writeFileSync(join(folder, `${name}.webp`), bytes);
  await context.close();
  const kilobytes = `${(bytes.length / 1_000).toFixed(0)} kB`;
  process.stdout.write(
    `docs/dashboard/${name}.webp  ${kilobytes}${bytes.length > MOST_BYTES ? "  TOO LARGE" : ""}\n`,
  );
  if (bytes.length > MOST_BYTES) process.exitCode = 1;
}
