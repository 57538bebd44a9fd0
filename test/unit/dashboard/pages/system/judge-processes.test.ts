import { expect, test } from "vitest";

import { judgeProcesses } from "../../../../../dashboard/pages/system/judge-processes.ts";
import { formatAction } from "../../../../../dashboard/pages/system/format-action.ts";
import { targetLinks } from "../../../../../dashboard/pages/system/target-links.ts";
import { toNewToken } from "../../../../../dashboard/pages/system/token-draft.ts";
import { formatBytes } from "../../../../../dashboard/components/format/format-bytes.ts";

test("a role that nobody has is bad, and says what does not happen", () => {
  const [fault] = judgeProcesses({ missing_roles: ["dispatch"], processes: [{ version: "1.0.0" }] });
  expect(fault?.tone).toBe("bad");
  expect(fault?.text).toContain("nothing is delivered");
});

test("two versions at once are a warning, one is none", () => {
  const versions = (...names: string[]) => names.map((version) => ({ version }));
  const two = judgeProcesses({ missing_roles: [], processes: versions("1.1.0", "1.0.0", "1.1.0") });
  expect(two.map(({ tone }) => tone)).toEqual(["warn"]);
  expect(two[0]?.text).toContain("1.0.0 and 1.1.0");
  expect(judgeProcesses({ missing_roles: [], processes: versions("1.0.0", "1.0.0") })).toEqual([]);
});

test("what was changed leads to its page, where it still has one", () => {
  const pathsOf = (action: string, target: string) => targetLinks({ action, target }).map(({ path }) => path);
  expect(pathsOf("endpoint.update", "ep_1")).toEqual(["/endpoints/ep_1"]);
  expect(pathsOf("endpoint.delete", "ep_1")).toEqual([undefined]);
  expect(pathsOf("delivery.retry", "ep_1/evt_2")).toEqual(["/endpoints/ep_1", "/events/evt_2"]);
  expect(pathsOf("account.release", "northside")).toEqual(["/accounts/northside"]);
  expect(pathsOf("token.create", "3f9c")).toEqual(["/system/access"]);
  expect(pathsOf("token.revoke", "3f9c")).toEqual([undefined]);
  expect(pathsOf("patient.forget", "northside/9af3")).toEqual(["/accounts/northside", undefined]);
  expect(pathsOf("session.create", "8b01")).toEqual([undefined]);
});

test("an action that has no words yet is shown as it is written", () => {
  expect(formatAction("endpoint.pause")).toBe("Paused an endpoint");
  expect(formatAction("endpoint.polish")).toBe("endpoint.polish");
});

test("what was typed for a subscriber does not go along with another role", () => {
  const draft = {
    name: " CRM ",
    role: "subscriber",
    subscriber: " crm ",
    accounts: ["northside"],
    sensitive: true,
    expiresAt: "",
    isEndless: false,
  } as const;
  const subscriber = { subscriber: "crm", accounts: ["northside"], sensitive: true };
  expect(toNewToken(draft)).toEqual({ name: "CRM", role: "subscriber", ...subscriber });
  expect(toNewToken({ ...draft, role: "viewer" })).toEqual({ name: "CRM", role: "viewer" });
});

test("what a subscriber still lacks is left out, so that the service says what is missing", () => {
  const draft = { name: "CRM", role: "subscriber", subscriber: "", accounts: [], sensitive: false } as const;
  expect(toNewToken({ ...draft, expiresAt: "", isEndless: false })).toEqual({
    name: "CRM",
    role: "subscriber",
    sensitive: false,
  });
});

test("an expiry is a moment of the reader's clock", () => {
  const draft = { name: "Ada", role: "viewer", subscriber: "", accounts: [], sensitive: false } as const;
  const { expires_at: at } = toNewToken({ ...draft, expiresAt: "2027-01-31T09:00", isEndless: false });
  expect(at).toBe(new Date(2027, 0, 31, 9).toISOString());
  // One without an end says so: left out it would be in 90 days.
  expect(toNewToken({ ...draft, expiresAt: "2027-01-31T09:00", isEndless: true }).expires_at).toBeNull();
});

test("bytes have three digits and a unit", () => {
  expect(
    [940, 12_400, 2_800_000, 88_000_000, 319_000_000, 4_200_000_000].map((bytes) => formatBytes(bytes)),
  ).toEqual(["940 B", "12.4 kB", "2.80 MB", "88.0 MB", "319 MB", "4.20 GB"]);
});
