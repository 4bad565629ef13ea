import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** Certificates for `localhost` that a certificate authority of this test has signed. */
export interface Certificates extends AsyncDisposable {
  readonly folder: string
  /** Of the authority, in PEM: what trusts it trusts all of these. */
  readonly caFile: string
  readonly ca: string
  /** Makes a key and a certificate: each alone, and both in one file as HAProxy takes them. */
  issue(name: string): Promise<{ keyFile: string; certFile: string; bothFile: string }>
}

const run = promisify(execFile)

/** With the openssl of PATH. */
export async function makeCertificates(): Promise<Certificates> {
  const folder = await mkdtemp(join(tmpdir(), 'recorder-tls-'))
  const file = (name: string) => join(folder, name)
  const openssl = (...args: string[]) => run('openssl', args, { cwd: folder })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes']
  await openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    'ca.key',
    '-out',
    'ca.pem',
    '-days',
    '2',
    '-subj',
    '/CN=Tests',
  )
  return {
    folder,
    caFile: file('ca.pem'),
    ca: await readFile(file('ca.pem'), 'utf8'),
    issue: async (name) => {
      const [keyFile, certFile, bothFile] = [file(`${name}.key`), file(`${name}.crt`), file(`${name}.pem`)]
      await writeFile(file('san'), 'subjectAltName=DNS:localhost,IP:127.0.0.1')
      await openssl('req', ...newKey, '-keyout', keyFile, '-out', `${name}.csr`, '-subj', `/CN=${name}`)
      const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '2', '-extfile', 'san']
      await openssl('x509', '-req', '-in', `${name}.csr`, '-out', certFile, ...signed)
      const both = await Promise.all([certFile, keyFile].map((path) => readFile(path, 'utf8')))
      await writeFile(bothFile, both.join(''))
      return { keyFile, certFile, bothFile }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  }
}
