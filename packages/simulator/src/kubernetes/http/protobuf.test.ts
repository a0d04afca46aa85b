import { describe, expect, it } from 'vitest';
import { StatusError } from '../status-error.js';
import { decodeProtobuf } from './protobuf.js';

const decode = (base64: string): unknown => decodeProtobuf(Buffer.from(base64, 'base64'));

// Bodies that kubectl 1.32 sent for `kubectl create …`.
const configMap =
  'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEjEKHAoIc2V0dGluZ3MSABoEZGVtbyIAKgAyADgAQgASBgoBYRIBMRIJCgFiEgR6d2VpGgAiAA==';
const secret =
  'azhzAAoMCgJ2MRIGU2VjcmV0EjgKHAoIcGFzc3dvcmQSABoEZGVtbyIAKgAyADgAQgASFgoMY2xpZW50U2VjcmV0EgZzM2NyZXQaABoAIgA=';
const namespace = 'azhzAAoPCgJ2MRIJTmFtZXNwYWNlEhwKFAoEZGVtbxIAGgAiACoAMgA4AEIAEgAaAgoAGgAiAA==';
const tokenRequest =
  'azhzAAooChhhdXRoZW50aWNhdGlvbi5rOHMuaW8vdjESDFRva2VuUmVxdWVzdBI4ChAKABIAGgAiACoAMgA4AEIAEh4KB2FwaTovL3gaEAoDUG9kEgJ2MRoDd2ViIgAgsAkaBAoAEgAaACIA';

describe('decodeProtobuf', () => {
  it('reads what kubectl create sends', () => {
    expect(decode(configMap)).toEqual({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'settings', namespace: 'demo' },
      data: { a: '1', b: 'zwei' },
    });
    expect(decode(secret)).toEqual({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'password', namespace: 'demo' },
      data: { clientSecret: Buffer.from('s3cret').toString('base64') },
    });
    expect(decode(namespace)).toEqual({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'demo' } });
  });

  it('reads nested messages and numbers of several bytes', () => {
    expect(decode(tokenRequest)).toEqual({
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenRequest',
      metadata: {},
      spec: {
        audiences: ['api://x'],
        boundObjectRef: { kind: 'Pod', apiVersion: 'v1', name: 'web' },
        expirationSeconds: 1200,
      },
    });
  });

  it('refuses other kinds with 415, and every body that is cut short with 400', () => {
    const codeOf = (body: Buffer): number | undefined => {
      try {
        decodeProtobuf(body);
        return undefined;
      } catch (error) {
        return error instanceof StatusError ? error.status.code : -1;
      }
    };
    const whole = Buffer.from(configMap, 'base64');
    expect(codeOf(Buffer.from(whole.toString('latin1').replace('ConfigMap', 'Endpoints'), 'latin1'))).toBe(
      415,
    );
    // Behind the object stand two empty fields of two bytes each.
    for (let length = 0; length < whole.length - 4; length++) {
      expect(codeOf(whole.subarray(0, length))).toBeGreaterThanOrEqual(400);
    }
  });
});
