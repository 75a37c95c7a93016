import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** A port of one address that leads to another one of this machine; what is not there is refused, as it would be. */
export interface Forward {
  readonly port: number;
  close(): void;
}

/** Services listen on 127.0.0.1, which is another one in each machine. */
export async function forward(address: string, target: number): Promise<Forward> {
  const sockets = new Set<Socket>();
  const server = createServer((client) => {
    const service = connect(target, '127.0.0.1');
    client.pipe(service).pipe(client);
    for (const socket of [client, service]) {
      sockets.add(socket);
      const end = () => {
        client.destroy();
        service.destroy();
        sockets.delete(socket);
      };
      socket.on('error', end).on('close', end);
    }
  });
  server.listen(0, address);
  await once(server, 'listening');
  const listening = server.address();
  if (listening === null || typeof listening !== 'object') throw new Error('a forward without a port');
  return {
    port: listening.port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
