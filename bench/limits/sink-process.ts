/** Discards what it receives, and answers once it has received that many bytes: the other end of `stream-limit.ts`. */

import { createServer } from 'node:net';

const [port = 0, totalBytes = 0] = process.argv.slice(2).map(Number);

const server = createServer((socket) => {
  let missing = totalBytes;
  socket.on('data', (chunk) => {
    missing -= chunk.length;
    if (missing <= 0) socket.write('d');
  });
  socket.on('error', () => socket.destroy());
});
server.listen(port, '127.0.0.1');
