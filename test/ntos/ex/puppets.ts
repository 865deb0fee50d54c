// Starts puppets for a test and ends them, whatever became of it.
import { ExAllocatePoolWithTag, poolTag } from '#src/ntos/ex/pool/pool.ts';
import { startThreads, until } from '#test/support/spawn-threads.ts';
import { MAILBOX_BYTES, Puppet } from './puppet.ts';

/** Puppets with what a test does most: tell one and wait for the answer, or for it to sleep. */
export class Troupe {
  readonly puppets: readonly Puppet[];
  constructor(puppets: readonly Puppet[]) {
    this.puppets = puppets;
  }

  /** Tells a puppet something that does not block, and gives its answer. */
  async ask(index: number, name: string, first: number, second = 0): Promise<number> {
    const puppet = this.puppets[index]!;
    puppet.tell(name, first, second);
    return this.answer(index);
  }

  /** The answer of a command given before. */
  async answer(index: number): Promise<number> {
    const puppet = this.puppets[index]!;
    await until(`puppet ${index} is done`, () => puppet.isDone());
    return puppet.answer();
  }

  /** Tells a puppet something that blocks, and waits until it sleeps for the reason. */
  async block(
    index: number,
    reason: number,
    name: string,
    first: number,
    second = 0,
  ): Promise<void> {
    const puppet = this.puppets[index]!;
    puppet.tell(name, first, second);
    await until(`puppet ${index} sleeps in ${name}`, () => puppet.waitsFor(reason));
  }

  isDone(index: number): boolean {
    return this.puppets[index]!.isDone();
  }
}

/** Runs a test with `count` puppets. */
export async function withPuppets(
  count: number,
  test: (troupe: Troupe) => Promise<void>,
): Promise<void> {
  const mail = ExAllocatePoolWithTag(0, count * MAILBOX_BYTES, poolTag('Mail'));
  const puppets = Array.from({ length: count }, (_, index) => new Puppet(mail, index));
  const job = { module: '#test/ntos/ex/puppet.ts', routine: 'puppet', threads: count };
  const running = startThreads({ ...job, args: { mail }, spinLimit: 0 });
  try {
    await test(new Troupe(puppets));
  } finally {
    for (const puppet of puppets) if (puppet.isDone()) puppet.tell('quit', 0);
    puppets.forEach((puppet, index) => !puppet.isDone() && void running.terminate(index));
    await running.results;
  }
}
