import { expect } from "vitest";

import type { Assessment, Subject } from "../../../src/admin/assess/assessment.ts";
import { dashboardHome } from "../../../src/admin/notices/dashboard-home.ts";
import { createTelling } from "../../../src/admin/notices/look-and-tell.ts";
import { checkNotices, sendTestNotices } from "../../../src/admin/notices/test-notices.ts";
import { writeNotice } from "../../../src/admin/notices/write-notice.ts";
import { startNoticeWatch } from "../../../src/app/notice-watch.ts";
import type { Config } from "../../../src/config/config.ts";
import { Secret } from "../../../src/config/secret.ts";
import { noticeWays } from "../../../src/dispatch/notices/send-notice.ts";
import { createNoticeStore } from "../../../src/store/detection/notice-store.ts";
import { startClinicDay } from "../../support/clinic-day.ts";
import { readRoutes } from "../../support/dashboard-paths.ts";
import { eventually } from "../../support/harness.ts";
import { type RecordingServer, closedPort, startHttp } from "../../support/local-servers.ts";
import { test } from "../../support/api-test.ts";
import { type MailServer, headerOf, startMailServer, textOf } from "../../support/smtp-server.ts";

const MINUTE = 60_000;
const START = Date.parse("2026-11-29T01:00:00Z");
const PASSWORD = "p@ss word";
const HOME = "https://hooks.example.com/ops";

function failing(code: "endpoint_failing" | "endpoint_disabled" | "healthy"): Assessment {
  const isWell = code === "healthy";
  return {
    subject: { kind: "endpoint", endpoint: "crm" },
    severity: isWell ? "ok" : "critical",
    code,
    since: isWell ? undefined : START - 10 * MINUTE,
    detail: "failing for 10 min (status 503); 12 wait <soon> & later",
  };
}

async function startTool(status = 200): Promise<RecordingServer> {
  return await startHttp((_request, response) => response.writeHead(status).end("ok"));
}

function configOf(mail: MailServer, slack: RecordingServer, teams: RecordingServer): Pick<Config, "notices"> {
  const server = new Secret(`smtp://notices:${encodeURIComponent(PASSWORD)}@127.0.0.1:${mail.port}`);
  return {
    notices: {
      email: { server, from: "notices@example.com", to: ["it@example.com", "boss@example.com"] },
      slack: { url: new Secret(`${slack.url}/services/T0/B0/secret`) },
      teams: { url: new Secret(`${teams.url}/workflows/secret`) },
    },
  };
}

interface Night {
  now: number;
  assessments: readonly Assessment[];
}

test("a bad night comes as mails and messages, once each, from whichever of two processes looks", async ({
  redis,
  keys,
}) => {
  await using mail = await startMailServer({ password: PASSWORD });
  await using slack = await startTool();
  await using teams = await startTool(202);
  const night: Night = { now: START, assessments: [] };
  const troubles: string[] = [];
  const [one, other] = ["a", "b"].map((holder) =>
    createTelling({
      assess: async () => night.assessments,
      ways: noticeWays(configOf(mail, slack, teams)),
      store: createNoticeStore(redis, keys),
      troubles: { happened: ({ error }) => void troubles.push(error.message), over: () => undefined },
      holder,
      home: HOME,
      now: () => night.now,
    }),
  );
  for (const [minute, assessment] of [
    [0, failing("healthy")],
    [10, failing("endpoint_failing")],
    [20, failing("endpoint_failing")],
    [40, failing("endpoint_disabled")],
    [90, failing("healthy")],
    [120, failing("healthy")],
  ] as const) {
    Object.assign(night, { now: START + minute * MINUTE, assessments: [assessment] });
    await Promise.all([one?.(), other?.()]);
  }

  expect(troubles).toEqual([]);
  expect(mail.mails.map((each) => headerOf(each, "subject"))).toEqual([
    "endpoint crm does not take its callbacks",
    "endpoint crm is disabled: nothing is sent to it",
    "All is well again",
  ]);
  expect(mail.mails[0]).toMatchObject({
    from: "notices@example.com",
    to: ["it@example.com", "boss@example.com"],
  });
  expect(
    textOf(mail.mails[1] ?? { from: "", to: [], raw: "" })
      .replaceAll("\r\n", "\n")
      .trimEnd(),
  ).toBe(
    [
      "endpoint crm is disabled: nothing is sent to it",
      "Since 2026-11-29T00:50:00Z, for 50 min.",
      "Found: failing for 10 min (status 503); 12 wait <soon> & later",
      "What to do: mend it, then: cliniko-webhooks endpoints test crm, and cliniko-webhooks recover crm for what is parked (docs/operations.md#disabled)",
      `${HOME}/endpoints/crm`,
    ].join("\n"),
  );
  expect(new Set(mail.signIns)).toEqual(new Set([`notices\0${PASSWORD}`]));
  const messages = slack.received.map(
    ({ body }) => JSON.parse(body) as { text: string; blocks: { text: { text: string } }[] },
  );
  expect(messages.map(({ text }) => text)).toHaveLength(3);
  expect(messages[0]?.blocks[0]?.text.text).toContain("12 wait &lt;soon&gt; &amp; later");
  expect(messages[0]?.blocks[0]?.text.text).toContain(`<${HOME}/endpoints/crm|Look at it>`);
  const [card] = teams.received.map(({ body }) => JSON.parse(body) as object);
  expect(card).toMatchObject({
    type: "message",
    attachments: [
      {
        contentType: "application/vnd.microsoft.card.adaptive",
        content: {
          type: "AdaptiveCard",
          actions: [{ type: "Action.OpenUrl", url: `${HOME}/endpoints/crm` }],
        },
      },
    ],
  });
});

