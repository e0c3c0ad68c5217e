import { once } from 'node:events';
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type Aws, connectAws } from '../../src/platforms/ec2/aws.ts';
import {
  type AwsAnswer,
  type AwsAsked,
  type AwsRequest,
  asked,
  errorAnswer,
  idsIn,
  listIn,
  notFound,
} from './aws-wire.ts';
import { type Moto, REGION } from './moto.ts';
import { withEnv } from './with-env.ts';

/** One call, as tests see it. */
export interface ProxyCall extends AwsAsked {
  /** Counted over all calls, from 1. */
  readonly n: number;
  readonly body: string;
}

/** What becomes of calls; all that is given must fit a call, the newest rule first. */
export interface ProxyRule {
  /** `ec2:RunInstances` */
  readonly action?: string | RegExp;
  readonly region?: string;
  /** How many calls it takes, then it is over; all of them without it. */
  readonly times?: number;
  /** How many it lets pass first. */
  readonly after?: number;
  /** The error that is answered; moto is not asked. */
  readonly error?: string;
  readonly message?: string;
  /** The connection ends `before` moto is asked, or `after` it has answered: what was made is made, and nobody hears it. */
  readonly cut?: 'before' | 'after';
  /** Milliseconds, before all else. */
  readonly delay?: number;
}

/** What the fake makes of moto's answers all the time. */
export interface ProxyHabits {
  /** So many asks after an AMI first comes up in a list is it `pending`. */
  readonly imagesPending?: number;
  /** The same for snapshots. */
  readonly snapshotsPending?: number;
  /** So many calls that name something new are told that there is no such thing. */
  readonly unknownFor?: number;
  /** Each AMI is in lists so many times, each time with another id: an emulator takes minutes to have thousands. */
  readonly multiply?: number;
  /** Lists come in pages of at most so many, whatever was asked for. */
  readonly page?: number;
}

export type ProxyHook = (call: ProxyCall, when: 'before' | 'after') => void | Promise<void>;

export interface AwsProxy extends AsyncDisposable {
  readonly url: string;
  readonly env: Readonly<Record<string, string>>;
  /** A client of ours; the environment of this process is as `env` while the proxy is there. */
  readonly aws: Aws;
  /** All that were asked, in their order. */
  readonly calls: readonly ProxyCall[];
  inject(rule: ProxyRule): void;
  /** What is called before moto is asked, and after it has answered and before anybody hears it; it may kill somebody. */
  onCall(hook: ProxyHook): void;
  /** Forgets rules, hooks, calls and what was made; moto is not reset by it. */
  forget(): void;
}

/**
 * A fake of ours in front of moto, for what moto does not know of AWS. Not AWS, and proof of nothing about AWS: only of
 * what we do when AWS answers so. By itself it remembers client tokens (a second call with one gives the first's answer,
 * and with other parameters `IdempotentParameterMismatch`), refuses a second AMI of a name, tags AMIs and their
 * snapshots, and answers every dry run with `DryRunOperation`; the rest is what a test asks for.
 */
