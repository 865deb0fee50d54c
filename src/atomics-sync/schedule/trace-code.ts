// A schedule as a short printable token: what a failure prints and `fltlab replay` takes.
//
//   fl1.<build>.<scenario>.<base64url: flags threads steps digest base decisions checksum>
//
// Only departures from the default schedule are in it (stay with a thread until it cannot go on,
// then the next in turn; the first of every choice), each as the steps since the last departure and
// what was chosen instead: a bug of two preemptions takes some twenty characters. Steps and digest
// say whether a replay did what was recorded.

/** The version of the token's format. */
export const CODE_VERSION = 1;

/** What a token says. */
export interface ScheduleCode {
  /** What was run: version and a fingerprint of the code. */
  readonly build: string;
  readonly scenario: string;
  readonly threads: number;
  /** Whether limited sleeps could end at any time. */
  readonly anyTime: boolean;
  /** Events of the whole schedule, and their digest. */
  readonly steps: number;
  readonly digest: number;
  /** Pairs of step and choice. */
  readonly decisions: readonly number[];
}

function putNumber(bytes: number[], value: number): void {
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128);
  bytes.push(rest);
}

function checksum(bytes: readonly number[]): number {
  let sum = 7;
  for (const byte of bytes) sum = (sum * 31 + byte) & 0xffff;
  return (sum ^ (sum >> 8)) & 0xff;
}

const nameForm = /^[A-Za-z0-9_-]{1,64}$/;

/** The token of a schedule. */
export function encodeSchedule(code: ScheduleCode): string {
  if (!nameForm.test(code.scenario)) {
    throw new Error(`a scenario's name has letters, digits, - and _ only: ${code.scenario}`);
  }
  const choices = code.decisions.filter((_, i) => i % 2 === 1);
  const base = choices.reduce((most, choice) => Math.max(most, choice + 1), 1);
  const bytes: number[] = [code.anyTime ? 1 : 0];
  putNumber(bytes, code.threads);
  putNumber(bytes, code.steps);
  putNumber(bytes, code.digest >>> 0);
  putNumber(bytes, base);
  let last = 0;
  for (let i = 0; i < code.decisions.length; i += 2) {
    const step = code.decisions[i]!;
    putNumber(bytes, (step - last) * base + code.decisions[i + 1]!);
    last = step;
  }
  bytes.push(checksum(bytes));
  const payload = Buffer.from(bytes).toString('base64url');
  return `fl${CODE_VERSION}.${code.build}.${code.scenario}.${payload}`;
}

/** Whether a text is meant to be a token. */
export function looksLikeCode(text: string): boolean {
  return /^fl\d+\./.test(text);
}

/** Reads a token; throws an Error that says what is wrong with it. */
export function decodeSchedule(token: string): ScheduleCode {
  const match = /^fl(\d+)\.(.+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)$/.exec(token.trim());
  if (match === null) {
    throw new Error('this is not a schedule token; one looks like fl1.BUILD.SCENARIO.PAYLOAD');
  }
  const [, version = '', build = '', scenario = '', payload = ''] = match;
  if (Number(version) !== CODE_VERSION) {
    throw new Error(`the token has format ${version}, this fltlab reads format ${CODE_VERSION}; ` +
      `use the version that wrote it (build ${build})`);
  }
  const all = Buffer.from(payload, 'base64url');
  const bytes = [...all];
  const sum = bytes.pop();
  if (sum !== checksum(bytes) || all.toString('base64url') !== payload) {
    throw new Error('the token is damaged: its checksum is wrong; was it copied as a whole?');
  }
  return { build, scenario, ...readPayload(bytes) };
}

function readPayload(bytes: readonly number[]): Omit<ScheduleCode, 'build' | 'scenario'> {
  let at = 0;
  const number = (): number => {
    let value = 0;
    for (let unit = 1; ; unit *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) throw new Error('the token is damaged: it ends too early');
      value += (byte & 127) * unit;
      if (byte < 128) return value;
    }
  };
  const anyTime = number() === 1;
  const threads = number();
  const steps = number();
  const digest = number() | 0;
  const base = number();
  const decisions: number[] = [];
  let step = 0;
  while (at < bytes.length) {
    const pair = number();
    step += Math.floor(pair / base);
    decisions.push(step, pair % base);
  }
  return { threads, anyTime, steps, digest, decisions };
}
