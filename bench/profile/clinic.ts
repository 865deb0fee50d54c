// `npm run profile:flame`, `profile:doctor`, `profile:bubbleprof`: clinic on the inline target. It is
// fetched on demand at a pinned version, since it is not maintained any more and brings 694 packages
// that no normal install should carry. Its telemetry is switched off.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const CLINIC = 'clinic@13.0.0';
const tools = ['flame', 'doctor', 'bubbleprof'];
const [tool = '', seconds = '8'] = process.argv.slice(2);

if (!tools.includes(tool)) {
  process.stderr.write(`there is no profiler ${tool}; there are ${tools.join(', ')}\n`);
  process.exit(2);
}
process.stdout.write('clinic sees the main thread only; for threads: npm run profile:threads\n');
const target = fileURLToPath(new URL('./target.js', import.meta.url));
const { status } = spawnSync('npx',
  ['--yes', CLINIC, tool, '--open=false', '--', 'node', target, seconds],
  { stdio: 'inherit', env: { ...process.env, NO_INSIGHT: '1' } });
process.exit(status ?? 3);
