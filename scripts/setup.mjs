// Makes a fresh clone ready: packages, a Redis or Valkey server, and for tests of the dashboard a browser. Uses node:
// built-ins only, since it runs before anything is installed. Says what it does, and what to type when it cannot. Run by itself,
// it sets up everything.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
const MIN_NODE = [20, 19];
const REDIS_PROGRAMS = ["redis-server", "valkey-server"];
/** As test/support/chromium.ts looks for it. CHROMIUM names another one. */
const BROWSERS = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const MAC_BROWSER = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome";
/** Where package managers put programs, in case the search path leaves one out. */
const USUAL_FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin"];

/**
 * Ends the process with advice when something cannot be set up. Returns the environment for child processes.
 * @param {{ browser?: boolean }} [needs] browser: a Chromium or Chrome, too
 */
export function setUp({ browser = false } = {}) {
  checkNode();
  installPackages();
  const folders = [provideRedis(), ...(browser ? provideBrowser() : [])];
  const path = (process.env.PATH ?? "").split(delimiter).filter(Boolean);
  return { ...process.env, PATH: [...new Set([...path, ...folders])].join(delimiter) };
}

/** Runs a program of this project with the terminal's own input and output; resolves to its exit code. */
export function run(program, args, env) {
  const result = spawnSync(program, args, { cwd: root, env, stdio: "inherit" });
  if (result.error) giveUp(`${program} could not be started: ${result.error.message}`);
  return result.status ?? 1;
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const [minMajor, minMinor] = MIN_NODE;
  if (major > minMajor || (major === minMajor && minor >= minMinor)) return;
  giveUp(
    `this is Node ${process.versions.node}, but ${MIN_NODE.join(".")} or newer is needed (24 is recommended)`,
  );
}

function installPackages() {
  const reason = stalePackages();
  if (!reason) return;
  say(`${reason}: installing packages (npm ci)`);
  const result = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (result.status !== 0) giveUp("npm ci failed; run it by hand and mend what it says");
}

/** Why node_modules is not what package-lock.json asks for; undefined when it is. */
function stalePackages() {
  const hidden = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(hidden)) return "no node_modules yet";
  const wanted = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")).packages;
  const installed = JSON.parse(readFileSync(hidden, "utf8")).packages;
  const stale = Object.entries(wanted).some(
    ([path, { version, optional }]) => path !== "" && !optional && installed[path]?.version !== version,
  );
  return stale ? "package-lock.json has changed" : undefined;
}

/** @returns {string} the folder of a redis-server or valkey-server */
function provideRedis() {
  const found = findFolder(REDIS_PROGRAMS);
  if (found) return found;
  say("no redis-server or valkey-server found");
  if (!installRedis()) {
    giveUp(
      [
        "it could not be installed here. Install one of these and try again:",
        "  Debian, Ubuntu   sudo apt-get install redis-server     (or valkey-server)",
        "  Fedora           sudo dnf install valkey",
        "  Alpine           sudo apk add valkey",
        "  macOS            brew install redis",
      ].join("\n"),
    );
  }
  return (
    findFolder(REDIS_PROGRAMS) ?? giveUp("redis-server was installed, but is in none of the usual places")
  );
}

/** @returns {string[]} the folder of a Chromium or Chrome; none where its place needs no search path */
function provideBrowser() {
  if (process.env.CHROMIUM || existsSync(MAC_BROWSER)) return [];
  const found = findFolder(BROWSERS);
  if (found) return [found];
  say("no Chromium or Chrome found: the tests of the dashboard run in a real browser");
  if (!installBrowser()) {
    giveUp(
      [
        "it could not be installed here. Install one of these and try again:",
        "  Debian           sudo apt-get install chromium fonts-liberation",
        "  Ubuntu           Chrome, as a .deb from https://www.google.com/chrome",
        "  Fedora           sudo dnf install chromium liberation-sans-fonts",
        "  Alpine           sudo apk add chromium font-liberation",
        "  macOS            brew install --cask google-chrome",
        "or name one in CHROMIUM=/path/to/it. Every other test runs without: npm test -- --project '!browser'",
      ].join("\n"),
    );
  }
  return [findFolder(BROWSERS) ?? giveUp("chromium was installed, but is in none of the usual places")];
}

/** @returns {string | undefined} */
function findFolder(programs) {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...USUAL_FOLDERS];
  return folders.find((folder) => programs.some((program) => existsSync(join(folder, program))));
}

/** No service is to be left running that nobody asked for: the package's own start is refused, its autostart undone. */
const APT_REDIS = `
set -e
if [ ! -e /usr/sbin/policy-rc.d ]; then
  printf '#!/bin/sh\\nexit 101\\n' > /usr/sbin/policy-rc.d
  chmod +x /usr/sbin/policy-rc.d
  trap 'rm -f /usr/sbin/policy-rc.d' EXIT
fi
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server
systemctl disable redis-server || true
`;

function installRedis() {
  if (works("apt-get", ["--version"])) {
    return installByApt("redis-server", "; its system service stays off", APT_REDIS);
  }
  if (works("brew", ["--version"])) {
    say("installing redis with brew; its service stays off");
    return quietly("brew", ["install", "--quiet", "redis"]);
  }
  return false;
}

/** Without fonts a page has no letters, and nothing on it has its size. */
const APT_BROWSER = `
set -e
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium fonts-liberation
`;

function installBrowser() {
  if (!works("apt-get", ["--version"])) return false;
  return installByApt("chromium", " (some 400 MB, for tests alone)", APT_BROWSER);
}

function installByApt(what, aside, script) {
  const isRoot = process.getuid?.() === 0;
  if (!isRoot && !works("sudo", ["-n", "true"])) return false;
  say(`installing ${what} with apt-get${isRoot ? "" : " (sudo)"}${aside}`);
  const command = ["sh", "-c", script];
  const [program, ...args] = isRoot ? command : ["sudo", "-n", ...command];
  return quietly(program, args);
}

function works(program, args) {
  return spawnSync(program, args, { stdio: "ignore" }).status === 0;
}

function quietly(program, args) {
  const result = spawnSync(program, args, { encoding: "utf8" });
  if (result.status !== 0) process.stderr.write(`${result.stdout ?? ""}${result.stderr ?? ""}\n`);
  return result.status === 0;
}

export function say(message) {
  process.stderr.write(`setup: ${message}\n`);
}

function giveUp(message) {
  say(message);
  process.exit(1);
}

if (process.argv[1] === import.meta.filename) setUp({ browser: true });
