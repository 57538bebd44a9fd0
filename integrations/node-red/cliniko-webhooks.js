"use strict";

const { createInNode } = require("./in-node.js");
const { eventTypes } = require("./subscription.js");

const PATH = "/cliniko-webhooks";

module.exports = function register(RED) {
  /** What takes the callbacks of the nodes that are deployed, by id: the path of their URL names it. */
  const receivers = new Map();

  function ServiceNode(config) {
    RED.nodes.createNode(this, config);
    this.service = { url: config.url, token: this.credentials.token };
    this.receiver = `${config.receiver.replace(/\/+$/, "")}${PATH}`;
  }
  RED.nodes.registerType("cliniko-webhooks-service", ServiceNode, {
    credentials: { token: { type: "password" } },
  });

  function InNode(config) {
    RED.nodes.createNode(this, config);
    const service = RED.nodes.getNode(config.service);
    if (service) createInNode(this, config, service, receivers);
    else this.status({ fill: "red", shape: "ring", text: "no service" });
  }
  RED.nodes.registerType("cliniko-webhooks-in", InNode);

  // Node-RED parses JSON on its way to any route. What is signed is the bytes: this one is said to be parsed before anybody does.
  RED.server?.prependListener?.("request", (request) => {
    if (request.method === "POST" && request.url.includes(`${PATH}/`)) request._body = true;
  });

  // One route for all of them.
  RED.httpNode?.post?.(`${PATH}/:node`, (request, response) => {
    const receive = receivers.get(request.params.node);
    if (!receive) return void response.status(404).end();
    receive(request, response).catch(() => response.destroy());
  });

  // For the editor: what can be chosen.
  const mayRead = RED.auth.needsPermission("flows.read");
  RED.httpAdmin.get(`${PATH}/event-types/:service`, mayRead, async (request, response) => {
    const node = RED.nodes.getNode(request.params.service);
    if (!node?.service) return void response.status(404).end();
    try {
      response.json(await eventTypes(node.service));
    } catch (error) {
      response.status(502).json({ message: error.message });
    }
  });
};
