// Oplock vectors: scripts of numbered operations on files, with every event that they must cause.
// A file of them is JSON; this room says what it looks like and finds everything that is wrong with
// one before anything is run, in sentences that name the vector and the step.

/** One operation of a script. */
export interface Step {
  readonly n: number | string;
  readonly op: string;
  readonly h?: string;
  readonly [member: string]: unknown;
}

/** One event, tagged with the step that must cause it. */
export interface VectorEvent {
  readonly n: number;
  readonly ev: string;
  readonly [field: string]: unknown;
}

export interface Vector {
  readonly id: string;
  readonly kind: string;
  readonly layer?: string;
  readonly disputed?: boolean;
  readonly needs?: readonly string[];
  readonly files?: Readonly<Record<string, { kind: string; size?: number } | null>>;
  readonly setup: readonly Step[];
  readonly expect: readonly VectorEvent[];
  readonly expectAnyOf?: readonly (readonly VectorEvent[])[];
  readonly notes?: string;
}

/** A file that is no vector file, in one sentence. */
export class VectorError extends Error {
  constructor(text: string) {
    super(text);
    this.name = 'VectorError';
  }
}

/** The only version of the format there is. */
const VERSION = 1;

/** What each operation must have; what it may have is the vocabulary's business. */
const operations: Readonly<Record<string, readonly string[]>> = {
  open: ['h'], request: ['h', 'type'], requestRaw: ['h', 'level', 'flags'], ack: ['h', 'via'],
  notify: ['h'], read: ['h'], write: ['h', 'off', 'len'], flush: ['h'], lock: ['h', 'off', 'len'],
  unlock: ['h', 'off', 'len'], setEof: ['h', 'size'], setAlloc: ['h', 'size'],
  setVdl: ['h', 'size'], zeroData: ['h', 'from', 'to'], setBasic: ['h'], rename: ['h', 'to'],
  link: ['h', 'to'], disposition: ['h', 'delete'], sectionSync: ['h', 'syncType', 'protect'],
  mapWritable: ['h'], close: ['h'], cancel: ['target'], check: ['h', 'as'], breakH: ['h'],
  breakToNone: ['h'], uninitialize: [], par: ['branches'],
};

/** What an event must have, and what it may have. */
const events: Readonly<Record<string, readonly [readonly string[], readonly string[]]>> = {
  granted: [['req', 'level'], []],
  break: [['req', 'from', 'to', 'ackRequired', 'status'], ['info', 'outFlags']],
  pended: [['op'], []],
  completed: [['op', 'status'], ['info', 'outFlags', 'statusOneOf']],
  held: [['req'], []],
  prepost: [['op'], []],
  returned: [['op', 'ret'], ['status']],
  waitcomplete: [['op'], ['status']],
};
const anyEvent = ['n', 'ev', 'optional', 'optionalFields'];

const words = {
  access: ['READ_DATA', 'WRITE_DATA', 'APPEND_DATA', 'READ_EA', 'WRITE_EA', 'EXECUTE',
    'READ_ATTRIBUTES', 'WRITE_ATTRIBUTES', 'DELETE', 'READ_CONTROL', 'WRITE_DAC', 'WRITE_OWNER',
    'SYNCHRONIZE', 'GENERIC_READ', 'GENERIC_WRITE', 'ALL'],
  opts: ['SYNCHRONOUS_IO_NONALERT', 'COMPLETE_IF_OPLOCKED', 'DELETE_ON_CLOSE', 'DIRECTORY_FILE',
    'OPEN_REQUIRING_OPLOCK', 'RESERVE_OPFILTER'],
  disp: ['SUPERSEDE', 'OPEN', 'CREATE', 'OPEN_IF', 'OVERWRITE', 'OVERWRITE_IF'],
  type: ['L1', 'L2', 'BATCH', 'FILTER', 'R', 'RH', 'RW', 'RWH', 'NONE'],
  via: ['ACKNOWLEDGE', 'ACK_NO_2', 'CLOSE_PENDING', 'GRANULAR'],
  wait: ['routine', 'block'],
} as const;
/** The words that each member of a step is made of. */
const vocabulary: Readonly<Record<string, readonly string[]>> = words;

/** The majors that a check may be made as. */
const checkedAs = ['CREATE', 'READ', 'WRITE', 'FLUSH', 'LOCK', 'SET_EOF', 'SET_ALLOC', 'SET_VDL',
  'RENAME', 'DISPOSITION', 'ZERO_DATA', 'SET_SECURITY', 'SET_BASIC', 'CLEANUP'];
const requestFlags = ['REQUEST', 'ACK', 'COMPLETE_ACK_ON_CLOSE'];
const checkFlags = ['COMPLETE_IF_OPLOCKED', 'OPLOCK_KEY_CHECK_ONLY', 'BACK_OUT_ATOMIC_OPLOCK',
  'IGNORE_OPLOCK_KEYS', 'PARENT_OBJECT', 'CLOSING_DELETE_ON_CLOSE', 'REMOVING_FILE_OR_LINK'];

type Json = Readonly<Record<string, unknown>>;

function isObject(x: unknown): x is Json {
  return typeof x === 'object' && x !== null && !Array.isArray(x);
}

function listed(known: readonly string[]): string {
  return known.join(', ');
}

function fail(where: string, what: string): never {
  throw new VectorError(`${where}: ${what}`);
}

