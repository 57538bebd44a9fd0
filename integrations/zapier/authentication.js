"use strict";

/** A service of one's own, and a token for it. */
const definition = {
  type: "custom",
  fields: [
    {
      key: "url",
      label: "Service",
      required: true,
      type: "string",
      placeholder: "https://webhooks.northside.example",
      helpText: "Where your cliniko-webhooks service is reached from the internet.",
    },
    {
      key: "token",
      label: "Token",
      required: true,
      type: "password",
      helpText:
        "`cliniko-webhooks tokens create zapier --role subscriber --subscriber zapier --accounts northside --no-expiry` prints one.",
    },
  ],
  test: { url: "{{bundle.authData.url}}/v1/me" },
  connectionLabel: "{{name}}",
};

function addToken(request, z, { authData }) {
  if (authData.token) request.headers.authorization = `Bearer ${authData.token}`;
  return request;
}

/** The service says of each setting what is wrong with it and what to do: that is what a person should see. */
function explain(response, z) {
  if (response.status < 400) return response;
  // What is to go is gone.
  if (response.status === 404 && response.request.method === "DELETE") {
    response.skipThrowForStatus = true;
    return response;
  }
  if (response.status === 401)
    throw new z.errors.Error("The service does not know this token.", "AuthenticationError", 401);
  let problem;
  try {
    problem = z.JSON.parse(response.content);
  } catch {
    response.throwForStatus();
  }
  const each = (problem.errors ?? []).map(({ path, message, remedy }) => `${path} ${message}: ${remedy}`);
  throw new z.errors.Error(each.join("; ") || problem.detail, problem.code, response.status);
}

module.exports = { addToken, definition, explain };
