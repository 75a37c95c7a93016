import { execFileSync } from 'node:child_process';

/** The network of the machines of one deployment: a namespace for each, with one line to where the services are. */
export interface Network {
  /** Where every machine finds the services. */
  readonly address: string;
  /** Puts a machine on the network and returns its line. */
  connect(index: number): Line;
  dispose(): void;
}

export interface Line {
  /** The name of the machine's network namespace. */
  readonly namespace: string;
  /** From now on nothing comes through, in either direction, and nobody is told. */
  cut(): void;
  mend(): void;
  remove(): void;
}

/** Out of the way of what a machine's own networks use. */
export function createNetwork(number: number): Network {
  const net = `10.${64 + (number % 128)}`;
  const address = `${net}.0.1`;
  ip('address', 'add', `${address}/32`, 'dev', 'lo');
  return {
    address,
    connect: (index) => connect(`chaos${number}`, net, index),
    dispose: () => {
      ip('address', 'del', `${address}/32`, 'dev', 'lo');
    },
  };
}

function connect(name: string, net: string, index: number): Line {
  const namespace = `${name}-${index}`;
  const [outer, inner] = [`${name}o${index}`, `${name}i${index}`];
  const [here, there] = [`${net}.${index}.1`, `${net}.${index}.2`];
  ip('netns', 'add', namespace);
  ip('link', 'add', outer, 'type', 'veth', 'peer', 'name', inner);
  ip('link', 'set', inner, 'netns', namespace);
  ip('address', 'add', `${here}/30`, 'dev', outer);
  ip('link', 'set', outer, 'up');
  const inside = (...parameters: readonly string[]) => {
    ip('-n', namespace, ...parameters);
  };
  inside('link', 'set', 'lo', 'up');
  inside('address', 'add', `${there}/30`, 'dev', inner);
  inside('link', 'set', inner, 'up');
  inside('route', 'add', 'default', 'via', here);
  return {
    namespace,
    cut: () => {
      ip('link', 'set', outer, 'down');
    },
    mend: () => {
      ip('link', 'set', outer, 'up');
    },
    remove: () => {
      ip('netns', 'del', namespace);
    },
  };
}

function ip(...parameters: readonly string[]): void {
  execFileSync('ip', parameters, { stdio: ['ignore', 'ignore', 'pipe'] });
}
