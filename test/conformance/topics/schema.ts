import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, mergePatch } from '../harness/api.js';
import { expectFailure } from '../harness/expectations.js';
import { assigned, custom, exception, group, identity } from '../harness/objects.js';

/** What becomes of fields that a schema does not know, or that are not of its types. */
export function schema(api: Api): void {
  let namespace: string;
  let collection: string;
  beforeAll(async () => {
    namespace = await api.namespace();
    collection = custom('azureidentities', namespace);
  });

  describe('a field of the wrong type', () => {
    it('is refused, with its path and both types', async () => {
      const message = 'Invalid value: "string": spec.type in body must be of type integer: "string"';
      expectFailure(await api.post(collection, identity('typed', { spec: { type: 'user-assigned' } })), {
        code: 422,
        reason: 'Invalid',
        message: `AzureIdentity.${group} "typed" is invalid: spec.type: ${message}`,
        details: {
          name: 'typed',
          group,
          kind: 'AzureIdentity',
          causes: [{ reason: 'FieldValueTypeInvalid', message, field: 'spec.type' }],
        },
      });
    });

    it('is refused with all its fellows at once', async () => {
      const answer = await api.post(
        collection,
        identity('typed', { spec: { type: 1.5, clientID: 7, clientPassword: [] } }),
      );
      expect(answer.status).toBe(422);
      const found = answer.body.details.causes.map(
        ({ field, message }: Record<string, string>) => `${field}: ${message}`,
      );
      const expected = [
        'spec.clientID: Invalid value: "integer": spec.clientID in body must be of type string: "integer"',
        'spec.clientPassword: Invalid value: "array": spec.clientPassword in body must be of type object: "array"',
        'spec.type: Invalid value: "number": spec.type in body must be of type integer: "number"',
      ];
      // The server goes through a hash map: the order is no promise.
      expect(found.sort()).toEqual(expected);
      expect(answer.body.message).toMatch(`AzureIdentity.${group} "typed" is invalid: [`);
      for (const one of expected) expect(answer.body.message).toMatch(one);
    });

    it('is refused in a patch as in a whole object', async () => {
      await api.created(collection, identity('patched'));
      const answer = await api.patch(`${collection}/patched`, mergePatch, { spec: { type: true } });
      expect(answer.status).toBe(422);
      expect(answer.body.details.causes).toEqual([
        {
          reason: 'FieldValueTypeInvalid',
          message: 'Invalid value: "boolean": spec.type in body must be of type integer: "boolean"',
          field: 'spec.type',
        },
      ]);
    });

    it('is refused in a list, with its index', async () => {
      const answer = await api.post(
        collection,
        identity('listed', { spec: { auxiliaryTenantIDs: ['a', 1] } }),
      );
      expect(answer.status).toBe(422);
      expect(answer.body.details.causes.map(({ field }: { field: string }) => field)).toEqual([
        'spec.auxiliaryTenantIDs[1]',
      ]);
    });

    it('is refused in metadata', async () => {
      const object = identity('labelled');
      object.metadata['labels'] = { replicas: 3 };
      const answer = await api.post(collection, object);
      expect(answer.status).toBe(400);
      expect(answer.body.reason).toBe('BadRequest');
      expect(answer.body.message).toMatch(
        /^AzureIdentity in version "v1" cannot be handled as a AzureIdentity: json: cannot unmarshal number/,
      );
    });

    it('is refused among the values of a map, with its key', async () => {
      const answer = await api.post(custom('azurepodidentityexceptions', namespace), {
        ...exception('typed', {}),
        spec: { podLabels: { app: true } },
      });
      expect(answer.status).toBe(422);
      expect(answer.body.details.causes).toEqual([
        {
          reason: 'FieldValueTypeInvalid',
          message: 'Invalid value: "boolean": spec.podLabels.app in body must be of type string: "boolean"',
          field: 'spec.podLabels.app',
        },
      ]);
    });

    it('null is kept where the schema says nullable', async () => {
      const answer = await api.post(collection, identity('nullable', { spec: { auxiliaryTenantIDs: null } }));
      expect(answer.status).toBe(201);
      expect(answer.body.spec.auxiliaryTenantIDs).toBeNull();
    });

    it('null is as if it were not there', async () => {
      const answer = await api.post(collection, identity('null', { spec: { clientID: null } }));
      expect(answer.status).toBe(201);
      expect(answer.body.spec).not.toHaveProperty('clientID');
    });
  });

  describe('a condition in a status', () => {
    const good = {
      type: 'Ready',
      status: 'True',
      reason: 'Usable',
      message: '',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    };
    const write = async (name: string, conditions: unknown[]): Promise<Answer> => {
      await api.created(collection, identity(name));
      return api.patch(`${collection}/${name}/status`, mergePatch, { status: { conditions } });
    };

    it('is kept whole where it is as the schema says', async () => {
      const answer = await write('good', [good]);
      expect(answer.status).toBe(200);
      expect(answer.body.status.conditions).toEqual([good]);
    });

    it.each([
      [
        'without a status',
        [{ type: 'Ready' }],
        'FieldValueRequired',
        'status.conditions[0].status',
        'Required value',
      ],
      [
        'with a status of no known kind',
        [{ ...good, status: 'Maybe' }],
        'FieldValueNotSupported',
        'status.conditions[0].status',
        'Unsupported value: "Maybe": supported values: "True", "False", "Unknown"',
      ],
      [
        'that is there twice',
        [good, good],
        'FieldValueDuplicate',
        'status.conditions[1]',
        expect.stringMatching(/^Duplicate value: .*"type":"Ready"/),
      ],
    ])('is refused %s', async (what, conditions, reason, field, message) => {
      const answer = await write(`c${what.length}`, conditions);
      expect(answer.status).toBe(422);
      expect(answer.body.details.causes).toEqual([{ reason, message, field }]);
    });

    it('is refused with a time that is none', async () => {
      const answer = await write('untimely', [{ ...good, lastTransitionTime: 'yesterday' }]);
      expect(answer.status).toBe(422);
      expect(answer.body.details.causes).toMatchObject([
        { field: 'status.conditions[0].lastTransitionTime' },
      ]);
    });
  });

  describe('an unknown field', () => {
    it('is kept in spec, where old spellings live', async () => {
      const spec = { ResourceID: '/old/spelling', Nested: { ClientID: 'x', list: [{ a: 1 }] } };
      const answer = await api.post(collection, identity('kept', { spec }));
      expect(answer.status).toBe(201);
      expect(answer.body.spec).toMatchObject(spec);
      expect((await api.get(`${collection}/kept`)).body.spec).toMatchObject(spec);
    });

    it('is kept in the objects that an assignment embeds', async () => {
      const object = assigned('embedded');
      const ref = object.spec['azureIdentityRef'] as Record<string, Record<string, unknown>>;
      ref['spec']!['Unknown'] = 'kept';
      const answer = await api.post(custom('azureassignedidentities', namespace), object);
      expect(answer.status).toBe(201);
      expect(answer.body.spec).toEqual(object.spec);
    });

    it('is dropped elsewhere', async () => {
      const answer = await api.post(collection, { ...identity('pruned'), extra: 1 });
      expect(answer.status).toBe(201);
      expect(answer.body).not.toHaveProperty('extra');
      expect((await api.get(`${collection}/pruned`)).body).not.toHaveProperty('extra');
    });
  });

  describe('fieldValidation', () => {
    const odd = (name: string): object => ({ ...identity(name), metadata: { name, lables: {} }, speck: {} });

    it('Strict refuses unknown fields, and names them all', async () => {
      expectFailure(await api.post(`${collection}?fieldValidation=Strict`, odd('strict')), {
        code: 400,
        reason: 'BadRequest',
        message:
          'AzureIdentity in version "v1" cannot be handled as a AzureIdentity: strict decoding error: unknown field "metadata.lables", unknown field "speck"',
      });
    });

    it('Strict takes what it knows, and anything in spec', async () => {
      const answer = await api.post(
        `${collection}?fieldValidation=Strict`,
        identity('strict', { spec: { ClientID: 'old' } }),
      );
      expect(answer.status).toBe(201);
    });

    it('Warn, which is the default, takes them with a warning each', async () => {
      for (const query of ['?fieldValidation=Warn', '']) {
        const answer = await api.post(`${collection}${query}`, odd(`warn${query.length}`));
        expect(answer.status).toBe(201);
        expect(answer.headers['warning']).toBe(
          '299 - "unknown field \\"metadata.lables\\"", 299 - "unknown field \\"speck\\""',
        );
        expect(answer.body).not.toHaveProperty('speck');
      }
    });

    it('Ignore takes them in silence', async () => {
      const answer = await api.post(`${collection}?fieldValidation=Ignore`, odd('ignore'));
      expect(answer.status).toBe(201);
      expect(answer.headers['warning']).toBeUndefined();
    });

    it('Strict holds for replacements and patches', async () => {
      const created = await api.created(collection, identity('later'));
      const replaced = await api.put(`${collection}/later?fieldValidation=Strict`, { ...created, speck: {} });
      expect([replaced.status, replaced.body.reason]).toEqual([400, 'BadRequest']);
      const patched = await api.patch(`${collection}/later?fieldValidation=Strict`, mergePatch, {
        speck: {},
      });
      expect([patched.status, patched.body.reason]).toEqual([422, 'Invalid']);
      // Before this the message quotes the whole patched object.
      expect(patched.body.message).toMatch(/: strict decoding error: unknown field "speck"$/);
      expect(patched.body.details.causes).toMatchObject([{ reason: 'FieldValueInvalid', field: 'patch' }]);
      expect((await api.get(`${collection}/later`)).body).toEqual(created);
    });

    it('is refused with another value', async () => {
      const message = 'Unsupported value: "Never": supported values: "", "Ignore", "Strict", "Warn"';
      expectFailure(await api.post(`${collection}?fieldValidation=Never`, identity('never')), {
        code: 422,
        reason: 'Invalid',
        message: `CreateOptions.meta.k8s.io "" is invalid: fieldValidation: ${message}`,
        details: {
          group: 'meta.k8s.io',
          kind: 'CreateOptions',
          causes: [{ reason: 'FieldValueNotSupported', message, field: 'fieldValidation' }],
        },
      });
    });
  });
}
