import { expect, test } from "vitest";

import {
  clearSessionCookie,
  holdsPlantedCookie,
  isOverHttps,
  readSessionCookie,
  setSessionCookie,
} from "../../../src/ops/session-cookie.ts";

const HTTPS = "https://webhooks.northside.example";
const HTTP = "http://webhooks.northside.example";
const HOST = "webhooks.northside.example";

test.each([
  ["an origin of https", { origin: HTTPS, host: HOST }, undefined, true],
  ["an origin of http", { origin: HTTP, host: HOST }, undefined, false],
  ["no origin", { host: HOST }, undefined, false],
  ["an origin that is none", { origin: "null", host: HOST }, undefined, false],
  ["what any caller can write", { host: HOST, "x-forwarded-proto": "https" }, undefined, false],
  ["no origin, and a public address of https", { host: HOST }, HTTPS, true],
  ["no origin, and a public address of http", { host: HOST }, HTTP, false],
  ["an origin of http, and a public address of https", { origin: HTTP, host: HOST }, HTTPS, true],
  ["a tunnel to the machine itself", { origin: "http://127.0.0.1:8321", host: HOST }, HTTPS, false],
  ["the machine itself, without an origin", { host: "localhost:8321" }, HTTPS, false],
  ["the machine itself by IPv6", { host: "[::1]:8321" }, HTTPS, false],
  ["a name that stands for the machine itself", { host: "cw.localhost:8321" }, HTTPS, false],
  ["a name that begins like the machine itself", { host: "127.0.0.1.evil.example" }, HTTPS, true],
] as const)("%s: over https %s", (_what, headers, publicUrl, expected) => {
  expect(isOverHttps(headers, publicUrl)).toBe(expected);
});

test("a cookie is found among others, and by its whole name", () => {
  const read = (cookie: string | undefined) => readSessionCookie({ cookie, host: HOST }, undefined);

  expect(read("theme=dark; cw_session=abc; x=y")).toEqual({ name: "cw_session", secret: "abc" });
  expect(read("xcw_session=abc")).toBeUndefined();
  expect(read("cw_sessions=abc; cw_session")).toBeUndefined();
  expect(read("")).toBeUndefined();
  expect(read(undefined)).toBeUndefined();
});

test("a cookie that only this host can have set counts before one that another may have planted", () => {
  const cookie = "cw_session=planted; __Host-cw_session=ours";

  expect(readSessionCookie({ cookie, host: HOST }, undefined)?.secret).toBe("ours");
});

test("where people come over https, a cookie of plain http is none", () => {
  const read = (host: string) => readSessionCookie({ cookie: "cw_session=abc", host }, HTTPS);

  expect(read(HOST)).toBeUndefined();
  expect(read("127.0.0.1:8321")?.secret).toBe("abc");
});

test("where a browser shows by what it sends that it came over https, a cookie of plain http is none", () => {
  const read = (headers: Record<string, string>) =>
    readSessionCookie({ cookie: "cw_session=planted", ...headers }, undefined);

  expect(read({ host: HOST, "sec-fetch-site": "same-origin" })).toBeUndefined();
  // The twins: over plain http it is not sent, and on the machine itself it says nothing.
  expect(read({ host: HOST })?.secret).toBe("planted");
  expect(read({ host: "127.0.0.1:8321", "sec-fetch-site": "same-origin" })?.secret).toBe("planted");
});

test("of two cookies one was planted, so that neither opens anything", () => {
  const read = (cookie: string) => readSessionCookie({ cookie, host: HOST }, undefined)?.secret;

  for (const cookie of ["cw_session=planted; cw_session=ours", "cw_session=ours; a=b; cw_session=planted"]) {
    expect(read(cookie)).toBeUndefined();
    expect(holdsPlantedCookie({ cookie })).toBe(true);
  }
  expect(read("cw_session=ours; cw_session=ours")).toBe("ours");
  expect(holdsPlantedCookie({ cookie: "cw_session=ours; cw_session=ours" })).toBe(false);
  expect(read("cw_session=planted; cw_session=planted2; __Host-cw_session=ours")).toBe("ours");
});

test.each(["\u00A0", "\uFEFF", "\u2003", "\v", "\f"])(
  "%j before __Host- is a part of another name",
  (space) => {
    const read = (pair: string) => readSessionCookie({ cookie: `a=b; ${pair}`, host: HOST }, undefined);

    expect(read(`${space}__Host-cw_session=planted`)).toBeUndefined();
    expect(read("__Host-cw_session=ours")?.secret).toBe("ours");
  },
);

test("what is set and what takes it back have the same name and place", () => {
  for (const headers of [{ origin: HTTPS }, { origin: HTTP }]) {
    const [name = "", ...flags] = setSessionCookie("abc", headers, undefined).split(/=abc; |; /);
    const [cleared, ...others] = clearSessionCookie(name).split("; ");

    expect(cleared).toBe(`${name}=`);
    expect(others).toEqual([...flags, "Max-Age=0"]);
    expect(flags.slice(0, 3)).toEqual(["Path=/", "HttpOnly", "SameSite=Strict"]);
  }
});
