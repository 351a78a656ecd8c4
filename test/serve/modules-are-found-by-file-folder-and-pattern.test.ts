import { join, relative } from 'node:path'
import { afterEach, expect, test } from 'vitest'
import { scannedFiles } from '../../container/scan.js'
import { closeAll } from '../support/network.js'
import { project } from '../support/serving.js'

afterEach(closeAll)

function scan(...entries: string[]): string[] {
  const files = [
    'service/a.ts',
    'service/a.test.ts',
    'service/deep/b.mjs',
    'service/deep/er/c.js',
    'service/both.ts',
    'service/both.js',
    'service/types.d.ts',
    'service/.hidden/x.ts',
    'service/node_modules/p/index.js',
    'com/miao/impl/d.ts',
    'readme.md',
    'we{ird}.ts',
  ]
  const folder = project(Object.fromEntries(files.map((file) => [file, ''])))
  return scannedFiles(folder, entries).map((file) => relative(folder, file))
}

test.each([
  ['a file', ['service/a.ts'], ['service/a.ts']],
  ['a folder', ['service'], ['service/a.ts', 'service/both.ts', 'service/deep/b.mjs', 'service/deep/er/c.js']],
  ['a pattern', ['service/*.ts'], ['service/a.ts', 'service/both.ts']],
  ['a deep pattern', ['./service/**/*.{js,mjs}'], ['service/deep/b.mjs', 'service/deep/er/c.js']],
  ['one sign', ['service/?.ts'], ['service/a.ts']],
  ['a package of Dubbo', ['com.miao.impl'], ['com/miao/impl/d.ts']],
  ['several, each file once', ['service/a.ts', 'service/*.ts'], ['service/a.ts', 'service/both.ts']],
])('%s', (_name, entries, expected) => {
  expect(scan(...entries)).toEqual(expected)
})

test.each([
  ['nowhere', 'scan: nowhere is not there'],
  ['readme.m*', 'scan: readme.m* is not there'],
  ['service/.hidden/..x', 'is not there'],
  ['{a', 'has a "{" without its "}"'],
  ['service/deep/*.ts', 'is not there'],
])('%s is an error that says where it was looked for', (entry, message) => {
  expect(() => scan(entry)).toThrow(message)
  expect(() => scan(entry)).toThrow(entry === '{a' ? '{a' : join(''))
})
