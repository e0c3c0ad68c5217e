import type { Event, Stage } from '../core/events.ts';
import { cleanLine, cleanLines } from './clean-line.ts';
import { cleanupText, enterText } from './cleanup-text.ts';

export type LiveState = 'running' | 'done' | 'failed' | 'skipped';

/** One stage as the terminal shows it; times in ms. */
export interface LiveStage {
  readonly stage: Stage;
  readonly startedAt: number;
  state: LiveState;
  ms: number;
  /** The last line of the tool's output. */
  lastLine: string;
  /** Why it was skipped, or how it failed. */
  message: string;
  readonly notes: string[];
}

/** One image's bake as the terminal shows it. */
export interface LiveBake {
  readonly image: string;
  readonly startedAt: number;
  state: LiveState;
  ms: number;
  /** `web@7`, once there is one. */
  name: string;
  readonly stages: LiveStage[];
  /** What became of the things that it made. */
  readonly cleanups: { readonly text: string; readonly removed: boolean }[];
}

/** Brings the bakes, in the order in which they started, up to date with one event. */
export function updateBakes(bakes: Map<string, LiveBake>, event: Event, now: number): void {
  const known = bakes.get(event.image);
  const again = event.type === 'run-started' && known !== undefined && known.state !== 'running';
  const bake = known === undefined || again ? newBake(event.image, now) : known;
  bakes.set(event.image, bake);
  if ('stage' in event) {
    updateStage(stageOf(bake, event.stage, now), event);
  } else if (event.type === 'cleanup') {
    bake.cleanups.push({ text: cleanupText(event.outcome), removed: event.outcome.state === 'removed' });
  } else if (event.type === 'run-done' || event.type === 'run-failed') {
    bake.state = event.type === 'run-done' ? 'done' : 'failed';
    bake.ms = event.type === 'run-done' ? event.ms : now - bake.startedAt;
    if (event.type === 'run-done') bake.name = event.name;
    else if (event.enter !== undefined) bake.cleanups.push({ text: enterText(event.enter), removed: false });
    for (const stage of bake.stages) if (stage.state === 'running') stage.state = bake.state;
  }
}

function updateStage(stage: LiveStage, event: Extract<Event, { stage: Stage }>): void {
  switch (event.type) {
    case 'stage-started':
      stage.state = 'running';
      break;
    case 'output': {
      const line = cleanLine(event.line);
      if (line !== '') stage.lastLine = line;
      break;
    }
    case 'note':
      stage.notes.push(...cleanLines(event.message));
      break;
    case 'stage-skipped':
      stage.state = 'skipped';
      stage.message = cleanLine(event.reason);
      break;
    case 'stage-done':
      stage.state = 'done';
      stage.ms = event.ms;
      break;
    case 'stage-failed':
      stage.state = 'failed';
      stage.ms = event.ms;
      stage.message = cleanLines(event.message)[0] ?? '';
      break;
  }
}

function newBake(image: string, now: number): LiveBake {
  return { image, startedAt: now, state: 'running', ms: 0, name: '', stages: [], cleanups: [] };
}

function stageOf(bake: LiveBake, stage: Stage, now: number): LiveStage {
  const known = bake.stages.find((other) => other.stage === stage);
  if (known !== undefined) return known;
  const made: LiveStage = {
    stage,
    startedAt: now,
    state: 'running',
    ms: 0,
    lastLine: '',
    message: '',
    notes: [],
  };
  bake.stages.push(made);
  return made;
}
