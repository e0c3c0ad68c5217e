import { short } from '../../config/printable.ts';
import { Fault } from '../../core/fault.ts';

/** A minute of each day, by the clock of whoever starts the work. */
export interface TimeOfDay {
  readonly hour: number;
  readonly minute: number;
}

/** Reads `02:30`. Throws USAGE for anything else. */
export function parseTimeOfDay(text: string): TimeOfDay {
  const [, hour, minute] = /^([01][0-9]|2[0-3]):([0-5][0-9])$/.exec(text) ?? [];
  if (hour !== undefined && minute !== undefined) return { hour: Number(hour), minute: Number(minute) };
  throw new Fault('USAGE', `\`${short(text)}\` is no time of day`, {
    hint: 'Write hours and minutes with two digits each, from 00:00 to 23:59: --at 02:30.',
  });
}

/** `30 2 * * *`: every day at that time, as crontabs have it. */
export function cronTime({ hour, minute }: TimeOfDay): string {
  return `${minute} ${hour} * * *`;
}

/** `02:30`. */
export function clockTime({ hour, minute }: TimeOfDay): string {
  return [hour, minute].map((part) => String(part).padStart(2, '0')).join(':');
}