test("what no way takes is told again at the next look; what one takes is told", async ({ redis, keys }) => {
  await using mail = await startMailServer({ password: "another" });
  await using slack = await startTool(503);
  await using teams = await startTool(503);
  const troubles: string[] = [];
  const night: Night = { now: START, assessments: [failing("endpoint_failing")] };
  const look = (ways: ReturnType<typeof noticeWays>): (() => Promise<void>) =>
    createTelling({
      assess: async () => night.assessments,
      ways,
      store: createNoticeStore(redis, keys),
      troubles: { happened: ({ error }) => void troubles.push(error.message), over: () => undefined },
      holder: "a",
      home: HOME,
      now: () => night.now,
    });
  const ways = noticeWays(configOf(mail, slack, teams));
  await look(ways)();
  await look(ways)();

  expect(slack.received).toHaveLength(2);
  expect(troubles).toHaveLength(6);
  // The log carries hosts and codes, and nothing that opens the channel.
  expect(troubles.join("\n")).not.toMatch(/secret|p@ss|p%40ss/);
  expect(troubles).toContainEqual(expect.stringContaining("answered 503"));

  await using good = await startTool();
  await look(noticeWays(configOf(mail, good, teams)))();
  await look(noticeWays(configOf(mail, good, teams)))();
  expect(good.received).toHaveLength(1);
});

test("a test is sent on every way, and a check tries the mail server without sending", async () => {
  await using mail = await startMailServer({ password: PASSWORD });
  await using slack = await startTool();
  await using teams = await startTool();
  const config = {
    ...configOf(mail, slack, teams),
    ops: { host: "127.0.0.1", port: 8321, publicUrl: "https://hooks.example.com" },
  } as unknown as Config;

  expect((await checkNotices(config)).map(({ kind, name }) => `${name} ${kind}`)).toEqual([
    "email sent",
    "slack sent",
    "teams sent",
  ]);
  expect([mail.mails.length, slack.received.length, teams.received.length]).toEqual([0, 0, 0]);
  expect((await sendTestNotices(config)).map(({ kind }) => kind)).toEqual(["sent", "sent", "sent"]);
  expect(headerOf(mail.mails[0] ?? { from: "", to: [], raw: "" }, "subject")).toBe(
    "A test: nothing has happened",
  );
  expect([mail.mails.length, slack.received.length, teams.received.length]).toEqual([1, 1, 1]);

  const server = new Secret(`smtp://127.0.0.1:${await closedPort()}`);
  const dead = { ...config, notices: { email: { server, from: "a@example.com", to: ["b@example.com"] } } };
  expect(await checkNotices(dead)).toMatchObject([
    { name: "email", kind: "failed", detail: expect.stringContaining("127.0.0.1") },
  ]);
});

const SUBJECTS: Readonly<Record<Subject["kind"], Subject>> = {
  source: { kind: "source", account: "northside", resource: "patients" },
  budget: { kind: "budget", account: "northside" },
  endpoint: { kind: "endpoint", endpoint: "crm" },
  role: { kind: "role", role: "poll" },
  queue: { kind: "queue", queue: "deliver" },
  process: { kind: "process", process: "host pid 1" },
  sign_ins: { kind: "sign_ins" },
  storage: { kind: "storage", part: "writes" },
};

test("the link of every notice leads to a page of the dashboard that this service has", async ({ api }) => {
  const { host, port } = new URL(api.url);
  const home = dashboardHome({ ops: { ...api.config.ops, port: Number(port), publicUrl: undefined } });
  const pages = readRoutes().map(
    (route) => new RegExp(`^/ops${route.replaceAll(/\/:\w+(\??)/g, "(/[^/]+)$1")}$`),
  );

  for (const subject of Object.values(SUBJECTS)) {
    const news = [{ name: "it", subject, trouble: undefined, was: undefined }];
    const [item] = writeNotice({ isAllWell: false, news }, home, START).items;
    const link = new URL(item?.link ?? "");
    expect([link.host, pages.some((page) => page.test(link.pathname))], link.href).toEqual([host, true]);
    // The page itself, or that it is not built.
    const { status } = await fetch(link, { headers: { accept: "text/html" } });
    expect([200, 503], link.href).toContain(status);
  }
  const below = dashboardHome({ ops: { ...api.config.ops, publicUrl: "https://clinic.example/cliniko" } });
  expect(below).toBe("https://clinic.example/cliniko/ops");
});

test("a service whose endpoint is disabled sends a mail that says so, and names no patient", async ({
  address,
  prefix,
}) => {
  await using mail = await startMailServer();
  await using day = await startClinicDay({ address, prefix });
  const notices = configOf(mail, { url: "" } as RecordingServer, { url: "" } as RecordingServer).notices
    .email;
  const server = new Secret(`smtp://127.0.0.1:${mail.port}`);
  const config = { ...day.base.config, notices: { email: notices && { ...notices, server } } };
  await using _watch = startNoticeWatch({ ...day.base, config }, 50);
  // Its receiver answers 410.
  const [visit] = day.clinic.desk.appointments();
  day.clinic.desk.editNote(visit?.id ?? "", "by the window");

  const told = await eventually(() =>
    mail.mails.map(textOf).find((text) => text.includes("endpoint gone is disabled")),
  );
  expect(told).toContain("What to do: mend it, then: cliniko-webhooks endpoints test gone");
  const people = day.clinic.desk.patients().flatMap(({ first_name, last_name }) => [first_name, last_name]);
  expect(people.filter((name) => name !== null && name.length > 3 && told.includes(name))).toEqual([]);
});
