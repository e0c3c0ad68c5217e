import * as assert from 'uvu/assert';
import { platformOf, publishOf } from '../../../src/config/environment.ts';
import { loadEnvironments } from '../../../src/config/environments.ts';
import { suite } from '../../support/suite.ts';
import { environmentProblems, sampleWorkspace } from './sample-workspace.ts';

const test = suite('an environment');
const FILE = 'environments/prod/environment.yaml';
const STAGING = { 'environments/staging/environment.yaml': 'platform: docker\n' };

async function loaded(text: string, signal: AbortSignal) {
  await using workspace = await sampleWorkspace({ ...STAGING, [FILE]: text });
  const { environments, problems } = await loadEnvironments(workspace.root, {}, signal);
  assert.equal(problems, []);
  const prod = environments.get('prod');
  if (prod === undefined) throw new Error('the environment was not loaded');
  return prod.config;
}

/** The problems of an environment of this text, without the file's name. */
async function problems(text: string): Promise<string[]> {
  const found = await environmentProblems({ ...STAGING, [FILE]: text });
  return found.map((line) => line.replace(`${FILE}:`, ''));
}

test('the design’s own is read with its times in milliseconds', async ({ signal }) => {
  const text = `platform: docker
after: staging
soak: 1h
max-age: 30d
images:
  web: { count: 2, publish: ["8080-8081:80"], role: web, check-before-swap: true }
  app:
`;
  assert.equal(await loaded(text, signal), {
    platform: 'docker',
    after: 'staging',
    soak: 3_600_000,
    'max-age': 2_592_000_000,
    images: {
      web: {
        count: 2,
        publish: [{ from: 8080, to: 8081, port: 80, protocol: 'tcp' }],
        role: 'web',
        'check-before-swap': true,
        'on-request': false,
      },
      app: { count: 1, publish: [], 'check-before-swap': true, 'on-request': false },
    },
  });
});

test('the least is a platform', async ({ signal }) => {
  assert.equal(await loaded('platform: docker\n', signal), { platform: 'docker', images: {} });
  assert.equal(await loaded('platform: qemu\n', signal), { platform: 'qemu', images: {} });
});

test('an image may run elsewhere than the others of its environment', async ({ signal }) => {
  const text = 'platform: docker\nimages: { web: { platform: qemu, on-request: true }, app: }\n';
  const config = await loaded(text, signal);
  assert.is(config.images['web']?.['on-request'], true);
  assert.equal(
    ['web', 'app', 'constructor'].map((template) => platformOf(config, template)),
    ['qemu', 'docker', 'docker'],
  );
});

test('each slot is published at a port of its own', async ({ signal }) => {
  const publish = '["8080-8082:80", "127.0.0.1:5300-5302:53/udp", "[::1]:9000-9002:9000/tcp"]';
  const { images } = await loaded(
    `platform: docker\nimages: { web: { count: 3, publish: ${publish} } }\n`,
    signal,
  );
  const web = images['web'];
  if (web === undefined) throw new Error('the image was not loaded');
  assert.equal(publishOf(web, 1), [
    { hostPort: 8080, port: 80, protocol: 'tcp' },
    { host: '127.0.0.1', hostPort: 5300, port: 53, protocol: 'udp' },
    { host: '::1', hostPort: 9000, port: 9000, protocol: 'tcp' },
  ]);
  assert.equal(
    publishOf(web, 3).map(({ hostPort }) => hostPort),
    [8082, 5302, 9002],
  );
});

for (const [age, ms] of [
  ['90s', 90_000],
  ['1.5h', 5_400_000],
  ['30d', 2_592_000_000],
  ['3650d', 315_360_000_000],
] as const) {
  test(`an age of ${age} is more than a timer needs to wait`, async ({ signal }) => {
    assert.is((await loaded(`platform: docker\nmax-age: ${age}\n`, signal))['max-age'], ms);
  });
}

test('ranges that do not meet are fine: other ports, addresses, families or protocols', async () => {
  const publish =
    '["80:80", "81:80", "80:53/udp", "127.0.0.1:82:80", "127.0.0.2:82:80", "[::1]:82:80", "0.0.0.0:83:1", "[::]:83:1"]';
  assert.equal(await problems(`platform: docker\nimages: { web: { publish: ${publish} } }\n`), []);
});

