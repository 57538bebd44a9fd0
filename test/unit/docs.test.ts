import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { parseConfig } from "../../src/config/parse-config.ts";
import { EVENT_TYPES } from "../../src/diff/event-types.ts";
import { SECRET, sources } from "../support/test-config.ts";

const read = (name: string): string => readFileSync(new URL(`../../${name}`, import.meta.url), "utf8");
const ENV = {
  ENCRYPTION_KEY: Buffer.alloc(32, 7).toString("base64"),
  NORTHSIDE_API_KEY: "MS0xLWFiY2RlZg-au1",
  CRM_WEBHOOK_SECRET: SECRET,
  OPS_TOKEN: "a-long-random-word",
  SMTP_URL: "smtp://user:password@mail.example.com:587",
  SLACK_URL: "https://hooks.slack.example/services/T0/B0/abc",
  TEAMS_URL: "https://workflows.example/hooks/abc",
};

test("the example configuration parses as it stands", () => {
  const config = parseConfig(read("notifier.example.yaml"), "notifier.example.yaml", sources(ENV));
  expect(config.accounts.map(({ name }) => name)).toEqual(["northside"]);
});

test("the example configuration parses with every commented setting put in, and those are the defaults", () => {
  const example = read("notifier.example.yaml");
  const full = example
    .replace(/^( *)# (?=( *)[a-z_]+: *(\S|$))/gm, "$1")
    // These have no default to show: they are examples.
    .replace(
      /^ *(base_url|public_url|proxy|dns_servers|rate_limit|body_signature|attempts: 10|tls|ca|certificate|key: { file).*\n/gm,
      "",
    );
  const asWritten = parseConfig(example, "example", sources(ENV));
  const spelledOut = parseConfig(full, "example", sources(ENV));
  expect(full.match(/^ *# [a-z_]+:/gm)).toBeNull();
  expect(spelledOut.polling).toEqual(asWritten.polling);
  expect(spelledOut.delivery).toEqual(asWritten.delivery);
  expect(spelledOut.roles).toEqual(asWritten.roles);
  expect({ ...spelledOut.ops, token: undefined }).toEqual(asWritten.ops);
  expect(spelledOut.accounts[0]?.resources).toEqual(asWritten.accounts[0]?.resources);
  expect(spelledOut.retention).toEqual(asWritten.retention);
  expect(spelledOut.endpoints[0]?.signingKeys).toHaveLength(1);
  expect({ ...spelledOut.endpoints[0]?.settings, accounts: undefined }).toEqual(
    asWritten.endpoints[0]?.settings,
  );
});

test("the examples in the example configuration, which are no defaults, parse too", () => {
  const example = read("notifier.example.yaml");
  const uncommented = example.replace(
    /^( *)# (?=( *)(proxy|dns_servers|rate_limit|body_signature|delivery|ops|public_url|tls|ca|certificate|key): *(\S|$))/gm,
    "$1",
  );
  const files = new Map([
    ["/run/secrets/crm-ca.pem", "ca.pem"],
    ["/run/secrets/crm-client.pem", "sender.pem"],
    ["/run/secrets/crm-client.key", "sender.key"],
  ]);
  const { delivery, endpoints, ops } = parseConfig(uncommented, "example", {
    ...sources(ENV),
    readFile: (path) => read(`test/fixtures/tls/${files.get(path)}`),
  });
  expect(delivery.proxy?.reveal()).toBe("http://proxy.example:3128");
  expect(delivery.dnsServers).toEqual(["10.20.0.2"]);
  expect(ops.publicUrl).toBe("https://webhooks.northside.example");
  expect(endpoints[0]?.settings).toMatchObject({
    rateLimit: 10,
    tls: { ca: read("test/fixtures/tls/ca.pem").trim() },
  });
});

test("docs/events.md has every event type and no other", () => {
  const named = [...read("docs/events.md").matchAll(/^\| `([a-z_]+\.[a-z_]+)`/gm)].map(([, type]) => type);
  expect(named.toSorted()).toEqual([...EVENT_TYPES, "endpoint.test"].toSorted());
});

test("the recommended Node is the same everywhere it is named", () => {
  const recommended = read(".nvmrc").trim();
  expect(read("Dockerfile")).toContain(`FROM node:${recommended}-slim`);
  expect(read("README.md")).toContain(`Node ${recommended}`);
});
