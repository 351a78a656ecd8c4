// Loads TypeScript's compiler, the one that ts-morph was made for; `compiler.ts` is where everybody gets it.
//
// By require(), and past ts-morph's own classes: an `import` of it reads and lexes 4 MB that nothing here calls, which
// is a fifth of the time that codegen takes.
const { createRequire } = require('node:module')

try {
  exports.ts = load(createRequire(require.resolve('ts-morph')))
} catch (error) {
  // Thrown from here it would end the process, past every catch: Node 20 reports what CommonJS throws while imported.
  exports.failure = error
}

function load(requireBesideIt) {
  try {
    return requireBesideIt('@ts-morph/common/dist/typescript.js')
  } catch {
    return requireBesideIt('ts-morph').ts
  }
}
