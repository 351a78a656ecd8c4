import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What `openssl` made for a test: files of one authority and of certificates that it signed. */
export interface Authority {
  readonly folder: string
  readonly caFile: string
  issue(name: string, options?: IssueOptions): { readonly certFile: string; readonly keyFile: string }
  remove(): void
}

export interface IssueOptions {
  /** As openssl writes it: `DNS:localhost,IP:127.0.0.1`. Default that; `''` for none. */
  readonly names?: string
  /** What stands under the subject's CN; default the name. */
  readonly commonName?: string
  readonly usage?: 'serverAuth' | 'clientAuth'
  readonly expired?: boolean
}

/** Makes an authority. Needs the command `openssl`, which every Debian has; says so where it is missing. */
export function newAuthority(commonName = 'Test CA'): Authority {
  const folder = mkdtempSync(join(tmpdir(), 'tsubo-tls-'))
  const at = (file: string) => join(folder, file)
  const openssl = (...args: string[]) => {
    try {
      execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] })
    } catch (error) {
      const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
      throw missing ? new Error('the TLS tests need the command openssl: apt-get install openssl') : error
    }
  }
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  openssl('req', '-x509', ...newKey, '-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', `/CN=${commonName}`)
  return {
    folder,
    caFile: at('ca.pem'),
    issue(
      name,
      { names = 'DNS:localhost,IP:127.0.0.1', commonName = name, usage = 'serverAuth', expired = false } = {},
    ) {
      writeFileSync(at(`${name}.ext`), `extendedKeyUsage=${usage}\n${names && `subjectAltName=${names}\n`}`)
      openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', `/CN=${commonName}`)
      // Negative days end it before it began; that it never was valid doesn't matter to "expired".
      const days = ['-days', expired ? '-1' : '2']
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', `${name}.ext`]
      openssl('x509', '-req', '-in', `${name}.csr`, ...signed, '-out', `${name}.pem`, ...days)
      return { certFile: at(`${name}.pem`), keyFile: at(`${name}.key`) }
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
