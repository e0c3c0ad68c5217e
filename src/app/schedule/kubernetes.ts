import { join } from 'node:path';
import { shellQuote } from '../../core/shell-quote.ts';
import type { FleetNightly, Schedule } from './schedule.ts';
import { whatItDoes } from './set-up-commands.ts';
import { cronTime } from './time-of-day.ts';
import { fileText, indent, yamlQuote } from './yaml-quote.ts';

/** A CronJob that starts one pod for each shard, and the volume that their catalogues are on. */
export function kubernetesSchedule(nightly: FleetNightly, image: string): Schedule {
  const { name } = nightly;
  const file = `${name}.yaml`;
  return {
    kind: 'kubernetes',
    files: [{ name: file, text: fileText([...volume(nightly), '---', ...cronJob(nightly, image)]) }],
    install: (folder) => [`kubectl apply -f ${shellQuote(join(folder, file))}`],
  };
}

function volume({ name, shards }: FleetNightly): string[] {
  return [
    '# What stays from night to night: the catalogue, the bases, and the images in their engines.',
    'apiVersion: v1',
    'kind: PersistentVolumeClaim',
    'metadata:',
    `  name: ${yamlQuote(name)}`,
    'spec:',
    ...(shards === 1
      ? ['  accessModes: [ReadWriteOnce]']
      : [
          '  # Pods on several nodes share it, each in a folder of its own. The engine needs a file system that overlayfs',
          '  # works on, so not NFS; with all pods on one node, ReadWriteOnce does.',
          '  accessModes: [ReadWriteMany]',
        ]),
    '  resources:',
    '    requests:',
    '      storage: 50Gi',
  ];
}

function cronJob({ name, at, shards }: FleetNightly, image: string): string[] {
  return [
    whatItDoes(shards),
    `# ${image} must hold this workspace, and Kiln with what it takes, with the workspace as its working directory.`,
    'apiVersion: batch/v1',
    'kind: CronJob',
    'metadata:',
    `  name: ${yamlQuote(name)}`,
    'spec:',
    "  # by the cluster's clock; timeZone: Europe/Berlin or another would say which",
    `  schedule: '${cronTime(at)}'`,
    '  concurrencyPolicy: Forbid',
    '  # a night that could not begin within two hours is left out',
    '  startingDeadlineSeconds: 7200',
    '  jobTemplate:',
    '    spec:',
    ...indent(6, division(shards)),
    '      template:',
    '        spec:',
    ...indent(10, pod(name, shards, image)),
  ];
}

function division(shards: number): string[] {
  if (shards === 1) return ['backoffLimit: 0'];
  return [
    'completionMode: Indexed',
    `completions: ${shards}`,
    `parallelism: ${shards}`,
    '# What failed is not tried again, and does not end the others, as `backoffLimit: 0` would (Kubernetes 1.29).',
    'backoffLimitPerIndex: 0',
  ];
}

function pod(name: string, shards: number, image: string): string[] {
  // each pod has a catalogue and an engine's data of its own
  const place = (what: string) =>
    shards === 1
      ? [`  subPath: ${what}`]
      : [`  subPathExpr: ${yamlQuote(`${what}-$(JOB_COMPLETION_INDEX)`)}`];
  return [
    'restartPolicy: Never',
    'terminationGracePeriodSeconds: 300',
    "# The engine that Kiln bakes with. For a node's own instead, leave this out and mount the node's",
    '# /var/run/docker.sock by hostPath: whoever may use that socket is root on the node.',
    'initContainers:',
    '  - name: engine',
    '    # a version whose images are not kept by containerd, which Kiln does not support yet',
    '    image: docker:28-dind',
    '    command: [dockerd, --host=unix:///run/kiln-engine/docker.sock]',
    '    # an init container that runs on beside the others (Kubernetes 1.29)',
    '    restartPolicy: Always',
    '    securityContext:',
    '      privileged: true',
    '    startupProbe:',
    '      exec:',
    '        command: [docker, --host=unix:///run/kiln-engine/docker.sock, info]',
    '      failureThreshold: 60',
    '      periodSeconds: 1',
    '    volumeMounts:',
    ...indent(6, [
      '- name: socket',
      '  mountPath: /run/kiln-engine',
      '- name: data',
      '  mountPath: /var/lib/docker',
      ...place('engine'),
    ]),
    'containers:',
    '  - name: nightly',
    `    image: ${yamlQuote(image)}`,
    `    command: [sh, -c, ${yamlQuote(kubernetesLiteral(command(shards)))}]`,
    '    # bases are made as root, with mounts; virtual machines want the device /dev/kvm of the node besides',
    '    securityContext:',
    '      privileged: true',
    '    env:',
    ...indent(6, [
      '- name: DOCKER_HOST',
      '  value: unix:///run/kiln-engine/docker.sock',
      '- name: KILN_HOME',
      '  value: /var/lib/kiln/home',
      '- name: XDG_CACHE_HOME',
      '  value: /var/lib/kiln/cache',
    ]),
    '    resources:',
    '      requests:',
    "        cpu: '2'",
    '        memory: 4Gi',
    '    volumeMounts:',
    ...indent(6, [
      '- name: socket',
      '  mountPath: /run/kiln-engine',
      '- name: data',
      '  mountPath: /var/lib/kiln',
      ...place('kiln'),
    ]),
    'volumes:',
    '  - name: socket',
    '    emptyDir: {}',
    '  - name: data',
    '    persistentVolumeClaim:',
    `      claimName: ${yamlQuote(name)}`,
  ];
}

/** Kiln's own process is the first one, so that it hears when the pod is to end, and removes what it was making. */
function command(shards: number): string {
  const shard = shards === 1 ? '' : ` --shard "$((JOB_COMPLETION_INDEX + 1))/${shards}"`;
  const bake = `bake nightly${shard} --report "$KILN_HOME/reports/nightly" --progress plain`;
  return `PATH="$PWD/node_modules/.bin:$PATH"; export PATH; exec ${bake}`;
}

/** Text in which `$(` names no variable of the pod: it is the shell's. */
function kubernetesLiteral(text: string): string {
  return text.replaceAll('$', '$$$$');
}
