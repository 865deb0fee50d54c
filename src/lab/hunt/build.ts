// Which code a token was made with: the version and a fingerprint of everything that is built. A
// schedule fits the code that it was found in, and perhaps code that differs a little.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const built = fileURLToPath(new URL('../../', import.meta.url));
let known: string | undefined;

/** For example 0.1.0-3f2a9c01. */
export function buildId(): string {
  if (known !== undefined) return known;
  const hash = createHash('sha256');
  const files = readdirSync(built, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.js') && !/^(cli|lab)[/\\]/.test(name)).toSorted();
  for (const name of files) {
    hash.update(name.replaceAll('\\', '/')).update(readFileSync(join(built, name)));
  }
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as
    { version: string };
  known = `${version}-${hash.digest('hex').slice(0, 8)}`;
  return known;
}
