import { type Engine, statusOf } from './engine.ts';

/**
 * Removes an image by its id, or takes one of its names off; never by force. One that is gone is left so, and one that
 * somebody else removes at the same moment too: of that the engine says 500, `unrecognized image ID`.
 */
export async function removeImage({ docker }: Engine, ref: string): Promise<void> {
  const image = docker.getImage(ref);
  const isGone = () =>
    image.inspect().then(
      () => false,
      (error: unknown) => statusOf(error) === 404,
    );
  try {
    await image.remove({ force: false, noprune: true });
  } catch (error) {
    if (statusOf(error) !== 404 && !(await isGone())) throw error;
  }
}
