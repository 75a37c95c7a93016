import Docker from 'dockerode';
import { afterEach, describe, expect, it } from 'vitest';

import { createDockerSandboxes } from '../../../src/sandbox/docker/docker-sandboxes.ts';
import { buildOnce } from '../../../src/sandbox/docker/docker-build.ts';
import { createHelperLabels } from '../../../src/sandbox/docker/docker-helper-labels.ts';
import { thisMaker } from '../../../src/sandbox/maker.ts';
import { dockerOptions } from '../../support/docker-engine.ts';
import { describeKills } from '../sandbox-kills.ts';
import { createDockerHost } from './docker-host.ts';

const docker = new Docker();

/** Containers and volumes that carry a home or a deployment, but for tools that are complete: those are a cache. */
async function leftOf(home: string): Promise<readonly string[]> {
  const ofHome = { label: [`selfplay.home=${home}`] };
  const ofDeployment = { label: [`selfplay.deployment=${home}`] };
  const containers = await Promise.all(
    [ofHome, ofDeployment].map((filters) => docker.listContainers({ all: true, filters })),
  );
  const { Volumes: volumes } = await docker.listVolumes();
  const names = new Set(volumes.map(({ Name }) => Name));
  const unfinished = volumes.filter(({ Labels, Name }) => isOf(Labels, home) && !names.has(`${Name}-complete`));
  const networks = await docker.listNetworks({ filters: ofDeployment });
  return [
    ...containers.flat().map(({ Names }) => Names.join()),
    ...unfinished.map(({ Name }) => Name),
    ...networks.map(({ Name }) => Name),
  ];
}

function isOf(labels: Readonly<Record<string, string>> | null, home: string): boolean {
  return labels?.['selfplay.deployment'] === home;
}

describeKills('docker', async () => {
  const host = await createDockerHost();
  const { home } = host.options;
  return { ...host, openOther: () => createDockerSandboxes(dockerOptions()), findLeft: () => leftOf(home) };
});

describe('helpers of docker sandboxes', () => {
  const made: string[] = [];
  afterEach(async () => {
    for (const name of made.splice(0)) {
      await docker
        .getContainer(name)
        .remove({ force: true })
        .catch(() => undefined);
      await docker
        .getVolume(name)
        .remove()
        .catch(() => undefined);
    }
  });

  /** The process number of a process that is none, whoever had it. */
  const gone = () => ({ 'selfplay.maker': thisMaker().replace(/-\d+$/, '-1') });

  async function aHelper(home: string, name: string, labels: Readonly<Record<string, string>>) {
    made.push(name);
    const all = { ...createHelperLabels(home)('tools', 3_600_000), ...labels };
    await docker.createVolume({ Name: name, Labels: all });
    const mounts = [{ Type: 'volume' as const, Source: name, Target: '/tools', ReadOnly: false }];
    const { baseImage } = dockerOptions();
    await docker.createContainer({
      name,
      Image: baseImage,
      Cmd: ['none'],
      Labels: all,
      HostConfig: { Mounts: mounts },
    });
  }

  it('go with their makers, and no others', async () => {
    const [ours, theirs] = [dockerOptions(), dockerOptions()];
    await aHelper(ours.home, `${ours.home}-gone`, gone());
    await aHelper(ours.home, `${ours.home}-at-work`, {});
    await aHelper(theirs.home, `${theirs.home}-gone`, gone());
    const sandboxes = createDockerSandboxes(ours);
    expect(await sandboxes.tidy()).toEqual([`${ours.home}-gone`, `${ours.home}-gone`]);
    expect(await leftOf(ours.home)).toEqual([`/${ours.home}-at-work`, `${ours.home}-at-work`]);
    expect(await leftOf(theirs.home)).toEqual([`/${theirs.home}-gone`, `${theirs.home}-gone`]);
    await sandboxes.close();
  });

  it('stand in nobody’s way when their makers are gone, whoever they worked for', async () => {
    const theirs = dockerOptions();
    const name = `${theirs.home}-gone`;
    await aHelper(theirs.home, name, gone());
    const create = { Image: dockerOptions().baseImage, Cmd: ['none'] };
    const built: string[] = [];
    const work = (container: Docker.Container) => Promise.resolve(void built.push(container.id));
    await buildOnce(docker, { name, create, isDone: () => Promise.resolve(built.length > 0), work });
    expect(built).toHaveLength(1);
    expect(await docker.listContainers({ all: true, filters: { name: [name] } })).toEqual([]);
  });

  it('of a maker elsewhere go when their time is over', async () => {
    const { home } = dockerOptions();
    const elsewhere = { 'selfplay.maker': '00000000-1-2-3' };
    await aHelper(home, `${home}-young`, elsewhere);
    await aHelper(home, `${home}-old`, { ...elsewhere, 'selfplay.expires': '2026-01-02T03:04:05.678Z' });
    const sandboxes = createDockerSandboxes(dockerOptions({ home }));
    expect(await sandboxes.tidy()).toEqual([`${home}-old`, `${home}-old`]);
    await sandboxes.close();
  });
});
