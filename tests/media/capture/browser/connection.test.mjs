// The connection to Python: a socket, opened again once where it broke, or else the kernel.
import assert from "node:assert/strict";
import { afterEach, beforeEach, mock, test } from "node:test";

import { Connection } from "../../../../emotoolkit/media/capture/browser/connection.js";

class Socket {
  static OPEN = 1;
  static made = [];
  readyState = 0;
  sent = [];

  constructor() {
    Socket.made.push(this);
  }

  opens() {
    this.readyState = Socket.OPEN;
    this.onopen();
  }

  send(data) {
    this.sent.push(data);
  }

  close() {
    this.readyState = 3;
    this.onclose();
  }
}

function connecting() {
  const events = [];
  const byKernel = [];
  const model = { send: (content, _, buffers) => byKernel.push(buffers ? [content, buffers.length] : content) };
  const connection = new Connection(model, {
    connected: () => events.push("connected"),
    received: (message) => events.push(message),
    lost: () => events.push("lost"),
  });
  connection.open("ws://here");
  return { connection, events, byKernel };
}

const does = (texts) => texts.map((text) => JSON.parse(text).do);

beforeEach(() => {
  Socket.made = [];
  globalThis.WebSocket = Socket;
  mock.timers.enable({ apis: ["setTimeout"] });
});

afterEach(() => mock.timers.reset());

test("an open socket is greeted, and carries what there is", () => {
  const { connection, events, byKernel } = connecting();
  const [socket] = Socket.made;
  socket.opens();
  connection.send({ do: "end" });
  assert.equal(connection.sendChunk(new Uint8Array(3)), true);
  socket.onmessage({ data: '{"do": "start"}' });
  assert.deepEqual(does(socket.sent.slice(0, 2)), ["hello", "end"]);
  assert.deepEqual([events, byKernel], [["connected", { do: "start" }], []]);
});

test("a socket that does not open in time gives way to the kernel", () => {
  const { connection, events, byKernel } = connecting();
  mock.timers.tick(3000);
  assert.deepEqual(events, ["connected"]);
  assert.equal(connection.sendChunk(new Uint8Array(3)), true);
  assert.deepEqual(byKernel, [{ do: "hello", page: connection.page }, [{ do: "chunk" }, 1]]);
});

test("where there are no sockets, the kernel carries everything", () => {
  globalThis.WebSocket = class {
    constructor() {
      throw new Error("not from here");
    }
  };
  assert.equal(connecting().byKernel.length, 1);
});

test("a socket that breaks is opened once more, and nothing goes through the kernel meanwhile", () => {
  const { connection, events, byKernel } = connecting();
  Socket.made[0].opens();
  Socket.made[0].close();
  connection.send({ do: "end" });
  assert.equal(connection.sendChunk(new Uint8Array(3)), false);
  mock.timers.tick(300);
  Socket.made[1].opens();
  assert.deepEqual([events, byKernel], [["connected", "connected"], []]);
  assert.deepEqual(does(Socket.made[1].sent), ["hello"]);
});

test("a second break without a word between is the end", () => {
  const { events } = connecting();
  Socket.made[0].opens();
  Socket.made[0].close();
  mock.timers.tick(300);
  Socket.made[1].close();
  assert.deepEqual(events, ["connected", "lost"]);
});

test("a connection that was ended closes after the last message, and is not missed", () => {
  const { connection, events } = connecting();
  Socket.made[0].opens();
  connection.end();
  assert.equal(Socket.made[0].readyState, Socket.OPEN);
  mock.timers.tick(500);
  assert.equal(Socket.made[0].readyState, 3);
  assert.deepEqual(events, ["connected"]);
});