function checkWords(where: string, member: string, value: unknown, known: readonly string[]): void {
  for (const word of Array.isArray(value) ? value : [value]) {
    if (typeof word === 'string' && known.includes(word)) continue;
    fail(where, `${member} has ${JSON.stringify(word)}; known are ${listed(known)}`);
  }
}

function checkAs(where: string, as: unknown): void {
  if (!isObject(as)) fail(where, 'as is not an object like {"mj": "WRITE"}');
  checkWords(where, 'as.mj', as['mj'], checkedAs);
}

function checkBranches(where: string, branches: unknown): void {
  if (!Array.isArray(branches) || branches.length < 2 || !branches.every(Array.isArray)) {
    fail(where, 'branches is not a list of at least two lists of operations');
  }
  branches.forEach((branch: unknown[], b) => branch.forEach((item, i) =>
    checkStep(`${where}, branch ${b + 1}, item ${i + 1}`, item)));
}

function checkStep(where: string, step: unknown): void {
  if (!isObject(step)) fail(where, 'a step is an object');
  const op = step['op'];
  const needed = typeof op === 'string' ? operations[op] : undefined;
  if (needed === undefined) {
    fail(where, `unknown operation ${JSON.stringify(op)}; known are ` +
      listed(Object.keys(operations)));
  }
  for (const member of needed) {
    if (step[member] === undefined) fail(where, `${String(op)} needs "${member}"`);
  }
  for (const [member, known] of Object.entries(vocabulary)) {
    if (step[member] !== undefined) checkWords(where, member, step[member], known);
  }
  if (step['level'] !== undefined && op !== 'requestRaw') {
    checkWords(where, 'level', step['level'], words.type);
  }
  if (step['flags'] !== undefined) {
    checkWords(where, 'flags', step['flags'], op === 'requestRaw' ? requestFlags : checkFlags);
  }
  if (op === 'check') checkAs(where, step['as']);
  if (op === 'par') checkBranches(where, step['branches']);
}

function checkEvent(where: string, event: unknown): void {
  if (!isObject(event)) fail(where, 'an event is an object');
  const ev = event['ev'];
  const shape = typeof ev === 'string' ? events[ev] : undefined;
  if (shape === undefined) {
    fail(where, `unknown event ${JSON.stringify(ev)}; known are ${listed(Object.keys(events))}`);
  }
  const [needed, more] = shape;
  if (typeof event['n'] !== 'number') fail(where, `${String(ev)} has no step number "n"`);
  for (const member of needed) {
    if (event[member] === undefined) fail(where, `${String(ev)} needs "${member}"`);
  }
  const unknown = Object.keys(event)
    .find((member) => ![...anyEvent, ...needed, ...more].includes(member));
  if (unknown !== undefined) fail(where, `${String(ev)} has an unknown member "${unknown}"`);
}

function checkFiles(where: string, files: unknown): void {
  if (!isObject(files)) fail(where, 'files is not an object from names to kinds');
  for (const [name, what] of Object.entries(files)) {
    if (what === null) continue;
    if (!isObject(what)) fail(where, `files.${name} is neither an object nor null`);
    checkWords(where, `files.${name}.kind`, what['kind'], ['file', 'dir']);
  }
}

function checkEvents(where: string, list: unknown): void {
  if (!Array.isArray(list)) fail(where, 'is not a list of events');
  list.forEach((event, i) => checkEvent(`${where}, event ${i + 1}`, event));
}

function checkVector(where: string, vector: Json): void {
  if (typeof vector['kind'] !== 'string') fail(where, 'has no "kind"');
  const setup = vector['setup'];
  if (!Array.isArray(setup) || setup.length === 0) fail(where, 'has no "setup" with operations');
  setup.forEach((step, i) => {
    checkStep(`${where}, step ${i + 1}`, step);
    if ((step as Step).n !== i + 1) fail(where, `step ${i + 1} is numbered ${(step as Step).n}`);
  });
  checkEvents(`${where}, expect`, vector['expect']);
  const alternatives = vector['expectAnyOf'];
  if (alternatives !== undefined) {
    if (!Array.isArray(alternatives) || alternatives.length === 0) {
      fail(where, 'expectAnyOf is not a list of lists of events');
    }
    alternatives.forEach((list, i) => checkEvents(`${where}, expectAnyOf ${i + 1}`, list));
  }
  if (vector['files'] !== undefined) checkFiles(where, vector['files']);
  const needs = vector['needs'];
  if (needs !== undefined && !Array.isArray(needs)) fail(where, 'needs is not a list of words');
}

/**
 * Reads a vector file.
 * @throws VectorError that says what is wrong, and where.
 */
export function parseVectors(text: string): readonly Vector[] {
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch (error) {
    throw new VectorError(`this is not JSON: ${(error as Error).message}`);
  }
  if (!isObject(file) || !Array.isArray(file['vectors'])) {
    throw new VectorError('this is no vector file: it has no list "vectors"');
  }
  if (file['version'] !== VERSION) {
    throw new VectorError(`this is version ${JSON.stringify(file['version'])} of the format; ` +
      `version ${VERSION} is known`);
  }
  const ids = new Set<string>();
  file['vectors'].forEach((vector: unknown, i) => {
    const id = isObject(vector) ? vector['id'] : undefined;
    if (!isObject(vector) || typeof id !== 'string' || id === '') {
      throw new VectorError(`vector ${i + 1} has no "id"`);
    }
    if (ids.has(id)) throw new VectorError(`vector ${id} is there twice`);
    ids.add(id);
    checkVector(`vector ${id}`, vector);
  });
  return file['vectors'] as readonly Vector[];
}
