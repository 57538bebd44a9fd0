import type { BrowserContext, ConsoleMessage, Page } from "playwright-core";

/** What may go wrong in a test because the test makes it go wrong: answers of this status, none at all, code that fails. */
export type ExpectedFault = number | "unreachable" | "broken page";

export interface PageFaults {
  /** Everything that went wrong so far and was not expected, in words. */
  list(): readonly string[];
}

/** Chromium writes this to the console by itself for every answer of 400 and up. */
const FAILED_ANSWER = /^Failed to load resource: the server responded with a status of (\d+)/;
/** React tells the console what an error boundary has caught. */
const NO_MODULE = /Failed to fetch dynamically imported module/;
const NO_ANSWER = /^Failed to load resource: net::ERR_/;

/**
 * Watches all pages of a context for what no page may do: write an error or a warning to the console, throw, ask another
 * host for anything, or be stopped by the Content-Security-Policy.
 */
export async function watchFaults(
  context: BrowserContext,
  { host, expected }: { readonly host: string; readonly expected: readonly ExpectedFault[] },
): Promise<PageFaults> {
  const faults: string[] = [];
  await context.exposeBinding("reportViolation", (_source, violation: string) => {
    faults.push(`stopped by the Content-Security-Policy: ${violation}`);
  });
  await context.addInitScript(`document.addEventListener("securitypolicyviolation", (event) => {
    reportViolation([event.effectiveDirective, event.blockedURI, event.sourceFile, event.lineNumber].join(" "));
  })`);
  context.on("console", (message) => {
    if (isFault(message, expected))
      faults.push(`console ${message.type()}: ${message.text()}${place(message)}`);
  });
  context.on("weberror", (error) => faults.push(`uncaught: ${error.error().stack ?? error.error().message}`));
  context.on("request", (request) => {
    const { protocol, host: asked } = new URL(request.url());
    if (protocol !== "blob:" && asked !== host) faults.push(`asked another host: ${request.url()}`);
  });
  context.on("page", (page: Page) => page.on("crash", () => faults.push("the page crashed")));
  return { list: () => [...faults] };
}

function isFault(message: ConsoleMessage, expected: readonly ExpectedFault[]): boolean {
  if (message.type() !== "error" && message.type() !== "warning") return false;
  const status = FAILED_ANSWER.exec(message.text())?.[1];
  if (status !== undefined) return !expected.includes(Number(status));
  if (expected.includes("broken page") && NO_MODULE.test(message.text())) return false;
  return !(NO_ANSWER.test(message.text()) && expected.includes("unreachable"));
}

function place(message: ConsoleMessage): string {
  const { url, lineNumber } = message.location();
  return url === "" ? "" : ` (${url}:${lineNumber})`;
}
