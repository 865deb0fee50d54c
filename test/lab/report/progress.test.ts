// What a run shows while it runs: redrawn on a terminal, now and then a line elsewhere.
import { describe, expect, test } from 'vitest';
import { Progress } from '#src/lab/report/progress.ts';
import type { Sample } from '#src/lab/report/progress.ts';

function sample(seconds: number): Sample {
  return { phase: 'running', seconds, issued: 1003, completed: 1000, perSecond: 500,
    threads: [{ processor: 4, role: 'requestor', state: 'running', irql: 2, where: 'in PreRead',
      issued: 1003, completed: 1000 }] };
}

function written(isTTY: boolean, show: (progress: Progress) => void): string {
  let text = '';
  show(new Progress({ isTTY, columns: 100, write: (more: string) => { text += more; } }));
  return text;
}

describe('without a terminal', () => {
  test('a plain line comes every few seconds, not at every look', () => {
    const text = written(false, (progress) => {
      for (let tenth = 0; tenth <= 120; tenth++) progress.show(sample(tenth / 10));
    });
    expect(text).toBe('   5 s  running: 1,000 operations, 500/s, 3 in flight\n' +
      '  10 s  running: 1,000 operations, 500/s, 3 in flight\n');
  });
});

describe('on a terminal', () => {
  test('each thread has a line with role, state and IRQL', () => {
    expect(written(true, (progress) => progress.show(sample(1))))
      .toMatch(/ 4 requestor +running +DISPATCH +1,000 operations +in PreRead/);
  });

  test('the lines are drawn again in place, and taken away at the end', () => {
    const text = written(true, (progress) => {
      progress.show(sample(1));
      progress.show(sample(2));
      progress.clear();
    });
    expect(text.split('\u001b[2A\r\u001b[J')).toHaveLength(3);
    expect(text.endsWith('\u001b[2A\r\u001b[J')).toBe(true);
  });

  test('no line is wider than the terminal', () => {
    const text =
      written(true, (progress) => progress.show({ ...sample(1), phase: 'x'.repeat(200) }));
    const plain = text.replaceAll(/\u001b\[\d*[A-Za-z]/g, '');
    expect(Math.max(...plain.split('\n').map((line) => line.length))).toBeLessThan(100);
  });
});
