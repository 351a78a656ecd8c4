// TypeScript's compiler, the one that ts-morph was made for: the only file that loads it.
//
// By require(), and past ts-morph's own classes: an `import` of it reads and lexes 4 MB that nothing here calls, which
// is a fifth of the time that codegen takes.
const { createRequire } = require('node:module')

const from = createRequire(require.resolve('ts-morph'))

exports.ts = load()

function load() {
  try {
    return from('@ts-morph/common/dist/typescript.js')
  } catch {
    return from('ts-morph').ts
  }
}
