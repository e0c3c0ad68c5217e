import type { PutParameterCommandInput, SSMClient } from '@aws-sdk/client-ssm';
import { Secret } from '../../core/secret.ts';
import type { ParameterOwner, ParameterStore, StoredParameter } from '../parameter-store.ts';
import { allPages } from './all-pages.ts';
import type { Aws } from './aws.ts';
import { unless } from './aws-errors.ts';
import { ENVIRONMENT_TAG } from './tags.ts';
import { watchTries } from './tries.ts';

/** Parameter Store of Systems Manager in a region. A value is a `Secret` from the moment that it is read. */
export async function ssmParameters(aws: Aws): Promise<ParameterStore> {
  const {
    DeleteParameterCommand,
    DescribeParametersCommand,
    GetParametersByPathCommand,
    ListTagsForResourceCommand,
    PutParameterCommand,
    SSMClient: Client,
  } = await import('@aws-sdk/client-ssm');
  const ssm: SSMClient = watchTries(new Client(aws.settings));
  const full = (path: string, name: string) => `${path}/${name}`;

  async function put(input: PutParameterCommandInput, signal: AbortSignal): Promise<void> {
    const command = new PutParameterCommand(input);
    await aws.makeAs('ssm:PutParameter', (abortSignal) => ssm.send(command, { abortSignal }), signal);
  }

  function written(path: string, name: string, value: Secret, { kmsKey }: ParameterOwner) {
    return {
      Name: full(path, name),
      Value: value.reveal(),
      Type: 'SecureString' as const,
      ...(kmsKey === undefined ? {} : { KeyId: kmsKey }),
    };
  }

  async function keysBelow(path: string, signal: AbortSignal): Promise<ReadonlyMap<string, string>> {
    const ParameterFilters = [{ Key: 'Path', Option: 'OneLevel', Values: [path] }];
    const parameters = await allPages(async (NextToken) => {
      const command = new DescribeParametersCommand({ ParameterFilters, NextToken });
      const { Parameters = [], NextToken: next } = await aws.askAs(
        'ssm:DescribeParameters',
        (abortSignal) => ssm.send(command, { abortSignal }),
        signal,
      );
      return { items: Parameters, next };
    });
    return new Map(parameters.flatMap(({ Name = '', KeyId }) => (KeyId ? [[Name, KeyId]] : [])));
  }

  const isOf: ParameterStore['isOf'] = async (path, name, { environment }, signal) => {
    const asked = new ListTagsForResourceCommand({
      ResourceType: 'Parameter',
      ResourceId: full(path, name),
    });
    const { TagList = [] } = await aws.askAs(
      'ssm:ListTagsForResource',
      (abortSignal) => ssm.send(asked, { abortSignal }),
      signal,
    );
    return TagList.some(({ Key, Value }) => Key === ENVIRONMENT_TAG && Value === environment);
  };

  const update: ParameterStore['update'] = (path, name, value, owner, signal) =>
    put({ ...written(path, name, value, owner), Overwrite: true }, signal);

  return {
    async list(path, signal) {
      const keys = await keysBelow(path, signal);
      const parameters = await allPages(async (NextToken) => {
        const command = new GetParametersByPathCommand({ Path: path, WithDecryption: true, NextToken });
        const { Parameters = [], NextToken: next } = await aws.askAs(
          'ssm:GetParametersByPath',
          (abortSignal) => ssm.send(command, { abortSignal }),
          signal,
        );
        // Values are hidden as soon as they are here.
        const items = Parameters.map(({ Value = '', ...rest }) => ({ ...rest, value: new Secret(Value) }));
        return { items, next };
      });
      const found = new Map<string, StoredParameter>();
      for (const { Name = '', Type, value } of parameters) {
        const kmsKey = keys.get(Name);
        const encrypted = Type === 'SecureString';
        found.set(Name.slice(path.length + 1), {
          ...{ value, encrypted },
          ...(kmsKey === undefined ? {} : { kmsKey }),
        });
      }
      return found;
    },
    async create(path, name, value, owner, signal) {
      // Tags cannot be given with Overwrite.
      const Tags = [{ Key: ENVIRONMENT_TAG, Value: owner.environment }];
      try {
        await put({ ...written(path, name, value, owner), Overwrite: false, Tags }, signal);
      } catch (error) {
        unless('ParameterAlreadyExists')(error);
        // A first try of the same call, whose answer was lost, may have made it.
        if (!(await isOf(path, name, owner, signal))) throw error;
        await update(path, name, value, owner, signal);
      }
    },
    update,
    isOf,
    async remove(path, name, owner, signal) {
      if (!(await isOf(path, name, owner, signal))) return false;
      const command = new DeleteParameterCommand({ Name: full(path, name) });
      await aws.makeAs('ssm:DeleteParameter', (abortSignal) => ssm.send(command, { abortSignal }), signal);
      return true;
    },
  };
}
