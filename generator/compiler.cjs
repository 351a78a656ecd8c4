// Loads TypeScript's compiler, the one that ts-morph was made for; `compiler.ts` is where everybody gets it.
//
// By require(), and past ts-morph's own classes: an `import` of it reads and lexes 4 MB that nothing here calls, which
// is a fifth of the time that codegen takes. And with what V8 made of its 9 MB in an earlier run, kept in
// node_modules/.cache/tsubo, which is a tenth more; NODE_DISABLE_COMPILE_CACHE=1, Node's own switch, leaves it out.
const { createHash } = require('node:crypto')
const { mkdirSync, readFileSync, renameSync, statSync, writeFileSync } = require('node:fs')
const { createRequire, wrap } = require('node:module')
const { dirname, join, sep } = require('node:path')
const { cachedDataVersionTag } = require('node:v8')
const { Script } = require('node:vm')

try {
  exports.ts = load(createRequire(require.resolve('ts-morph')))
} catch (error) {
  // Thrown from here it would end the process, past every catch: Node 20 reports what CommonJS throws while imported.
  exports.failure = error
}

function load(requireBesideIt) {
  let file
  try {
    file = requireBesideIt.resolve('@ts-morph/common/dist/typescript.js')
  } catch {
    return requireBesideIt('ts-morph').ts
  }
  const cache = process.env.NODE_DISABLE_COMPILE_CACHE ? undefined : cacheOf(file)
  return cache === undefined ? require(file) : run(file, cache)
}

/** Where the code of a module is kept: another file for every version of it, of Node and of V8's flags. */
function cacheOf(file) {
  const modules = file.lastIndexOf(`${sep}node_modules${sep}`)
  if (modules < 0) return undefined
  const { size, mtimeMs } = statSync(file)
  const key = [file, size, mtimeMs, process.version, process.arch, cachedDataVersionTag()].join('\n')
  const name = `typescript-${createHash('sha256').update(key).digest('hex').slice(0, 16)}.bin`
  return join(file.slice(0, modules), 'node_modules', '.cache', 'tsubo', name)
}

/** Runs a CommonJS module as require() does, from its kept code where there is some; keeps it where there is none. */
function run(file, cache) {
  const cachedData = readIfThere(cache)
  const script = new Script(wrap(readFileSync(file, 'utf8')), { filename: file, ...(cachedData && { cachedData }) })
  const made = { exports: {} }
  script.runInThisContext().call(made.exports, made.exports, createRequire(file), made, file, dirname(file))
  // At the end, when it holds the functions that a run needs.
  if (!cachedData || script.cachedDataRejected) process.once('exit', () => keep(cache, script.createCachedData()))
  return made.exports
}

function readIfThere(path) {
  try {
    return readFileSync(path)
  } catch {
    return undefined
  }
}

function keep(path, data) {
  const temporary = `${path}.${process.pid}.tmp`
  try {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(temporary, data)
    renameSync(temporary, path)
  } catch {
    // A folder that nobody may write to: the next run takes as long as this one.
  }
}
