"use strict";

const { createReceiver } = require("./receive.js");
const { createSubscription } = require("./subscription.js");

const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 60_000;

/** The node that a flow begins with. Deployed it subscribes, and stays subscribed until it is removed. */
function createInNode(node, config, { service, receiver }, receivers) {
  const events = toList(config.events);
  const subscription = createSubscription(service, {
    url: `${receiver}/${node.id}`,
    events,
    description: `Node-RED: ${config.name || node.id}`,
    expand: toList(config.expand),
    local_time: config.localTime === true,
  });
  const context = node.context();
  const kept = { read: () => context.get("taken") ?? [], write: (ids) => context.set("taken", ids) };
  const hand = config.answer === "flow" ? untilAnswered(node) : atOnce(node);
  receivers.set(node.id, createReceiver({ verify: subscription.verify, hand, kept }));
  const stop = keepTrying(node, async () => {
    const { status } = await subscription.subscribe();
    const isPaused = status.state === "paused";
    node.status({
      fill: isPaused ? "yellow" : "green",
      shape: "dot",
      text: isPaused ? "paused" : events.join(", "),
    });
  });

  // Restarted or deployed again it stays subscribed: what happens meanwhile waits at the service.
  node.on("close", async (removed, done) => {
    receivers.delete(node.id);
    await stop();
    try {
      if (removed) await subscription.unsubscribe();
    } catch (error) {
      node.error(`not unsubscribed, delete the endpoint at the service: ${error.message}`);
    }
    done();
  });
}

/** Until it is done once: Node-RED and the service may start in any order. Resolves `stop` when nothing is under way any more. */
function keepTrying(node, subscribe) {
  let timer;
  let isStopped = false;
  let told;
  let underWay = attempt(FIRST_WAIT_MS);

  async function attempt(waitMs) {
    try {
      await subscribe();
    } catch (error) {
      node.status({ fill: "red", shape: "ring", text: "not subscribed" });
      if (error.message !== told) node.error(error.message);
      told = error.message;
      if (isStopped) return;
      timer = setTimeout(() => {
        underWay = attempt(Math.min(2 * waitMs, LONGEST_WAIT_MS));
      }, waitMs);
    }
  }

  return async function stop() {
    isStopped = true;
    clearTimeout(timer);
    await underWay;
  };
}

/** The service is done with an event as soon as the flow has it. */
function atOnce(node) {
  return async (event) => {
    node.send({ topic: event.type, payload: event });
    return true;
  };
}

/** The flow's `http response` node says when it is done, and whether it is well. */
function untilAnswered(node) {
  return async (event, request, response) => {
    node.send({ topic: event.type, payload: event, req: request, res: { _res: response } });
    await new Promise((resolve) => {
      response.once("close", resolve);
    });
    return response.writableFinished && response.statusCode >= 200 && response.statusCode < 300;
  };
}

function toList(text = "") {
  return text
    .split(",")
    .map((word) => word.trim())
    .filter((word) => word !== "");
}

module.exports = { createInNode };
