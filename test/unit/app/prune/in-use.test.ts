import * as assert from 'uvu/assert';
import { imagesInUse } from '../../../../src/app/prune/in-use.ts';
import { suite } from '../../../support/suite.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { writeLedger } from '../gc/killed-run.ts';

const test = suite('images in use');

test('what living runs work from is in use, and why; what killed ones did is not', async () => {
  await using home = await temporaryFolder();
  const uses = (image: string) => ({ kind: 'uses', image, digest: 'sha256:1' });
  await writeLedger(home.path, 'web', [uses('hardened@4')], { lives: true });
  await writeLedger(home.path, 'dead', [uses('hardened@3')]);
  assert.equal([...(await imagesInUse(home.path))], [['hardened@4', 'the bake of web works from it']]);
});

test.run();