const UNITS = 'needs a unit: s, m, h or d, as in 30m, 12h, 30d';
const FORM =
  'is not [ADDRESS:]PORT[-PORT]:PORT[/udp], with the ports of the host first: "8080:80", "8080-8081:80", "127.0.0.1:53:53/udp"';
const NAME =
  'is not a name: names become image and host names, so they are lower-case letters and digits with hyphens between, at most 63';
const ROLE = 'is not a role: it becomes part of file names, so it is lower-case letters, digits, `_` and `-`';

/** Lines after the platform's, and what is said of them. */
const REFUSED: readonly (readonly [lines: string, ...problems: string[]])[] = [
  ['trust: { base: web }', '2:1 `trust` is not supported yet'],
  ['afer: staging', '2:1 unknown key `afer` (did you mean `after`?)'],
  ['after: Staging', `2:8 \`after\` ${NAME}`],
  ['after: [staging]', '2:1 `after` must be text, but is a list'],
  ['after: stagin', '2:8 there is no environment `stagin` (did you mean `staging`?)'],
  ['after: somewhere', '2:8 there is no environment `somewhere` (the environments are: staging)'],
  ['after: prod', '2:8 this environment would come after itself: prod → prod'],
  ['soak: 1h', '2:1 `soak` is how long an image must have run in the environment before: it needs `after`'],
  ['after: staging\nsoak: 60', `3:7 \`soak\` ${UNITS}`],
  ['max-age: 30', `2:10 \`max-age\` ${UNITS}`],
  ['max-age: 500ms', `2:10 \`max-age\` ${UNITS}`],
  ['max-age: 0d', '2:10 `max-age` must be longer than nothing'],
  ['max-age: 999999999999999999d', '2:10 `max-age` is longer than can be counted'],
  ['images:', '2:1 `images` has no value, but must be a map'],
  ['images: [web]', '2:1 `images` must be a map, but is a list'],
  ['images: { Web: {} }', `2:11 \`images.Web\` ${NAME}`],
  ['images: { web: 2 }', '2:16 `images.web` must be a map, but is the number 2'],
  ['images: { web: { cuont: 2 } }', '2:18 unknown key `cuont` (did you mean `count`?)'],
  ['images: { web: { count: 0 } }', '2:25 `images.web.count` must be at least 1'],
  [
    'images: { web: { count: 1.5 } }',
    '2:25 `images.web.count` must be a whole number, but is the number 1.5',
  ],
  ['images: { web: { count: 1001 } }', '2:25 `images.web.count` must be at most 1000'],
  [
    'images: { web: { platform: ec2 } }',
    '2:28 `images.web.platform` is `ec2`: say where there, with `ec2:` of the environment',
  ],
  [
    'images: { web: { ec2: {} } }',
    '2:18 `images.web.ec2` is for an image that runs on ec2, and this does not',
  ],
  [
    'images: { web: { on-request: yes please } }',
    '2:30 `images.web.on-request` must be true or false, but is the text `yes please`',
  ],
  ['images: { web: { role: a/b } }', `2:24 \`images.web.role\` ${ROLE}`],
  ['images: { web: { role: .. } }', `2:24 \`images.web.role\` ${ROLE}`],
  [
    'images: { web: { check-before-swap: no } }',
    '2:37 `images.web.check-before-swap` must be true or false, but is the text `no`',
  ],
  [
    'images: { web: { publish: "80:80" } }',
    '2:27 `images.web.publish` must be a list, but is the text `80:80`',
  ],
  [
    'images: { web: { publish: [80] } }',
    '2:28 `images.web.publish[0]` must be text, but is the number 80 (put it in quotes)',
  ],
  ['images: { web: { publish: ["80"] } }', `2:28 \`images.web.publish[0]\` ${FORM}`],
  ['images: { web: { publish: ["80:80/icmp"] } }', `2:28 \`images.web.publish[0]\` ${FORM}`],
  ['images: { web: { publish: ["80:8080-8081"] } }', `2:28 \`images.web.publish[0]\` ${FORM}`],
  ['images: { web: { publish: ["localhost:80:80"] } }', `2:28 \`images.web.publish[0]\` ${FORM}`],
  [
    'images: { web: { publish: ["0:80"] } }',
    '2:28 `images.web.publish[0]` has the port 0; ports are 1 to 65535',
  ],
  [
    'images: { web: { publish: ["80:65536"] } }',
    '2:28 `images.web.publish[0]` has the port 65536; ports are 1 to 65535',
  ],
  ['images: { web: { publish: ["81-80:80"] } }', '2:28 `images.web.publish[0]` counts down, from 81 to 80'],
  [
    'images: { web: { publish: ["1.2.3.256:80:80", "[::g]:80:80", "[1:::2]:81:80"] } }',
    '2:28 `images.web.publish[0]` has an address that is none: `1.2.3.256`',
    `2:47 \`images.web.publish[1]\` ${FORM}`,
    '2:62 `images.web.publish[2]` has an address that is none: `1:::2`',
  ],
  [
    'images: { web: { count: 2, publish: ["8080:80"] } }',
    '2:38 `images.web.publish[0]` has 1 port of the host, but `count` is 2: each instance takes one, as in "8080-8081:…"',
  ],
  [
    'images: { web: { publish: ["8080-8082:80"] } }',
    '2:28 `images.web.publish[0]` has 3 ports of the host, but `count` is 1: each instance takes one, as in "8080:…"',
  ],
];

