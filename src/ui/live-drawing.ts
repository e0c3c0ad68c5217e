import { DefaultRenderer, Listr, ListrLogger, ProcessOutput, Spinner } from 'listr2';

/** A block of lines at the terminal's end that is redrawn in place. */
export interface Drawing {
  /** Draws the lines a last time, for good, and gives the terminal back; done when it returns. */
  end(): void;
}

/**
 * Draws the lines ten times a second, with listr2's spinner, cursor and redrawing.
 *
 * The lines are ours, because listr2's own layout knows neither a running time nor the terminal's height. Its signal
 * handlers end the process before anything is cleaned up, so they stay off.
 */
export function startDrawing(
  output: NodeJS.WriteStream,
  lines: (spinner: string, rows: number) => string[],
): Drawing {
  const spinner = new Spinner();
  let finish = () => {};
  const finished = new Promise<void>((resolve) => {
    finish = resolve;
  });
  let ended = false;
  let live: { end(): void } | undefined;

  class LiveRenderer extends DefaultRenderer {
    static override nonTTY = true; // listr2 asks whether stdout is a terminal; this one draws on stderr
    #over = false;

    override async render(): Promise<void> {
      await super.render();
      live = this;
    }

    override create(): string {
      return lines(spinner.fetch(), (output.rows ?? 24) - 1).join('\n');
    }

    override update(): void {
      if (!this.#over) super.update();
    }

    override end(): void {
      if (this.#over) return;
      this.#over = true;
      super.end();
    }
  }

  const listr = new Listr([{ task: () => finished }], {
    registerSignalListeners: false,
    renderer: LiveRenderer,
    rendererOptions: {
      spinner,
      clearOutput: true,
      logger: new ListrLogger({ processOutput: new LiveOutput(output) }),
    },
  });
  void listr.run();

  return {
    end() {
      if (ended) return;
      ended = true;
      live?.end();
      output.write(
        lines(' ', Number.POSITIVE_INFINITY)
          .map((line) => `${line}\n`)
          .join(''),
      );
      finish();
    },
  };
}

/** listr2 copies the stream's width once; this one keeps asking it, so that a resized terminal is drawn right. */
class LiveOutput extends ProcessOutput {
  readonly #output: NodeJS.WriteStream;

  constructor(output: NodeJS.WriteStream) {
    super(output, output, { leaveEmptyLine: false });
    this.#output = output;
  }

  override get stdout(): NodeJS.WriteStream {
    return Object.assign(Object.create(this.#output), { write: this.stream.stdout.out.write });
  }
}
