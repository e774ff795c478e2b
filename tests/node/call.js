// A call as the vendor's own program makes it: 300 ms packets, empty buffer, report. The options are socket.io's.
const fs = require("fs");
const { io } = require("socket.io-client");

const [url, file, options = "{}"] = process.argv.slice(2);
const sound = fs.readFileSync(file);
const size = 3308 * 2;
const said = { segments: 0, completed: false };
const socket = io(url, JSON.parse(options));

const fail = (what) => (reason) => {
  console.error(what, reason);
  process.exit(1);
};
socket.on("connect_error", fail("connect_error"));
socket.on("audio-analysis-error", fail("audio-analysis-error"));

socket.on("connect", () =>
  socket.emit("handshake", { isPCM: true, channels: 1, backgroundNoise: 1000, bitRate: 16, sampleRate: 11025 }),
);
socket.on("handshake-done", (answer) => {
  if (!answer.success) fail("handshake-done")(answer.error);
  said.streamId = answer.data.streamId;
  for (let at = 0; at < sound.length; at += size) socket.emit("audio-stream", sound.subarray(at, at + size));
  socket.emit("audio-stream", Buffer.alloc(0));
});
socket.on("audio-analysis", (answer) => {
  if (answer.data.done) said.segments += 1;
});
socket.on("audio-analysis-completed", (answer) => {
  said.completed = answer.success;
  socket.emit("fetch-analysis-report", { outputFormat: "json", fetchSegments: false });
});
socket.on("analysis-report-ready", (answer) => {
  said.report = answer.data.reports;
  said.transport = socket.io.engine.transport.name;
  socket.disconnect();
  console.log(JSON.stringify(said));
});