for (const [lines, ...expected] of REFUSED) {
  test(`\`${lines}\` is refused`, async () => {
    assert.equal(await problems(`platform: docker\n${lines}\n`), expected);
  });
}

for (const [text, expected] of [
  ['images: {}', '1:1 `platform` is missing'],
  ['platform: ec2', '1:11 `platform` is `ec2`: say where there, with `ec2:`'],
  [
    'platform: dokcer',
    '1:11 `platform` must be `docker`, `qemu` or `ec2`, but is the text `dokcer` (did you mean `docker`?)',
  ],
  ['[]', '1:1 the file must be a map, but is a list'],
  ['# nothing yet', '1:1 the file is empty'],
] as const) {
  test(`an environment of \`${text}\` is refused`, async () => {
    assert.equal(await problems(`${text}\n`), [expected]);
  });
}

const EC2 =
  'region: eu-central-1, subnets: [subnet-0a1b], security-groups: [sg-0a1b], ssh: { user: admin, identity: ~/.ssh/prod }';

test('an environment at AWS says where there, and how its instances are entered', async ({ signal }) => {
  const text = `platform: ec2\nec2: { ${EC2} }\nimages: { web: { count: 2, ec2: { instance-type: t3.large, elastic-ips: [eipalloc-1, eipalloc-2] } } }\n`;
  const { ec2, images } = await loaded(text, signal);
  assert.equal(ec2, {
    region: 'eu-central-1',
    subnets: ['subnet-0a1b'],
    'security-groups': ['sg-0a1b'],
    address: 'private',
    ssh: { user: 'admin', identity: '~/.ssh/prod', port: 22 },
  });
  assert.equal(images['web']?.ec2, {
    'instance-type': 't3.large',
    'elastic-ips': ['eipalloc-1', 'eipalloc-2'],
  });
});

test('an environment at AWS need not say how its instances are entered', async ({ signal }) => {
  const bare = EC2.replace(/, ssh: .*/, '');
  const { ec2 } = await loaded(
    `platform: ec2\nec2: { ${bare}, address: public, secrets: parameters }\nimages: {}\n`,
    signal,
  );
  assert.equal(ec2, {
    region: 'eu-central-1',
    subnets: ['subnet-0a1b'],
    'security-groups': ['sg-0a1b'],
    address: 'public',
    secrets: 'parameters',
  });
});

