// Checks credentials with implementations that are not ours, as a stranger would who has only the service's address:
// `jose` for VC-JWT and status lists, Digital Bazaar's `vc` for Data Integrity proofs and the bits of the lists.
//
// In: {"publicUrl", "baseUrl" (where the public address is served now), "openBadgesContext" (its file),
//      "cases": {name: {"form": "jwt" | "ldp", "text"}}} as JSON on standard input.
// Out: {name: {"accepted", "reason", "statuses": {purpose: bit}}} as JSON on standard output.

import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {contexts} from '@digitalbazaar/credentials-context';
import {DataIntegrityProof} from '@digitalbazaar/data-integrity';
import {cryptosuite} from '@digitalbazaar/eddsa-rdfc-2022-cryptosuite';
import * as vc from '@digitalbazaar/vc';
import {checkStatus} from '@digitalbazaar/vc-bitstring-status-list';
import * as jose from 'jose';

const OPEN_BADGES = 'https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json';
const OPEN_BADGES_SHA256 = '3d34f4d4ef1bce691106e63798beb5e7b862ba841423f5ee1e53ab7ddf3bca84';
const MULTIKEY = 'https://w3id.org/security/multikey/v1';

const given = JSON.parse(readFileSync(0, 'utf8'));
const keys = jose.createRemoteJWKSet(served(`${given.publicUrl}/.well-known/jwks.json`));
const known = new Map(contexts);
known.set(OPEN_BADGES, pinned(readFileSync(given.openBadgesContext)));

function pinned(bytes) {
  if(createHash('sha256').update(bytes).digest('hex') !== OPEN_BADGES_SHA256) {
    throw new Error('this is not the Open Badges context 3.0.3');
  }
  return JSON.parse(bytes);
}

function served(address) {
  if(!address.startsWith(`${given.publicUrl}/`)) {
    throw new Error(`${address} is not at the issuer's address`);
  }
  return new URL(given.baseUrl + address.slice(given.publicUrl.length));
}

async function fetched(address) {
  const response = await fetch(served(address));
  if(!response.ok) {
    throw new Error(`${address} answers ${response.status}`);
  }
  return response;
}

async function verifiedToken(token) {
  return (await jose.jwtVerify(token, keys, {algorithms: ['EdDSA']})).payload;
}

// What every address stands for: a context, a verification method, an issuer's document or a status list.
async function documentLoader(url) {
  if(known.has(url)) {
    return {contextUrl: null, documentUrl: url, document: known.get(url)};
  }
  const [address, fragment] = url.split('#');
  const response = await fetched(address);
  if(response.headers.get('content-type').startsWith('application/vc+jwt')) {
    return {contextUrl: null, documentUrl: url, document: await verifiedToken(await response.text())};
  }
  const document = await response.json();
  if(document.id !== address) {
    throw new Error(`what is at ${address} says that it is ${document.id}`);
  }
  if(!fragment) {
    return {contextUrl: null, documentUrl: url, document};
  }
  const method = document.verificationMethod.find(each => each.id === url);
  return {contextUrl: null, documentUrl: url, document: {'@context': MULTIKEY, ...method}};
}

async function statusesOf(credential) {
  const found = await checkStatus({credential, documentLoader, verifyBitstringStatusListCredential: false});
  if(!found.verified) {
    throw found.error;
  }
  return Object.fromEntries(found.results.map(each => [each.credentialStatus.statusPurpose, each.status]));
}

async function accepted({form, text}) {
  if(form === 'jwt') {
    return verifiedToken(text);
  }
  const credential = JSON.parse(text);
  const suite = new DataIntegrityProof({cryptosuite});
  const done = await vc.verifyCredential({credential, suite, documentLoader, checkStatus: async () => ({verified: true})});
  if(!done.verified) {
    throw done.error;
  }
  return credential;
}

// The innermost reasons of an error that stands for several.
function reason(error) {
  return error?.errors?.length ? error.errors.map(reason).join('; ') : String(error?.message ?? error);
}

const answers = {};
for(const [name, each] of Object.entries(given.cases)) {
  try {
    const credential = await accepted(each);
    answers[name] = {accepted: true, reason: null, statuses: await statusesOf(credential)};
  } catch(error) {
    answers[name] = {accepted: false, reason: reason(error), statuses: null};
  }
}
process.stdout.write(JSON.stringify(answers));
