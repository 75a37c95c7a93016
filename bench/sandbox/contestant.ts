/** A way to run commands in a sandbox: what an agent's harness does at each turn. */
export interface Contestant {
  readonly name: 'docker' | 'bubblewrap' | 'dockerExec' | 'dockerCli' | 'miniSweAgent';
  boot(): Promise<BootedSandbox>;
  close(): Promise<void>;
}

export interface BootedSandbox {
  /** Runs a script with bash and returns how many bytes it printed. */
  run(script: string): Promise<number>;
  destroy(): Promise<void>;
}