/** `ec2:` and `images:` of an environment at AWS, and what is said of them. */
const REFUSED_AT_AWS: readonly (readonly [ec2: string, images: string, ...problems: string[]])[] = [
  [`${EC2}, regoin: x`, '{}', '2:127 unknown key `regoin` (did you mean `region`?)'],
  [EC2.replace('eu-central-1', 'Frankfurt'), '{}', '2:16 `ec2.region` is not a region, as in eu-central-1'],
  [
    EC2.replace('[subnet-0a1b]', '[vpc-0a1b]'),
    '{}',
    '2:40 `ec2.subnets[0]` is not the id of a subnet, as in subnet-0123abcd',
  ],
  [
    EC2.replace('~/.ssh/prod', 'prod'),
    '{}',
    '2:112 `ec2.ssh.identity` must be an absolute path, or one that begins with ~/',
  ],
  [
    `${EC2}, address: instance-id`,
    '{}',
    '2:136 `ec2.address` is `instance-id`, which only a `proxy-command` of `ssh` can connect to',
  ],
  [
    'region: eu-central-1, subnets: [subnet-0a1b], security-groups: [sg-0a1b], address: instance-id',
    '{}',
    '2:91 `ec2.address` is `instance-id`, which only a `proxy-command` of `ssh` can connect to',
  ],
  [`${EC2}, secrets: ssh`, '{}', '2:136 `ec2.secrets` must be `parameters`, but is the text `ssh`'],
  [
    EC2,
    '{ web: { publish: ["80:80"] } }',
    '3:18 `images.web.publish` is for ports of this host: an instance of EC2 has an address of its own',
  ],
  [
    EC2,
    '{ web: { count: 2, ec2: { elastic-ips: [eipalloc-1] } } }',
    '3:35 `images.web.ec2.elastic-ips` has 1, but `count` is 2',
  ],
  [
    EC2,
    '{ web: { ec2: { elastic-ips: [eipalloc-1] } }, app: { ec2: { elastic-ips: [eipalloc-1] } } }',
    '3:84 `images.app.ec2.elastic-ips[0]` is the address of `images.web` already',
  ],
];

for (const [ec2, images, ...expected] of REFUSED_AT_AWS) {
  test(`at AWS, \`${ec2.slice(0, 40)}… ${images}\` is refused: ${expected[0]}`, async () => {
    assert.equal(await problems(`platform: ec2\nec2: { ${ec2} }\nimages: ${images}\n`), expected);
  });
}

/** Two ranges of one environment, and the port that both want. */
const OVERLAPPING: readonly (readonly [a: string, b: string, port: number])[] = [
  ['80:80', '80:81', 80],
  ['80:80', '127.0.0.1:80:81', 80],
  ['0.0.0.0:80:80', '127.0.0.1:80:81', 80],
  ['[::1]:80:80', '80:81', 80],
  ['[::]:80:80', '[::1]:80:81', 80],
  ['[::1]:80:80', '[0:0::1]:80:81', 80],
  ['53:53/udp', '53:54/udp', 53],
];

for (const [a, b, port] of OVERLAPPING) {
  test(`${a} and ${b} of two images want the same port`, async () => {
    const text = `platform: docker\nimages:\n  web: { publish: ["${a}"] }\n  app: { publish: ["1:1", "${b}"] }\n`;
    assert.equal(await problems(text), [
      `4:27 \`images.app.publish[1]\` wants port ${port} of the host, which \`images.web.publish[0]\` has already`,
    ]);
  });
}

test('ranges of one image that meet are told at the second', async () => {
  const text = 'platform: docker\nimages: { web: { count: 3, publish: ["80-82:80", "82-84:81"] } }\n';
  assert.equal(await problems(text), [
    '2:50 `images.web.publish[1]` wants port 82 of the host, which `images.web.publish[0]` has already',
  ]);
});

test('environments that come after each other in a circle are told at each', async () => {
  const found = await environmentProblems({
    'environments/a/environment.yaml': 'platform: docker\nafter: b\n',
    'environments/b/environment.yaml': 'platform: docker\nafter: c\n',
    'environments/c/environment.yaml': 'platform: docker\nafter: b\n',
  });
  assert.equal(found, [
    'environments/b/environment.yaml:2:8 this environment would come after itself: b → c → b',
    'environments/c/environment.yaml:2:8 this environment would come after itself: c → b → c',
  ]);
});

test.run();
