// The loop that everybody writes, in Node: send, setTimeout, send. Prints how late each packet was, in seconds.
const { io } = require("socket.io-client");

const [url, seconds] = process.argv.slice(2);
const packet = 300;
const sound = Buffer.alloc(9600);
const socket = io(url, { transports: ["websocket"], reconnection: false });
const late = [];

socket.on("connect", () => {
  socket.emit("handshake", { isPCM: true, channels: 1, backgroundNoise: 1000, bitRate: 16, sampleRate: 16000 });
  const began = performance.now();
  const send = () => {
    late.push((performance.now() - began - (late.length + 1) * packet) / 1000);
    socket.emit("audio-stream", sound);
    if ((late.length + 1) * packet <= seconds * 1000) setTimeout(send, packet);
    else setTimeout(() => {
      console.log(JSON.stringify(late));
      socket.disconnect();
    }, packet);
  };
  setTimeout(send, packet);
});
