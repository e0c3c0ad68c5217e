import * as assert from 'uvu/assert';
import type { Engine } from '../../../../src/platforms/docker/engine.ts';
import { removeImage } from '../../../../src/platforms/docker/remove-image.ts';
import { suite } from '../../../support/suite.ts';

const test = suite('removing an image of an engine');

/** An engine that answers so; a fake, as no real one can be made to lose this race. */
function engine(removal: number, inspection: number): Engine {
  const answer = (status: number) => async () => {
    if (status !== 200) throw Object.assign(new Error(`HTTP ${status}`), { statusCode: status });
  };
  const image = { remove: answer(removal), inspect: answer(inspection) };
  return { docker: { getImage: () => image } } as unknown as Engine;
}

for (const [name, removal, inspection, state] of [
  ['one that is there is removed', 200, 404, 'removed'],
  ['one that is gone is left so', 404, 404, 'removed'],
  ['one that somebody else removes at the same moment is left to them', 500, 404, 'removed'],
  ['one that is in use stays, and that is told', 409, 200, 'HTTP 409'],
  ['what an engine cannot do it says', 500, 500, 'HTTP 500'],
] as const)
  test(name, async () => {
    const told = await removeImage(engine(removal, inspection), 'sha256:1').then(
      () => 'removed',
      (error: Error) => error.message,
    );
    assert.is(told, state);
  });

test.run();
