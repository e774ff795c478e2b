// How the page asks the kernel, and how often where nobody answers.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Calls, Closed, Gone } from "../../../emotoolkit/views/browser/calls.js";
import { Puller } from "../../../emotoolkit/views/browser/puller.js";
import { Log } from "../../../emotoolkit/views/browser/view_log.js";

const settled = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

const now = { position: 0, speed: 1, state: "playing", duration: 30, live: true };

function model() {
  const listeners = new Map();
  const sent = [];
  return {
    sent,
    get: () => "http://127.0.0.1:1234/key",
    on: (event, act) => listeners.set(event, act),
    off: (event) => listeners.delete(event),
    send: (content) => sent.push(content),
    hear: (...message) => listeners.get("msg:custom")?.(...message),
  };
}

function answering(...responses) {
  const fetched = [];
  globalThis.fetch = async (url, { body }) => {
    fetched.push([url, JSON.parse(body).do]);
    const response = responses.shift();
    if (!response) throw new TypeError("Failed to fetch");
    return { status: 200, ok: true, ...response };
  };
  return fetched;
}

beforeEach(() => {
  globalThis.location = { protocol: "http:", hostname: "localhost" };
});

test("a page of this machine asks the server", async () => {
  const fetched = answering({ json: async () => ({ seen: "s" }) });
  const calls = new Calls(model());
  assert.deepEqual(await calls.ask({ do: "pull" }), { answer: { seen: "s" }, data: null });
  assert.deepEqual(fetched, [["http://127.0.0.1:1234/key", "pull"]]);
});

test("a page of another machine asks by comm, and gets its own answer", async () => {
  globalThis.location = { protocol: "https:", hostname: "hub.example" };
  const one = model();
  const calls = new Calls(one);
  const asked = calls.ask({ do: "chunk", from: 0 });
  assert.deepEqual(one.sent, [{ number: 1, call: { do: "chunk", from: 0 } }]);
  one.hear({ number: 7, answer: {} });
  one.hear({ number: 1, answer: { bytes: 3 } }, ["abc"]);
  assert.deepEqual(await asked, { answer: { bytes: 3 }, data: "abc" });
});

test("where the server cannot be reached at first, comm takes over for good", async () => {
  const fetched = answering();
  const one = model();
  const calls = new Calls(one);
  const asked = calls.ask({ do: "pull" });
  await settled();
  one.hear({ number: 1, answer: {} });
  await asked;
  calls.ask({ do: "pull" });
  assert.deepEqual([fetched.length, one.sent.length], [1, 2]);
  calls.waiting.forEach(({ timer }) => clearTimeout(timer));
});

test("a server that has answered and does not any more is gone", async () => {
  answering({ json: async () => ({}) });
  const calls = new Calls(model());
  await calls.ask({ do: "pull" });
  await assert.rejects(calls.ask({ do: "pull" }), Gone);
});

test("a view that was closed is closed for good", async () => {
  answering({ status: 404 });
  await assert.rejects(new Calls(model()).ask({ do: "pull" }), Closed);
});

test("a replay is steered at its door; what the door does not take is the kernel's", async () => {
  const fetched = answering({ json: async () => ({ state: "paused" }) }, { json: async () => ({}) }, { ok: false });
  const calls = new Calls(model());
  assert.deepEqual((await calls.steer({ do: "pause" }, "door")).answer, { now: { state: "paused" } });
  await calls.steer({ do: "preview" }, "door");
  await assert.rejects(calls.steer({ do: "play" }, "door"), Gone);
  assert.deepEqual(fetched.map(([url]) => url.slice(-4)), ["door", "/key", "door", "/key"]);
});

test("nobody waits for a view that closes", async () => {
  globalThis.location = { protocol: "https:", hostname: "hub.example" };
  const calls = new Calls(model());
  const asked = assert.rejects(calls.ask({ do: "pull" }), Closed);
  calls.close();
  await asked;
});

function pulling(...answers) {
  const asked = [];
  const ask = async (call) => {
    asked.push(call);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ? { answer } : new Promise(() => {});
  };
  const log = new Log(() => 0);
  let told = 0;
  return { puller: new Puller({ ask }, log, () => told++), asked, log, told: () => told };
}

test("what is new is pulled for as long as somebody looks", async () => {
  const message = ["said", "interhuman", "ready", null, null, 0, ""];
  const news = { from: 0, entries: [message], seen: "a", now };
  const { puller, asked, log, told } = pulling(news);
  puller.look("view", true);
  puller.look("another", true);
  await settled();
  assert.deepEqual(asked, [{ do: "pull", have: 0, seen: "" }, { do: "pull", have: 1, seen: "a" }]);
  assert.deepEqual([log.messages.length, told()], [1, 1]);
});

test("a kernel that does not answer is asked less and less often", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { puller, asked, log } = pulling(...Array.from({ length: 5 }, () => new Gone("busy")));
  puller.look("view", true);
  await settled();
  assert.deepEqual([asked.length, log.trouble], [1, "busy"]);
  for (const wait of [2000, 4000, 8000]) {
    const before = asked.length;
    mock.timers.tick(wait - 1);
    await settled();
    assert.equal(asked.length, before);
    mock.timers.tick(1);
    await settled();
    assert.equal(asked.length, before + 1);
  }
  mock.timers.reset();
});

test("a view that was closed in the kernel asks nothing any more, and says so", async () => {
  const { puller, asked, log, told } = pulling({ closed: true });
  puller.look("view", true);
  await settled();
  assert.deepEqual([asked.length, told(), puller.closed], [1, 1, true]);
  assert.match(log.trouble, /was closed in the kernel/);
});
