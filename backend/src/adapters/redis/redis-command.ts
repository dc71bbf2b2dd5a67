import net from 'node:net';

/**
 * Sends one inline command over a unix socket and returns the first line of the answer (`+PONG`, `-LOADING …`). An empty string means
 * that the server closed the connection without answering.
 * @throws the socket's error, or an error after `timeoutMs`
 */
export function redisCommand(socketPath: string, command: string, timeoutMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = net.connect(socketPath, () => socket.write(`${command}\r\n`));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error('Redis did not answer in time')));
    socket.setEncoding('utf8').on('data', (text: string) => {
      answer += text;
      if (answer.includes('\r\n')) socket.end();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve(answer.split('\r\n', 1)[0] ?? ''));
  });
}
