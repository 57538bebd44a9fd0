import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { ToolUnderTest } from "./tool-under-test.ts";
import { npm, startTool } from "./tool-processes.ts";

const VERSION = "4.1.15";
const WRITTEN = "cliniko-events.txt";

interface FlowNode extends Record<string, unknown> {
  readonly type: string;
}

/** Node-RED with our node from its tarball, and the flow that comes with it. */
export const nodeRed: ToolUnderTest = {
  name: `Node-RED ${VERSION}`,
  install(folder) {
    writeFileSync(join(folder, "package.json"), "{}");
    npm(folder, ["install", `node-red@${VERSION}`]);
  },
  add(folder, tarballs) {
    const own = join(folder, "user");
    rmSync(own, { recursive: true, force: true });
    mkdirSync(own);
    writeFileSync(join(own, "package.json"), "{}");
    npm(own, ["install", tarballs.service, tarballs.nodeRed]);
  },
  async start({ folder, port, service }) {
    const own = join(folder, "user");
    const url = `http://127.0.0.1:${port}`;
    writeFileSync(
      join(own, "settings.js"),
      `module.exports = ${JSON.stringify({
        ...{ uiHost: "127.0.0.1", uiPort: port, credentialSecret: "of the bench", flowFile: "flows.json" },
        ...{ telemetry: { enabled: false }, logging: { console: { level: "warn" } } },
      })}`,
    );
    const program = join(folder, "node_modules/node-red/red.js");
    const running = await startTool({
      folder: own,
      command: [process.execPath, program, "--userDir", own, "--settings", join(own, "settings.js")],
      env: {},
      url,
      readyPath: "/settings",
    });
    const example = join(own, "node_modules/node-red-contrib-cliniko-webhooks/examples/by-event-type.json");
    const flow = (JSON.parse(readFileSync(example, "utf8")) as FlowNode[]).map((node) => {
      if (node.type === "cliniko-webhooks-service")
        return { ...node, url: service.url, receiver: url, credentials: { token: service.token } };
      return node.type === "file" ? { ...node, filename: join(own, WRITTEN) } : node;
    });
    const deploy = async (nodes: readonly FlowNode[]): Promise<void> => {
      const deployed = await fetch(`${url}/flows`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(nodes),
      });
      if (!deployed.ok) throw new Error(`not deployed: ${deployed.status} ${await deployed.text()}`);
    };
    await deploy(flow);
    const serviceNode = flow.find(({ type }) => type === "cliniko-webhooks-service")?.["id"];
    return {
      ...running,
      async offered() {
        const listed = await fetch(`${url}/cliniko-webhooks/event-types/${String(serviceNode)}`);
        return ((await listed.json()) as { readonly type: string }[]).map(({ type }) => type);
      },
      withdraw: async () => await deploy(flow.filter(({ type }) => type !== "cliniko-webhooks-in")),
    };
  },
  worked: ({ folder }) =>
    (existsSync(join(folder, "user", WRITTEN)) ? readFileSync(join(folder, "user", WRITTEN), "utf8") : "")
      .split("\n")
      .flatMap((line) => /^evt_\S+/.exec(line) ?? []),
};
