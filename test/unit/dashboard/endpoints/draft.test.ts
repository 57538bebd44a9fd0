import { describe, expect, test } from "vitest";

import type { Endpoint } from "../../../../dashboard/api/answers.ts";
import {
  ANY,
  type Draft,
  EMPTY_DRAFT,
  draftOf,
  toChange,
  toFilter,
  toNewBody,
} from "../../../../dashboard/pages/endpoints/form/draft.ts";
import { rebase } from "../../../../dashboard/pages/endpoints/form/rebase.ts";
import { ENDPOINT } from "../../../../src/ops/api/endpoints/endpoint-examples.ts";
import {
  endpointChangeSchema,
  endpointSchema,
  newEndpointSchema,
} from "../../../../src/ops/api/endpoints/endpoint-schemas.ts";

const endpoint: Endpoint = endpointSchema.parse(ENDPOINT);

describe("a new endpoint", () => {
  test("leaves to the service what nobody typed", () => {
    const body = toNewBody({ ...EMPTY_DRAFT, url: " https://a.example/hook ", events: ["*"] });
    expect(newEndpointSchema.parse(body)).toEqual({
      url: "https://a.example/hook",
      events: ["*"],
      signature: "v1",
      paused: false,
      description: "",
      accounts: null,
      when: [],
      payload: "full",
      include: [],
      expand: [],
      local_time: false,
      format: "standard",
      ordering: "none",
      concurrency: null,
      rate_limit: null,
      attempts: null,
      body_signature: null,
      headers: {},
      tls: null,
    });
  });

  test("carries everything that was typed", () => {
    const draft: Draft = {
      ...EMPTY_DRAFT,
      id: "crm",
      url: "https://a.example/hook",
      events: ["patient.*"],
      accounts: ["northside"],
      signature: "v1a",
      concurrency: "4",
      rateLimit: "0.5",
      attempts: "3",
      bodySignature: " X-Hub-Signature-256 ",
      expand: ["patient"],
      localTime: true,
      format: "cloudevents",
      headers: [
        { name: " X-Team ", value: "a" },
        { name: "", value: "" },
      ],
      tls: { ca: "-----BEGIN", certificate: "", key: "" },
    };
    expect(newEndpointSchema.parse(toNewBody(draft))).toMatchObject({
      id: "crm",
      accounts: ["northside"],
      signature: "v1a",
      concurrency: 4,
      rate_limit: 0.5,
      attempts: 3,
      body_signature: "X-Hub-Signature-256",
      expand: ["patient"],
      local_time: true,
      format: "cloudevents",
      headers: { "X-Team": "a" },
      tls: { ca: "-----BEGIN" },
    });
  });

  test("says the values of conditions as what they are", () => {
    const condition = { field: "archived_at", from: ANY, to: ANY };
    const when = [
      condition,
      { ...condition, from: { kind: "empty", text: "" }, to: { kind: "yes", text: "" } },
      { ...condition, from: { kind: "text", text: "12" }, to: { kind: "number", text: "12" } },
      { ...condition, to: { kind: "number", text: "twelve" } },
      { field: " ", from: ANY, to: ANY },
    ] as const;
    expect(toFilter({ ...EMPTY_DRAFT, when }).when).toEqual([
      { field: "archived_at" },
      { field: "archived_at", from: null, to: true },
      { field: "archived_at", from: "12", to: 12 },
      { field: "archived_at", to: "twelve" },
    ]);
  });
});

describe("a change", () => {
  const former = draftOf(endpoint);

  test("is empty when nothing was typed, whatever the endpoint has", () => {
    const full: Endpoint = {
      ...endpoint,
      rate_limit: 5,
      attempts: 3,
      body_signature: "x-signature",
      expand: ["*"],
      local_time: true,
      format: "cloudevents",
      when: [
        { field: "notes", from: null, to: "a" },
        { field: "arrived", to: false },
      ],
      tls: { key: "[secret]" },
    };
    expect(toChange(draftOf(full), draftOf(full))).toEqual({});
    expect(toFilter(draftOf(full)).when).toEqual(full.when);
  });

  test("names what was typed, and nothing else", () => {
    const change = toChange(former, { ...former, payload: "ids", rateLimit: "10" });
    expect(change).toEqual({ payload: "ids", rate_limit: 10 });
    expect(endpointChangeSchema.parse(change)).toEqual(change);
  });

  test("takes a setting back to its default with null", () => {
    expect(toChange({ ...former, rateLimit: "10" }, { ...former, rateLimit: "" })).toEqual({
      rate_limit: null,
    });
  });

  test("leaves headers alone that are not replaced, and replaces them as a whole", () => {
    expect(former.headers).toBeNull();
    expect(toChange(former, { ...former, headers: [{ name: "x-team", value: "b" }] })).toEqual({
      headers: { "x-team": "b" },
    });
  });
});

describe("somebody else's change in between", () => {
  const former = draftOf(endpoint);
  const newer: Draft = { ...former, payload: "changes", description: "theirs" };

  test("is kept beside what was typed here", () => {
    const mine = { ...former, url: "https://b.example/" };
    expect(rebase(former, mine, newer)).toEqual({
      draft: { ...newer, url: "https://b.example/" },
      theirs: ["description", "payload"],
      both: [],
    });
  });

  test("of the same field is named, and what was typed here stands", () => {
    const mine = { ...former, payload: "ids" as const };
    const rebased = rebase(former, mine, newer);
    expect(rebased.draft).toEqual({ ...newer, payload: "ids" });
    expect(rebased.both).toEqual(["payload"]);
  });
});
