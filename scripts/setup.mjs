// Makes a fresh clone ready: packages and a Redis or Valkey server. Uses node: built-ins only, since it runs before
// anything is installed. Says what it does, and what to type when it cannot.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const root = join(import.meta.dirname, "..");
const MIN_NODE = [20, 19];
const REDIS_PROGRAMS = ["redis-server", "valkey-server"];
/** Where package managers put programs, in case the search path leaves one out. */
const USUAL_FOLDERS = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin", "/home/linuxbrew/.linuxbrew/bin"];

/** Ends the process with advice when something cannot be set up. Returns the environment for child processes. */
export function setUp() {
  checkNode();
  installPackages();
  const folder = provideRedis();
  const path = process.env.PATH ?? "";
  const known = path.split(delimiter).includes(folder);
  return { ...process.env, PATH: known ? path : `${path}${delimiter}${folder}` };
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
  const result = spawnSync("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
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
  const found = findRedis();
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
  return findRedis() ?? giveUp("redis-server was installed, but is in none of the usual places");
}

function findRedis() {
  const folders = [...(process.env.PATH ?? "").split(delimiter).filter(Boolean), ...USUAL_FOLDERS];
  return folders.find((folder) => REDIS_PROGRAMS.some((program) => existsSync(join(folder, program))));
}

/** No service is to be left running that nobody asked for: the package's own start is refused, its autostart undone. */
const APT_SCRIPT = `
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
    const isRoot = process.getuid?.() === 0;
    if (!isRoot && !works("sudo", ["-n", "true"])) return false;
    say(`installing redis-server with apt-get${isRoot ? "" : " (sudo)"}; its system service stays off`);
    const command = ["sh", "-c", APT_SCRIPT];
    const [program, ...args] = isRoot ? command : ["sudo", "-n", ...command];
    return quietly(program, args);
  }
  if (works("brew", ["--version"])) {
    say("installing redis with brew; its service stays off");
    return quietly("brew", ["install", "--quiet", "redis"]);
  }
  return false;
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
