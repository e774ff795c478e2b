// A server of the socket.io that was current until 2020. It prints its port, and what it hears.
const server = require("http").createServer();
const io = require("socket.io-2")(server, { transports: ["websocket"] });

io.on("connection", (socket) => {
  socket.on("handshake", () => {
    console.log("handshake");
    socket.emit("handshake-done", { success: true, data: { streamId: "old" } });
  });
  socket.on("audio-stream", (sound) => console.log("audio-stream", sound.length));
  socket.on("disconnect", () => console.log("disconnect"));
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.on("end", () => process.exit(0)).resume();
