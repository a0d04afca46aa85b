/**
 * The admin API's routes for the simulated cluster: what its own API has no words for.
 *
 * @module
 */
import { Hono } from 'hono';
import { StatusError, type KubernetesApi, type KubernetesObject } from '../kubernetes/index.js';
import { bad, RequestBody } from './request-body.js';

/** Many objects at once, forgotten history, watches cut off. */
export function kubernetesRoutes(kubernetes: KubernetesApi): Hono {
  const app = new Hono();

  // One request, and no other in between: how a test gets thousands of pods within a moment.
  app.post('/objects', async (c) => {
    const body = new RequestBody(await c.req.json());
    const resource = body.string('resource');
    const objects = body.any('objects');
    if (!Array.isArray(objects)) throw bad('objects must be a list');
    for (const [index, object] of objects.entries()) {
      try {
        kubernetes.objects.create(resource, object as Partial<KubernetesObject>);
      } catch (error) {
        if (!(error instanceof StatusError)) throw error;
        throw bad(`objects[${index}]: ${error.message}; the ${index} before it were created`);
      }
    }
    return c.json({ created: objects.length }, 201);
  });

  app.post('/compact', (c) => {
    kubernetes.compact();
    return c.body(null, 204);
  });

  app.post('/drop-watches', (c) => {
    const resource = c.req.query('resource');
    const matches = resource === undefined ? undefined : (name: string) => name === resource;
    return c.json({ dropped: kubernetes.dropWatches(matches, c.req.query('expire') === 'true') });
  });
  return app;
}
