import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'

/** Files in PEM form. All are looked at again at every handshake, so a renewed certificate needs no restart. */
export interface CertificateFiles {
  /** The own certificate, followed by those between it and its authority. */
  readonly certFile?: string
  /** The private key of it. */
  readonly keyFile?: string
  /** Authorities to trust: those of the system are then not. */
  readonly caFile?: string
}

/** What the files hold, as node:tls takes it. */
export interface Certificates {
  readonly cert?: Buffer
  readonly key?: Buffer
  readonly ca?: Buffer
}

const options = { certFile: 'cert', keyFile: 'key', caFile: 'ca' } as const

/**
 * Keeps what is made of these files up to date: `make` runs now and, when a file has changed, at the next `current()`.
 * Throws Error naming option and file where something is wrong with them now. Later a broken file is told once by a
 * warning and what was made before stays in use, until the files change again.
 *
 * Looking at the files at each handshake needs no watcher, sees symbolic links that move on (as Kubernetes renews
 * secrets), and costs some 20 us of a handshake's 1,000.
 */
export function keepCertificates<T>(files: CertificateFiles, make: (certificates: Certificates) => T): () => T {
  let seen = signature(files)
  let made = make(readAll(files))
  return () => {
    const now = signature(files)
    if (now !== seen) {
      seen = now
      try {
        made = make(readAll(files))
      } catch (error) {
        console.warn(`tsubo: new TLS files can't be used, the old ones stay in use: ${(error as Error).message}`)
      }
    }
    return made
  }
}

function named(files: CertificateFiles): [keyof typeof options, string][] {
  return (Object.keys(options) as (keyof typeof options)[]).flatMap((option) => {
    const file = files[option]
    return file === undefined ? [] : [[option, file] as [keyof typeof options, string]]
  })
}

/** Changes whenever one of the files does. */
function signature(files: CertificateFiles): string {
  return named(files)
    .map(([, file]) => {
      const stat = statSync(file, { throwIfNoEntry: false })
      return stat ? `${stat.mtimeMs} ${stat.size} ${stat.ino}` : 'missing'
    })
    .join()
}

function readAll(files: CertificateFiles): Certificates {
  if ((files.certFile === undefined) !== (files.keyFile === undefined)) {
    throw new TypeError('tls: certFile and keyFile belong together; give both or none')
  }
  const read: { -readonly [K in keyof Certificates]: Certificates[K] } = {}
  for (const [option, file] of named(files)) {
    try {
      read[options[option]] = readFileSync(file)
    } catch (cause) {
      throw new Error(`tls: ${option} can't be read: ${(cause as Error).message}`, { cause })
    }
  }
  if (read.cert && read.key) check(files, read.cert, read.key)
  if (read.ca) parse('caFile', files.caFile as string, read.ca)
  return read
}

/** What OpenSSL would say of these only in passing, in the middle of a handshake, or not at all. */
function check({ certFile = '', keyFile = '' }: CertificateFiles, cert: Buffer, key: Buffer): void {
  const certificate = parse('certFile', certFile, cert)
  let fits: boolean
  try {
    fits = certificate.checkPrivateKey(createPrivateKey(key))
  } catch (cause) {
    throw new Error(`tls: keyFile ${keyFile} holds no private key in PEM form that can be read without a password`, {
      cause,
    })
  }
  if (!fits) throw new Error(`tls: the key in ${keyFile} is not that of the certificate in ${certFile}`)
  if (Date.parse(certificate.validTo) < Date.now()) {
    console.warn(`tsubo: the certificate in ${certFile} has expired (${certificate.validTo}); others will refuse it`)
  }
}

function parse(option: string, file: string, pem: Buffer): X509Certificate {
  try {
    return new X509Certificate(pem)
  } catch (cause) {
    throw new Error(`tls: ${option} ${file} holds no certificate in PEM form`, { cause })
  }
}
