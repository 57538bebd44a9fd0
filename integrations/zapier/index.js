"use strict";

const authentication = require("./authentication.js");
const { version, dependencies } = require("./package.json");
const event = require("./triggers/event.js");
const eventType = require("./triggers/event-type.js");

module.exports = {
  version,
  platformVersion: dependencies["zapier-platform-core"],
  authentication: authentication.definition,
  beforeRequest: [authentication.addToken],
  afterResponse: [authentication.explain],
  triggers: { [event.key]: event, [eventType.key]: eventType },
};
