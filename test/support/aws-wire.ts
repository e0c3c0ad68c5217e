import type { IncomingHttpHeaders } from 'node:http';

/** One request to AWS, as it is on the wire. */
export interface AwsRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** What a request asks, read from its signature's scope and from where each protocol has it. */
export interface AwsAsked {
  readonly service: 'ec2' | 'ebs' | 'ssm' | 'sts';
  /** As IAM writes it: `ec2:RunInstances`. */
  readonly action: string;
  readonly region: string;
  /** Of EC2 and STS only; of the others none. */
  readonly params: URLSearchParams;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

const SCOPE = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\/aws4_request/;
const BLOCK_CALLS: readonly (readonly [RegExp, string])[] = [
  [/^POST \/snapshots$/, 'StartSnapshot'],
  [/^PUT \/snapshots\/[^/]+\/blocks\/\d+$/, 'PutSnapshotBlock'],
  [/^POST \/snapshots\/completion\/[^/]+$/, 'CompleteSnapshot'],
  [/^GET \/snapshots\/[^/]+\/blocks$/, 'ListSnapshotBlocks'],
  [/^GET \/snapshots\/[^/]+\/blocks\/\d+$/, 'GetSnapshotBlock'],
  [/^GET \/snapshots\/[^/]+\/changedblocks$/, 'ListChangedBlocks'],
];

/** Nothing for what is no call of AWS, as moto's own. */
export function asked({ method, path, headers, body }: AwsRequest): AwsAsked | undefined {
  const [, region, service] = SCOPE.exec(headers.authorization ?? '') ?? [];
  if (region === undefined) return undefined;
  const none = new URLSearchParams();
  if (service === 'ec2' || service === 'sts') {
    const params = new URLSearchParams(body.toString());
    return { service, action: `${service}:${params.get('Action')}`, region, params };
  }
  if (service === 'ebs') {
    const line = `${method} ${path.split('?')[0]}`;
    const name = BLOCK_CALLS.find(([is]) => is.test(line))?.[1] ?? line;
    return { service, action: `ebs:${name}`, region, params: none };
  }
  if (service !== 'ssm') return undefined;
  const target = String(headers['x-amz-target']).split('.')[1];
  return { service, action: `ssm:${target}`, region, params: none };
}

/** Statuses of what is not simply 400, from AWS's own lists of errors. */
const STATUS: Readonly<Record<string, number>> = {
  UnauthorizedOperation: 403,
  AccessDeniedException: 403,
  AuthFailure: 401,
  DryRunOperation: 412,
  RequestLimitExceeded: 503,
  Unavailable: 503,
  InternalError: 500,
  InsufficientInstanceCapacity: 500,
};

/** An error in the form of the service: XML of EC2 and STS, JSON of the others. */
export function errorAnswer(service: AwsAsked['service'], code: string, message: string): AwsAnswer {
  const status = STATUS[code] ?? 400;
  if (service === 'ec2') {
    const body = `<?xml version="1.0" encoding="UTF-8"?>
<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>of-the-fake</RequestID></Response>`;
    return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
  }
  if (service === 'sts') {
    const body = `<ErrorResponse><Error><Type>Sender</Type><Code>${code}</Code><Message>${message}</Message></Error><RequestId>of-the-fake</RequestId></ErrorResponse>`;
    return { status, headers: { 'content-type': 'text/xml' }, body: Buffer.from(body) };
  }
  const body = JSON.stringify({ __type: code, Message: message, message });
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code };
  return { status, headers, body: Buffer.from(body) };
}

/** Things by the beginning of their ids, with how AWS says that one is not there. */
const NOT_FOUND: Readonly<Record<string, string>> = {
  i: 'InvalidInstanceID.NotFound',
  ami: 'InvalidAMIID.NotFound',
  snap: 'InvalidSnapshot.NotFound',
  vol: 'InvalidVolume.NotFound',
  sg: 'InvalidGroup.NotFound',
  lt: 'InvalidLaunchTemplateId.NotFound',
};
const ID = /\b(i|ami|snap|vol|sg|lt)-[0-9a-f]{8,17}\b/g;

export function idsIn(text: string): string[] {
  return [...new Set([...text.matchAll(ID)].map(([id]) => id))];
}

export function notFound(id: string): AwsAnswer {
  const code = NOT_FOUND[id.split('-')[0] ?? ''] ?? 'InvalidParameterValue';
  return errorAnswer('ec2', code, `The ID '${id}' does not exist`);
}

/** The elements of the one list in an answer: where it begins, each `<item>`, where it ends. */
export function listIn(
  xml: string,
): { readonly head: string; readonly items: string[]; readonly tail: string } | undefined {
  const at = xml.indexOf('<item>');
  if (at < 0) return undefined;
  const items: string[] = [];
  let depth = 0;
  let begin = at;
  let end = at;
  const tags = /<(\/?)item>/g;
  tags.lastIndex = at;
  for (let tag = tags.exec(xml); tag !== null; tag = tags.exec(xml)) {
    if (tag[1] === '') {
      if (depth === 0) {
        if (tag.index !== end) break;
        begin = tag.index;
      }
      depth++;
    } else if (--depth === 0) {
      end = tags.lastIndex;
      items.push(xml.slice(begin, end));
    }
  }
  return { head: xml.slice(0, at), items, tail: xml.slice(end) };
}
