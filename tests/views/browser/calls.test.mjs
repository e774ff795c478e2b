// Calls of the page to the kernel, and retries where there is no answer.
import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import { Calls, ViewClosed, Unreachable } from "../../../emotoolkit/views/browser/calls.js";
import { Puller } from "../../../emotoolkit/views/browser/puller.js";
import { Log } from "../../../emotoolkit/views/browser/view_log.js";

const settled = async () => {
  for (let n = 0; n < 20; n++) await Promise.resolve();
};

const status = { position: 0, speed: 1, state: "playing", duration: 30, accepts_commands: true };

function model() {
  const listeners = new Map();
  const sent = [];
  return {
    sent,
    get: () => "http://127.0.0.1:1234/key",
    on: (event, act) => listeners.set(event, act),
    off: (event) => listeners.delete(event),
    send: (content) => sent.push(content),
    receive: (...message) => listeners.get("msg:custom")?.(...message),
  };
}

function stubFetch(...responses) {
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

test("a page of this machine calls the server", async () => {
  const fetched = stubFetch({ json: async () => ({ status_key: "s" }) });
  const calls = new Calls(model());
  assert.deepEqual(await calls.ask({ do: "pull" }), { answer: { status_key: "s" }, data: null });
  assert.deepEqual(fetched, [["http://127.0.0.1:1234/key", "pull"]]);
});

test("a page of another machine calls by comm, and gets its own answer", async () => {
  globalThis.location = { protocol: "https:", hostname: "hub.example" };
  const one = model();
  const calls = new Calls(one);
  const asked = calls.ask({ do: "chunk", from: 0 });
  assert.deepEqual(one.sent, [{ number: 1, call: { do: "chunk", from: 0 } }]);
  one.receive({ number: 7, answer: {} });
  one.receive({ number: 1, answer: { bytes: 3 } }, ["abc"]);
  assert.deepEqual(await asked, { answer: { bytes: 3 }, data: "abc" });
});

test("where the server cannot be reached at first, comm takes over for good", async () => {
  const fetched = stubFetch();
  const one = model();
  const calls = new Calls(one);
  const asked = calls.ask({ do: "pull" });
  await settled();
  one.receive({ number: 1, answer: {} });
  await asked;
  calls.ask({ do: "pull" });
  assert.deepEqual([fetched.length, one.sent.length], [1, 2]);
  calls.pending.forEach(({ timer }) => clearTimeout(timer));
});

test("a server that has answered and does not any more is unreachable", async () => {
  stubFetch({ json: async () => ({}) });
  const calls = new Calls(model());
  await calls.ask({ do: "pull" });
  await assert.rejects(calls.ask({ do: "pull" }), Unreachable);
});

test("a view that was closed is closed for good", async () => {
  stubFetch({ status: 404 });
  await assert.rejects(new Calls(model()).ask({ do: "pull" }), ViewClosed);
});

test("a command goes to the sending process; what that does not take goes to the kernel", async () => {
  const fetched = stubFetch({ json: async () => ({ state: "paused" }) }, { json: async () => ({}) }, { ok: false });
  const calls = new Calls(model());
  const { answer } = await calls.sendCommand({ do: "pause" }, "http://127.0.0.1:9/send");
  assert.deepEqual(answer, { status: { state: "paused" } });
  await calls.sendCommand({ do: "preview" }, "http://127.0.0.1:9/send");
  await assert.rejects(calls.sendCommand({ do: "play" }, "http://127.0.0.1:9/send"), Unreachable);
  assert.deepEqual(fetched.map(([url]) => url.slice(-5)), ["/send", "4/key", "/send", "4/key"]);
});

test("closing a view rejects the calls without an answer", async () => {
  globalThis.location = { protocol: "https:", hostname: "hub.example" };
  const calls = new Calls(model());
  const asked = assert.rejects(calls.ask({ do: "pull" }), ViewClosed);
  calls.close();
  await asked;
});

function makePuller(...answers) {
  const asked = [];
  const ask = async (call) => {
    asked.push(call);
    const answer = answers.shift();
    if (answer instanceof Error) throw answer;
    return answer ? { answer } : new Promise(() => {});
  };
  const log = new Log(() => 0);
  let answerCount = 0;
  return { puller: new Puller({ ask }, log, () => answerCount++), asked, log, answerCount: () => answerCount };
}

test("entries are pulled while a view is visible", async () => {
  const message = ["message", "interhuman", "ready", null, null, 0, ""];
  const news = { from: 0, entries: [message], status_key: "a", status };
  const { puller, asked, log, answerCount } = makePuller(news);
  puller.setVisible("view", true);
  puller.setVisible("another", true);
  await settled();
  const pulls = asked.map(({ entry_count, status_key }) => [entry_count, status_key]);
  assert.deepEqual(pulls, [[0, ""], [1, "a"]]);
  assert.deepEqual([log.messages.length, answerCount()], [1, 1]);
});

test("a kernel that does not answer is asked less and less often", async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  const { puller, asked, log } = makePuller(...Array.from({ length: 5 }, () => new Unreachable("busy")));
  puller.setVisible("view", true);
  await settled();
  assert.deepEqual([asked.length, log.error], [1, "busy"]);
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

test("a view that was closed in the kernel stops pulling, and says so", async () => {
  const { puller, asked, log, answerCount } = makePuller({ closed: true });
  puller.setVisible("view", true);
  await settled();
  assert.deepEqual([asked.length, answerCount(), puller.closed], [1, 1, true]);
  assert.match(log.error, /was closed in the kernel/);
});
