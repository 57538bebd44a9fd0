import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

import { closedPort, startHttp } from "../../test/support/local-servers.ts";
import { npm, startTool } from "./tool-processes.ts";
import type { ToolPlace, ToolUnderTest } from "./tool-under-test.ts";

const VERSION = "2.41.1";
const NODE = "node@24";
const CREDENTIALS = { id: "benchCredentials", name: "Cliniko Webhooks" };
const WORKFLOW = "benchWorkflow";
const TRIGGER = "n8n-nodes-cliniko-webhooks.clinikoWebhooksTrigger";

/** Of n8n's own, for what runs code: its usual one may be another n8n's. */
const brokerPort = await closedPort();

/** What the workflow has worked off: it tells us of each event by HTTP. */
const told: string[] = [];

/** n8n with our nodes from their tarball, and a published workflow that answers when it is done. */
export const n8n: ToolUnderTest = {
  name: `n8n ${VERSION}`,
  install(folder) {
    mkdirSync(nodeFolder(folder), { recursive: true });
    for (const path of [folder, nodeFolder(folder)]) writeFileSync(join(path, "package.json"), "{}");
    npm(nodeFolder(folder), ["install", NODE]);
    // Of what it would build or fetch, SQLite alone is needed here.
    npm(folder, ["install", "--ignore-scripts", `n8n@${VERSION}`], binOf(folder));
    npm(folder, ["rebuild", "sqlite3"], binOf(folder));
  },
  add(folder) {
    const part = join(folder, "part");
    cpSync(join(process.cwd(), "integrations/n8n"), part, { recursive: true });
    npm(part, ["install", "--ignore-scripts"], binOf(folder));
    npm(part, ["run", "build"], binOf(folder));
    npm(part, ["run", "lint"], binOf(folder));
    npm(part, ["pack", "--ignore-scripts"], binOf(folder));
    const tarball = readdirSync(part).find((file) => file.endsWith(".tgz"));
    const nodes = join(folder, "user/.n8n/nodes");
    rmSync(join(folder, "user"), { recursive: true, force: true });
    mkdirSync(nodes, { recursive: true });
    writeFileSync(join(nodes, "package.json"), "{}");
    npm(nodes, ["install", "--omit=peer", "--ignore-scripts", join(part, tarball ?? "")], binOf(folder));
  },
  async start(place) {
    const { folder, port, service } = place;
    const counter = await startHttp(({ body }, response) => {
      // Killed on its way here it has told nothing.
      const [, id] = /"id":"(evt_[\w-]+)"\}$/.exec(body) ?? [];
      if (id !== undefined) told.push(id);
      response.writeHead(id === undefined ? 400 : 204).end();
    });
    const user = join(folder, "user");
    const given = {
      credentials: [{ ...CREDENTIALS, type: "clinikoWebhooksApi", data: service }],
      workflow: [workflow(counter.url)],
    };
    for (const [kind, content] of Object.entries(given)) {
      const file = join(user, `${kind}.json`);
      writeFileSync(file, JSON.stringify(content));
      run(place, [kind === "workflow" ? "import:workflow" : "import:credentials", `--input=${file}`]);
    }
    run(place, ["publish:workflow", `--id=${WORKFLOW}`]);
    const running = await startTool({
      folder: user,
      command: [join(binOf(folder), "node"), program(folder), "start"],
      env: environment(place),
      url: `http://127.0.0.1:${port}`,
      readyPath: "/healthz/readiness",
    });
    const asOwner = signIn(`http://127.0.0.1:${port}/rest`);
    return {
      ...running,
      async offered() {
        const options = await (
          await asOwner
        )<readonly { readonly value: string }[]>("/dynamic-node-parameters/options", {
          ...{ path: "parameters.events", methodName: "getEventPatterns", currentNodeParameters: {} },
          nodeTypeAndVersion: { name: TRIGGER, version: 1 },
          credentials: { clinikoWebhooksApi: CREDENTIALS },
        });
        return options.map(({ value }) => value);
      },
      withdraw: async () => void (await (await asOwner)(`/workflows/${WORKFLOW}/deactivate`, {})),
      async [Symbol.asyncDispose]() {
        await running[Symbol.asyncDispose]();
        await counter[Symbol.asyncDispose]();
      },
    };
  },
  worked: () => told,
};

type AsOwner = <Answer>(path: string, body: object) => Promise<Answer>;

/** Makes the owner, as n8n's first page does, and asks as the editor does. */
async function signIn(rest: string): Promise<AsOwner> {
  const post = async (path: string, body: object, cookie = ""): Promise<Response> => {
    const headers = { "content-type": "application/json", cookie };
    const response = await fetch(rest + path, { method: "POST", headers, body: JSON.stringify(body) });
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response;
  };
  const name = { firstName: "Ada", lastName: "Owner" };
  const owner = { ...name, email: "ada@northside.example", password: "Of-the-bench-1" };
  const made = await post("/owner/setup", owner);
  const cookie = made.headers
    .getSetCookie()
    .map((each) => each.split(";")[0])
    .join("; ");
  return async <Answer>(path: string, body: object) =>
    ((await (await post(path, body, cookie)).json()) as { readonly data: Answer }).data;
}

function nodeFolder(folder: string): string {
  return join(folder, "node24");
}

function binOf(folder: string): string {
  return join(nodeFolder(folder), "node_modules/.bin");
}

function program(folder: string): string {
  return join(folder, "node_modules/n8n/bin/n8n");
}

function run(place: ToolPlace, args: readonly string[]): void {
  execFileSync(join(binOf(place.folder), "node"), [program(place.folder), ...args], {
    env: environment(place),
    stdio: ["ignore", "ignore", "inherit"],
  });
}

function environment({ folder, port }: ToolPlace): Record<string, string> {
  return {
    PATH: [binOf(folder), process.env["PATH"]].join(delimiter),
    N8N_USER_FOLDER: join(folder, "user"),
    N8N_ENCRYPTION_KEY: "of the bench",
    N8N_LISTEN_ADDRESS: "127.0.0.1",
    N8N_PORT: String(port),
    N8N_RUNNERS_BROKER_PORT: String(brokerPort),
    WEBHOOK_URL: `http://127.0.0.1:${port}/`,
    N8N_DIAGNOSTICS_ENABLED: "false",
    N8N_VERSION_NOTIFICATIONS_ENABLED: "false",
    N8N_TEMPLATES_ENABLED: "false",
  };
}

function workflow(tellUrl: string): object {
  const [trigger, tell] = ["Cliniko Webhooks Trigger", "Tell"];
  return {
    id: WORKFLOW,
    name: "Visits",
    active: false,
    settings: {},
    nodes: [
      {
        ...{ id: "trigger", name: trigger, type: TRIGGER },
        ...{ typeVersion: 1, position: [0, 0], webhookId: "7f3d4d0e-5f0a-4b57-9d1c-0c6a8f0b7c11" },
        parameters: { events: ["appointment.*"], expand: ["patient"], respond: "lastNode" },
        credentials: { clinikoWebhooksApi: CREDENTIALS },
      },
      {
        ...{ id: "tell", name: tell, type: "n8n-nodes-base.httpRequest" },
        ...{ typeVersion: 4.2, position: [220, 0] },
        parameters: {
          ...{ method: "POST", url: tellUrl, sendBody: true, specifyBody: "json" },
          ...{ jsonBody: "={{ JSON.stringify({ id: $json.id }) }}", options: {} },
        },
      },
    ],
    connections: { [trigger]: { main: [[{ node: tell, type: "main", index: 0 }]] } },
  };
}
