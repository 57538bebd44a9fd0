import { setFlagsFromString } from "node:v8";
import { runInThisContext } from "node:vm";

import { expect, test } from "vitest";

import { mendStrings } from "../../../../src/store/redis/mend-client.ts";

setFlagsFromString("--allow-natives-syntax");
const areFoundAtOnce = (): unknown => runInThisContext("%HasFastProperties(String.prototype)");

test("methods of strings are found at once, although somebody made a class of String", () => {
  class Text extends String {}
  const text = new Text("knee");

  mendStrings();

  expect(text.trim()).toBe("knee");
  expect(areFoundAtOnce()).toBe(true);
});
