import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { type IncomingMessage, request } from "node:http";
import { delimiter, join } from "node:path";

import { eventually } from "./harness.ts";
import { temporaryFolder } from "./redis-process.ts";

const FOLDERS = [...(process.env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/usr/local/sbin"];

/** Undefined: there is none on this machine. */
export const NGINX = FOLDERS.map((folder) => join(folder, "nginx")).find((file) => existsSync(file));

export interface Nginx extends AsyncDisposable {
  /** Asks one of its servers, by its name, for a path. Redirects are not followed. */
  get(
    server: string,
    path: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly text: string;
  }>;
}

/**
 * A real nginx with these servers (name to what stands in its `server { … }`), each on a socket in a folder of its own: no port is
 * taken that somebody else has.
 */
export async function startNginx(program: string, servers: Readonly<Record<string, string>>): Promise<Nginx> {
  const folder = temporaryFolder();
  const socketOf = (name: string): string => join(folder.path, `${name}.sock`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${folder.path}/${name};`)
    .join(" ");
  const blocks = Object.entries(servers).map(
    ([name, block]) => `server { listen unix:${socketOf(name)}; ${block} }`,
  );
  const config = join(folder.path, "nginx.conf");
  const user = process.getuid?.() === 0 ? "user root;" : "";
  writeFileSync(
    config,
    `${user} daemon off; pid ${folder.path}/pid; error_log ${folder.path}/error.log; worker_processes 1;
    events {} http { access_log off; ${temporary} ${blocks.join("\n")} }`,
  );
  const args = ["-c", config, "-p", folder.path];
  execFileSync(program, ["-t", "-q", ...args]);
  const child = spawn(program, args, { stdio: "ignore" });
  await eventually(() => Object.keys(servers).every((name) => existsSync(socketOf(name))) || undefined);
  return {
    async get(server, path, headers = {}) {
      const asked = request({
        socketPath: socketOf(server),
        path,
        headers: { host: "clinic.example", ...headers },
      });
      asked.end();
      const [answer] = (await once(asked, "response")) as [IncomingMessage];
      let text = "";
      answer.setEncoding("utf8");
      for await (const chunk of answer) text += String(chunk);
      return { status: answer.statusCode ?? 0, headers: answer.headers, text };
    },
    async [Symbol.asyncDispose]() {
      const gone = once(child, "exit");
      child.kill("SIGQUIT");
      await gone;
      folder[Symbol.dispose]();
    },
  };
}
