// What a user would run instead: the same module under Node's own WASI, in this process.
//
//   node bench/rival.mjs cold|warm ROUNDS INPUT MODULE [ARGUMENT…]
//
// Prints what each round took, in ms. `warm` compiles once and runs once before it counts; `cold` reads, compiles
// and runs, once. Each round has an instance of its own, its standard input from the file INPUT and its output in
// a file, since Node's WASI knows only files. What the last round wrote is copied to standard error's place: the
// file named by RIVAL_OUT, if that is set, so that results can be compared.
import { closeSync, copyFileSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WASI } from 'node:wasi';

const [kind, rounds, input, file, ...args] = process.argv.slice(2);
const folder = mkdtempSync(join(tmpdir(), 'rival-'));
const output = join(folder, 'out');

function run(module) {
  const stdin = openSync(input, 'r');
  const stdout = openSync(output, 'w');
  const wasi = new WASI({ version: 'preview1', args: ['function', ...args], stdin, stdout, returnOnExit: true });
  const instance = new WebAssembly.Instance(module, wasi.getImportObject());
  const code = wasi.start(instance);
  closeSync(stdin);
  closeSync(stdout);
  readFileSync(output);
  if (code !== 0) throw new Error(`${file} exited with ${code}`);
}

function timed(work) {
  const began = process.hrtime.bigint();
  work();
  console.log((Number(process.hrtime.bigint() - began) / 1e6).toFixed(4));
}

try {
  if (kind === 'cold') {
    timed(() => run(new WebAssembly.Module(readFileSync(file))));
  } else {
    const module = new WebAssembly.Module(readFileSync(file));
    run(module);
    for (let round = 0; round < Number(rounds); round++) timed(() => run(module));
  }
  if (process.env.RIVAL_OUT) copyFileSync(output, process.env.RIVAL_OUT);
} finally {
  rmSync(folder, { recursive: true });
}