export async function awsProxy(moto: Pick<Moto, 'url' | 'env'>, habits: ProxyHabits = {}): Promise<AwsProxy> {
  const agent = new Agent({ keepAlive: true });
  const calls: ProxyCall[] = [];
  const rules: { readonly rule: ProxyRule; seen: number }[] = [];
  const hooks: ProxyHook[] = [];
  let world = new World(habits);

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const sent = await readRequest(req);
    const what = asked(sent);
    if (what === undefined) return reply(res, await forward(agent, moto.url, sent));
    const call = {
      ...what,
      n: calls.length + 1,
      body: what.action === 'ebs:PutSnapshotBlock' ? '' : sent.body.toString(),
    };
    calls.push(call);
    const rule = ruleFor(call);
    if (rule?.delay !== undefined) await delay(rule.delay);
    for (const hook of hooks) await hook(call, 'before');
    if (rule?.cut === 'before') return void res.destroy();
    if (rule?.error !== undefined)
      return reply(
        res,
        errorAnswer(call.service, rule.error, rule.message ?? `${rule.error}, says the fake.`),
      );
    const told = await world.answer(call, (body) =>
      forward(agent, moto.url, { ...sent, body: body ?? sent.body }),
    );
    for (const hook of hooks) await hook(call, 'after');
    if (rule?.cut === 'after') return void res.destroy();
    reply(res, told);
  }

  function ruleFor(call: ProxyCall): ProxyRule | undefined {
    for (const known of [...rules].reverse()) {
      const { action, region, after = 0, times = Number.POSITIVE_INFINITY } = known.rule;
      const isAction =
        action === undefined ||
        (typeof action === 'string' ? action === call.action : action.test(call.action));
      if (!isAction || (region !== undefined && region !== call.region)) continue;
      known.seen++;
      if (known.seen > after && known.seen <= after + times) return known.rule;
    }
    return undefined;
  }

  const server = createServer((req, res) => {
    // Who asked may have been killed, and moto be gone at a test's end.
    answer(req, res).catch(() => res.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  // Each service by its own: then it is taken for AWS, and no emulator.
  const services = ['EC2', 'EBS', 'SSM', 'STS'].map((name) => [`AWS_ENDPOINT_URL_${name}`, url]);
  const env = { ...moto.env, AWS_ENDPOINT_URL: '', ...Object.fromEntries(services) };
  const set = withEnv(env);
  return {
    url,
    env,
    aws: await connectAws(REGION),
    calls,
    inject: (rule) => void rules.push({ rule, seen: 0 }),
    onCall: (hook) => void hooks.push(hook),
    forget() {
      for (const list of [calls, rules, hooks]) list.length = 0;
      world = new World(habits);
    },
    async [Symbol.asyncDispose]() {
      set[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      agent.destroy();
    },
  };
}

/** Lists that AWS gives at once. */
const WHOLE = /^ec2:Describe(Regions|AvailabilityZones|KeyPairs|Addresses|ImageAttribute|SnapshotAttribute)$/;

type Pass = (body?: Buffer) => Promise<AwsAnswer>;

/** What the fake knows besides moto. */
class World {
  readonly #habits: ProxyHabits;
  /** By region, action and token. */
  readonly #tokens = new Map<string, { readonly params: string; readonly answer: Promise<AwsAnswer> }>();
  /** AMIs by region and name. */
  readonly #names = new Map<string, string>();
  /** How often something new was asked for. */
  readonly #asks = new Map<string, number>();
  readonly #made = new Set<string>();

  constructor(habits: ProxyHabits) {
    this.#habits = habits;
  }

  async answer(call: ProxyCall, pass: Pass): Promise<AwsAnswer> {
    const { params, action, region } = call;
    if (call.service !== 'ec2') {
      const told = await this.#once(call, tokenOf(call), pass);
      this.#note(call, told);
      return told;
    }
    if (params.get('DryRun') === 'true')
      return errorAnswer('ec2', 'DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
    const unknown = this.#unknown(call);
    if (unknown !== undefined) return notFound(unknown);
    const taken = /^ec2:(CreateImage|RegisterImage|CopyImage)$/.test(action)
      ? `${region} ${params.get('Name')}`
      : undefined;
    const answered = async () => {
      const owner = taken === undefined ? undefined : this.#names.get(taken);
      if (owner !== undefined)
        return errorAnswer('ec2', 'InvalidAMIName.Duplicate', `AMI name is already in use by AMI ${owner}`);
      const told = taken === undefined ? await this.#paged(call, pass) : await pass(withoutTags(params));
      const [image] = told.status === 200 && taken !== undefined ? idsIn(told.body.toString()) : [];
      if (image !== undefined && taken !== undefined) {
        this.#names.set(taken, image);
        await tagImage(image, params, pass);
      }
      return told;
    };
    const told = await this.#once(call, tokenOf(call), answered);
    this.#note(call, told);
    return this.#slow(call, told);
  }

  /** The answer to the first call with this token. */
  async #once(
    { action, region, params, body }: ProxyCall,
    token: string | undefined,
    ask: () => Promise<AwsAnswer>,
  ) {
    if (token === undefined) return await ask();
    const key = `${region} ${action} ${token}`;
    const same = params.size === 0 ? body : params.toString();
    const first = this.#tokens.get(key);
    if (first !== undefined) {
      if (first.params === same) return await first.answer;
      return errorAnswer('ec2', 'IdempotentParameterMismatch', 'The token was used with other parameters.');
    }
    const answer = ask();
    this.#tokens.set(key, { params: same, answer });
    // One that was refused has made nothing: it may be tried again.
    if ((await answer).status !== 200) this.#tokens.delete(key);
    return await answer;
  }

  #unknown({ params, action }: ProxyCall): string | undefined {
    const { unknownFor = 0 } = this.#habits;
    if (unknownFor === 0) return undefined;
    for (const id of idsIn([...params.values()].join(' '))) {
      if (!this.#made.has(id)) continue;
      const asks = this.#asks.get(`known ${id}`) ?? 0;
      this.#asks.set(`known ${id}`, asks + 1);
      // A filter finds nothing instead, and a list of its own says nothing of what is not there.
      if (asks < unknownFor && !action.startsWith('ec2:Delete')) return id;
    }
    return undefined;
  }

  #note({ params, action, region }: ProxyCall, { status, body }: AwsAnswer): void {
    if (status !== 200) return;
    if (/^(ec2:(Run|Create|Register|Copy|Import)|ebs:Start)/.test(action) && action !== 'ec2:CreateTags')
      for (const id of idsIn(body.toString())) if (![...params.values()].includes(id)) this.#made.add(id);
    if (action === 'ec2:DeregisterImage')
      for (const [name, id] of this.#names)
        if (id === params.get('ImageId') && name.startsWith(`${region} `)) this.#names.delete(name);
  }

  /** A page of moto's full answer; the token is the number of the first that comes next. */
  async #paged({ action, params }: ProxyCall, pass: Pass): Promise<AwsAnswer> {
    const most = Math.min(
      Number(params.get('MaxResults') ?? Number.POSITIVE_INFINITY),
      this.#habits.page ?? Number.POSITIVE_INFINITY,
    );
    if (!action.startsWith('ec2:Describe') || WHOLE.test(action) || most === Number.POSITIVE_INFINITY)
      return await pass();
    const first = Number(params.get('NextToken') ?? 0);
    const all = new URLSearchParams(params);
    all.delete('NextToken');
    // Where moto has pages of its own, they are small.
    if (/^ec2:Describe(Instances|LaunchTemplates)$/.test(action)) all.set('MaxResults', '100000');
    else all.delete('MaxResults');
    const told = await pass(Buffer.from(all.toString()));
    const list = listIn(told.body.toString());
    if (told.status !== 200 || list === undefined) return told;
    const { multiply = 1 } = this.#habits;
    if (action === 'ec2:DescribeImages') list.items.push(...copiesOf(list.items, multiply - 1));
    const next = first + most < list.items.length ? `<nextToken>${first + most}</nextToken>` : '';
    const page = list.items.slice(first, first + most).join('');
    const tail = list.tail.replace('<requestId>', `${next}<requestId>`);
    return { ...told, body: Buffer.from(`${list.head}${page}${tail}`) };
  }

  #slow({ action, region }: ProxyCall, told: AwsAnswer): AwsAnswer {
    const { imagesPending = 0, snapshotsPending = 0 } = this.#habits;
    const images = action === 'ec2:DescribeImages' && imagesPending > 0;
    const snapshots = action === 'ec2:DescribeSnapshots' && snapshotsPending > 0;
    if (!images && !snapshots) return told;
    const most = images ? imagesPending : snapshotsPending;
    const id = images ? /<imageId>(.*?)<\/imageId>/ : /<snapshotId>(.*?)<\/snapshotId>/;
    const list = listIn(told.body.toString());
    if (list === undefined) return told;
    const items = list.items.map((item) => {
      const key = `${region} ${id.exec(item)?.[1]}`;
      if (!this.#made.has(key.split(' ')[1] ?? '')) return item;
      const asks = this.#asks.get(key) ?? 0;
      this.#asks.set(key, asks + 1);
      if (asks >= most) return item;
      return images
        ? item.replace(/<imageState>\w+/, '<imageState>pending')
        : item.replace(/<status>completed/, '<status>pending').replace(/<progress>100%/, '<progress>42%');
    });
    return { ...told, body: Buffer.from(`${list.head}${items.join('')}${list.tail}`) };
  }
}

function copiesOf(items: readonly string[], times: number): string[] {
  return Array.from({ length: times }, (_, n) => n).flatMap((n) =>
    items.map((item, index) => {
      const id = `ami-${(n * items.length + index).toString(16).padStart(17, '0')}`;
      return item.replace(/<imageId>[^<]*/, `<imageId>${id}`);
    }),
  );
}

/** moto has no tags of snapshots for an instance's AMI, and fails when it is given some. */
function withoutTags(params: URLSearchParams): Buffer {
  return Buffer.from(
    new URLSearchParams([...params].filter(([name]) => !name.startsWith('TagSpecification.'))).toString(),
  );
}

/** What moto leaves out when it makes AMIs: their tags, and those of their snapshots. */
async function tagImage(image: string, params: URLSearchParams, pass: Pass): Promise<void> {
  const found = await pass(formOf({ Action: 'DescribeImages', 'ImageId.1': image }));
  const ids = {
    image: [image],
    snapshot: idsIn(found.body.toString()).filter((id) => id.startsWith('snap-')),
  };
  for (let n = 1; params.has(`TagSpecification.${n}.ResourceType`); n++) {
    const of = `TagSpecification.${n}`;
    const resources = ids[params.get(`${of}.ResourceType`) as keyof typeof ids];
    const tags = [...params].filter(([name]) => name.startsWith(`${of}.Tag.`));
    const named = tags.map(([name, value]) => [name.slice(of.length + 1), value] as const);
    const about = resources.map((id, index) => [`ResourceId.${index + 1}`, id] as const);
    await pass(formOf({ Action: 'CreateTags', ...Object.fromEntries([...about, ...named]) }));
  }
}

function formOf(params: Readonly<Record<string, string>>): Buffer {
  return Buffer.from(new URLSearchParams({ Version: '2016-11-15', ...params }).toString());
}

function tokenOf({ service, params, body }: ProxyCall): string | undefined {
  if (service === 'ec2') return params.get('ClientToken') ?? undefined;
  return /"ClientToken":"(.*?)"/.exec(body)?.[1];
}

async function readRequest(req: IncomingMessage): Promise<AwsRequest> {
  const pieces: Buffer[] = [];
  for await (const piece of req) pieces.push(piece as Buffer);
  return {
    method: req.method ?? 'GET',
    path: req.url ?? '/',
    headers: req.headers,
    body: Buffer.concat(pieces),
  };
}

async function forward(
  agent: Agent,
  url: string,
  { method, path, headers, body }: AwsRequest,
): Promise<AwsAnswer> {
  const sent = { ...headers, 'content-length': String(body.length) };
  delete (sent as Record<string, unknown>)['transfer-encoding'];
  const passed = request(`${url}${path}`, { method, headers: sent, agent });
  passed.end(body);
  const [told] = (await once(passed, 'response')) as [IncomingMessage];
  const { body: answer } = await readRequest(told);
  const kept: Record<string, string> = {};
  for (const [name, value] of Object.entries(told.headers))
    if (/^(content-type|x-amz.*)$/.test(name) && typeof value === 'string') kept[name] = value;
  return { status: told.statusCode ?? 500, headers: kept, body: answer };
}

function reply(res: ServerResponse, { status, headers, body }: AwsAnswer): void {
  res.writeHead(status, { ...headers, 'content-length': body.length }).end(body);
}
