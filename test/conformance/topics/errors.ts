import { beforeAll, describe, expect, it } from 'vitest';
import { type Api } from '../harness/api.js';
import { expectFailure } from '../harness/expectations.js';
import { configMap, core, custom, group, identity, pod } from '../harness/objects.js';

/** What a server says when it does not do what it was asked. */
export function errors(api: Api): void {
  let namespace: string;
  beforeAll(async () => {
    namespace = await api.namespace();
  });

  describe('who asks', () => {
    it('401 for a token that is none', async () => {
      expectFailure(await api.get(core('pods', namespace), { token: 'nonsense' }), {
        code: 401,
        reason: 'Unauthorized',
        message: 'Unauthorized',
      });
    });

    it('403 for nobody, who is system:anonymous', async () => {
      expectFailure(await api.get(custom('azureidentities', namespace), { token: null }), {
        code: 403,
        reason: 'Forbidden',
        message: `azureidentities.${group} is forbidden: User "system:anonymous" cannot list resource "azureidentities" in API group "${group}" in the namespace "${namespace}"`,
        details: { group, kind: 'azureidentities' },
      });
    });

    it('but health and version are for everybody', async () => {
      const version = await api.get('/version', { token: null });
      expect(version.status).toBe(200);
      for (const path of ['/healthz', '/livez', '/readyz']) {
        const answer = await api.get(path, { token: null });
        expect([answer.status, answer.text]).toEqual([200, 'ok']);
      }
    });
  });

  describe('what is not there', () => {
    it('404 for a custom object', async () => {
      expectFailure(await api.get(custom('azureidentities', namespace, 'none')), {
        code: 404,
        reason: 'NotFound',
        message: `azureidentities.${group} "none" not found`,
        details: { name: 'none', group, kind: 'azureidentities' },
      });
    });

    it('404 for a built-in object', async () => {
      expectFailure(await api.get(core('pods', namespace, 'none')), {
        code: 404,
        reason: 'NotFound',
        message: 'pods "none" not found',
        details: { name: 'none', kind: 'pods' },
      });
    });

    it('404 for a namespace that a new object names', async () => {
      for (const [path, object] of [
        [custom('azureidentities', 'nowhere'), identity('a')],
        [core('configmaps', 'nowhere'), configMap('a')],
      ] as const) {
        expectFailure(await api.post(path, object), {
          code: 404,
          reason: 'NotFound',
          message: 'namespaces "nowhere" not found',
          details: { name: 'nowhere', kind: 'namespaces' },
        });
      }
    });

    it('an empty list for a namespace that is not there', async () => {
      const answer = await api.get(custom('azureidentities', 'nowhere'));
      expect(answer.status).toBe(200);
      expect(answer.body.items).toEqual([]);
    });

    it('404 in plain text for an unknown path, version or custom resource', async () => {
      const paths = [
        '/nothing/here',
        `/apis/${group}/v2`,
        `/apis/${group}/v1/namespaces/${namespace}/unknown`,
      ];
      for (const path of paths) {
        const answer = await api.get(path);
        expect([answer.status, answer.text]).toEqual([404, '404 page not found\n']);
        expect(answer.headers['content-type']).toBe('text/plain; charset=utf-8');
      }
    });

    it('404 with a Status for an unknown resource of a built-in group', async () => {
      for (const path of [
        core('unknown', namespace),
        `/apis/coordination.k8s.io/v1/namespaces/${namespace}/unknown`,
      ]) {
        expectFailure(await api.get(path), {
          code: 404,
          reason: 'NotFound',
          message: 'the server could not find the requested resource',
          details: {},
        });
      }
    });

    it('404 for a subresource that a custom resource does not have', async () => {
      const answer = await api.get(`${custom('azureidentities', namespace, 'none')}/scale`);
      expect(answer.status).toBe(404);
    });
  });

  describe('what does not fit', () => {
    it('400 for a name that is not that of the URL', async () => {
      const created = await api.created(custom('azureidentities', namespace), identity('named'));
      const metadata = { ...created.metadata, name: 'another' };
      const answer = await api.put(custom('azureidentities', namespace, 'named'), { ...created, metadata });
      expectFailure(answer, {
        code: 400,
        reason: 'BadRequest',
        message: 'the name of the object (another) does not match the name on the URL (named)',
      });
    });

    it('400 for a namespace that is not that of the URL', async () => {
      const object = identity('misplaced');
      object.metadata['namespace'] = 'elsewhere';
      expectFailure(await api.post(custom('azureidentities', namespace), object), {
        code: 400,
        reason: 'BadRequest',
        message: 'the namespace of the provided object does not match the namespace sent on the request',
      });
    });

    it('422 for a custom object of another kind', async () => {
      const other = { ...identity('kind'), kind: 'AzureIdentityBinding' };
      expectFailure(await api.post(custom('azureidentities', namespace), other), {
        code: 422,
        reason: 'Invalid',
        message: `AzureIdentityBinding.${group} "kind" is invalid: kind: Invalid value: "AzureIdentityBinding": must be AzureIdentity`,
        details: {
          name: 'kind',
          group,
          kind: 'AzureIdentityBinding',
          causes: [
            {
              reason: 'FieldValueInvalid',
              message: 'Invalid value: "AzureIdentityBinding": must be AzureIdentity',
              field: 'kind',
            },
          ],
        },
      });
    });

    it('400 for a custom object of another version', async () => {
      const other = { ...identity('version'), apiVersion: `${group}/v2` };
      expectFailure(await api.post(custom('azureidentities', namespace), other), {
        code: 400,
        reason: 'BadRequest',
        message: `the API version in the data (${group}/v2) does not match the expected API version (${group}/v1)`,
      });
    });

    it('400 for a built-in object of another kind', async () => {
      const answer = await api.post(core('pods', namespace), configMap('kind'));
      expect(answer.status).toBe(400);
      expect(answer.body.reason).toBe('BadRequest');
      expect(answer.body.message).toMatch(/^ConfigMap in version "v1" cannot be handled as a Pod: /);
    });

    it('400 for a custom object without a kind', async () => {
      expectFailure(await api.post(custom('azureidentities', namespace), { metadata: { name: 'bare' } }), {
        code: 400,
        reason: 'BadRequest',
        message: `the object provided is unrecognized (must be of type AzureIdentity): Object 'Kind' is missing in '{"metadata":{"name":"bare"}}' ({"metadata":{"name":"bare"}})`,
      });
    });

    it('400 for a body that is not JSON, or empty', async () => {
      for (const body of ['{"kind": ', ' ']) {
        for (const [path, kind] of [
          [custom('azureidentities', namespace), 'AzureIdentity'],
          [core('configmaps', namespace), 'ConfigMap'],
        ] as const) {
          const answer = await api.post(path, body);
          expect(answer.status).toBe(400);
          expect(answer.body).toMatchObject({
            kind: 'Status',
            status: 'Failure',
            reason: 'BadRequest',
            code: 400,
          });
          // What follows is a parser's own wording.
          expect(answer.body.message).toMatch(
            `the object provided is unrecognized (must be of type ${kind}): `,
          );
        }
      }
    });

    it('415 for a body in no format that it knows', async () => {
      for (const path of [custom('azureidentities', namespace), core('configmaps', namespace)]) {
        const answer = await api.post(path, 'a=b', { contentType: 'application/x-www-form-urlencoded' });
        expect(answer.status).toBe(415);
        expect(answer.body.reason).toBe('UnsupportedMediaType');
        // A server may know more formats than these.
        expect(answer.body.message).toMatch(
          /^the body of the request was in an unknown format - accepted media types include: application\/json, application\/yaml/,
        );
      }
    });

    it('405 for a method that a path does not have', async () => {
      for (const answer of [
        await api.put(core('configmaps', namespace), {}),
        await api.post(core('configmaps', namespace, 'any'), {}),
      ]) {
        expectFailure(answer, {
          code: 405,
          reason: 'MethodNotAllowed',
          message: 'the server does not allow this method on the requested resource',
          details: {},
        });
      }
    });

    it('422 for an object without a name', async () => {
      const causes = [
        {
          reason: 'FieldValueRequired',
          message: 'Required value: name or generateName is required',
          field: 'metadata.name',
        },
      ];
      expectFailure(
        await api.post(custom('azureidentities', namespace), { ...identity('x'), metadata: {} }),
        {
          code: 422,
          reason: 'Invalid',
          message: `AzureIdentity.${group} "" is invalid: metadata.name: Required value: name or generateName is required`,
          details: { group, kind: 'AzureIdentity', causes },
        },
      );
      expectFailure(await api.post(core('configmaps', namespace), {}), {
        code: 422,
        reason: 'Invalid',
        message: 'ConfigMap "" is invalid: metadata.name: Required value: name or generateName is required',
        details: { kind: 'ConfigMap', causes },
      });
    });

    it('422 for a name that is no DNS name', async () => {
      const rule =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
      expectFailure(await api.post(custom('azureidentities', namespace), identity('Not_A_Name')), {
        code: 422,
        reason: 'Invalid',
        message: `AzureIdentity.${group} "Not_A_Name" is invalid: metadata.name: Invalid value: "Not_A_Name": ${rule}`,
        details: {
          name: 'Not_A_Name',
          group,
          kind: 'AzureIdentity',
          causes: [
            {
              reason: 'FieldValueInvalid',
              message: `Invalid value: "Not_A_Name": ${rule}`,
              field: 'metadata.name',
            },
          ],
        },
      });
    });

    it('422 for a label value that is none', async () => {
      const answer = await api.post(
        core('configmaps', namespace),
        configMap('labelled', { labels: { app: 'a b' } }),
      );
      expect(answer.status).toBe(422);
      expect(answer.body.details.causes[0].field).toBe('metadata.labels');
    });

    it('422 for a pod without containers', async () => {
      const object = { ...pod('empty'), spec: { containers: [] } };
      expectFailure(await api.post(core('pods', namespace), object), {
        code: 422,
        reason: 'Invalid',
        message: 'Pod "empty" is invalid: spec.containers: Required value',
        details: {
          name: 'empty',
          kind: 'Pod',
          causes: [{ reason: 'FieldValueRequired', message: 'Required value', field: 'spec.containers' }],
        },
      });
    });
  });

  describe('a namespace that is being deleted', () => {
    it('is Terminating while something holds it, and takes nothing new', async () => {
      const ending = await api.namespace();
      const holder = configMap('holder');
      holder.metadata['finalizers'] = ['example.com/hold'];
      await api.created(core('configmaps', ending), holder);
      const deleted = await api.delete(core('namespaces', undefined, ending));
      expect(deleted.status).toBe(200);
      expect(deleted.body.status.phase).toBe('Terminating');
      expect(deleted.body.metadata.deletionTimestamp).toMatch(/Z$/);

      expectFailure(await api.post(custom('azureidentities', ending), identity('late')), {
        code: 403,
        reason: 'Forbidden',
        message: `azureidentities.${group} "late" is forbidden: unable to create new content in namespace ${ending} because it is being terminated`,
        details: {
          name: 'late',
          group,
          kind: 'azureidentities',
          causes: [
            {
              reason: 'NamespaceTerminating',
              message: `namespace ${ending} is being terminated`,
              field: 'metadata.namespace',
            },
          ],
        },
      });
      const released = { ...holder, metadata: { ...holder.metadata, finalizers: [] } };
      expect((await api.put(core('configmaps', ending, 'holder'), released)).status).toBe(200);
    });
  });
}
