/**
 * The admin API: what tests and people do to a running simulator from outside its process. JSON in, JSON out; errors
 * are `{"error": "…"}`.
 *
 * @module
 */
import { Hono } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { AdjustableClock } from '../adjustable-clock.js';
import type { FaultAction, FaultRule } from '../faults.js';
import type { Simulator } from '../simulator.js';
import type { Latencies } from '../simulator-options.js';
import { azureRoutes } from './azure-routes.js';
import { kubernetesRoutes } from './kubernetes-routes.js';
import { bad, defined, RequestBody } from './request-body.js';

const targets = ['kubernetes', 'arm', 'entra', 'imds'] as const;

/** The admin API of a simulator. */
export function createAdminApi(simulator: Simulator): Hono {
  const { faults, requests, kubernetes, latencies, clock } = simulator;
  const app = new Hono();
  app.onError((error, c) => {
    if (error instanceof HTTPException) return c.json({ error: error.message }, error.status);
    const callersFault = error instanceof TypeError || error instanceof SyntaxError;
    return c.json({ error: error.message }, callersFault ? 400 : 500);
  });
  app.notFound((c) => c.json({ error: 'there is no such path in the admin API' }, 404));

  app.get('/', (c) =>
    c.json({ urls: simulator.urls, tenantId: simulator.tenantId, subscriptionId: simulator.subscriptionId }),
  );
  app.route('/azure', azureRoutes(simulator));
  app.route('/kubernetes', kubernetesRoutes(kubernetes));

  app.get('/faults', (c) => c.json({ value: faults.list() }));
  app.post('/faults', async (c) =>
    c.json({ id: faults.add(faultRule(new RequestBody(await c.req.json()))) }, 201),
  );
  app.delete('/faults', (c) => {
    faults.clear();
    return c.body(null, 204);
  });
  app.delete('/faults/:id', (c) => {
    if (!faults.remove(c.req.param('id')))
      throw new HTTPException(404, { message: 'there is no such fault' });
    return c.body(null, 204);
  });

  app.get('/requests', (c) => {
    const asked = c.req.query('service');
    const service = targets.find((target) => target === asked);
    if (asked !== undefined && service === undefined)
      throw bad(`service must be one of ${targets.join(', ')}`);
    return c.json({ value: requests.list(service, c.req.query('instance')) });
  });
  app.delete('/requests', (c) => {
    requests.clear();
    return c.body(null, 204);
  });

  app.get('/latencies', (c) => c.json(latencies));
  app.patch('/latencies', async (c) => {
    const body = new RequestBody(await c.req.json());
    for (const name of Object.keys(latencies) as (keyof Latencies)[]) {
      const value = body.optionalNumber(name);
      if (value !== undefined) latencies[name] = value;
    }
    return c.json(latencies);
  });

  app.get('/clock', (c) => c.json({ now: new Date(clock.now()).toISOString() }));
  app.post('/clock', async (c) => {
    const body = new RequestBody(await c.req.json());
    if (!(clock instanceof AdjustableClock)) throw bad('this simulator runs on a clock of its caller');
    const [advance, jump] = [body.optionalNumber('advance'), body.optionalNumber('jump')];
    if (advance === undefined && jump === undefined) throw bad('name advance or jump, in milliseconds');
    if (advance !== undefined) clock.advance(advance);
    if (jump !== undefined) clock.jump(jump);
    return c.json({ now: new Date(clock.now()).toISOString() });
  });
  return app;
}

function faultRule(body: RequestBody): FaultRule {
  return {
    target: body.choice('target', targets),
    action: faultAction(body.object('action')),
    ...defined({
      method: body.optionalString('method'),
      path: body.optionalString('path'),
      times: body.optionalNumber('times'),
    }),
  };
}

function faultAction(body: RequestBody): FaultAction {
  const kind = body.choice('kind', ['latency', 'status', 'reset']);
  switch (kind) {
    case 'latency':
      return { kind, ms: body.optionalNumber('ms') ?? 0 };
    case 'reset':
      return { kind };
    case 'status':
      return {
        kind,
        status: body.optionalNumber('status') ?? 500,
        ...defined({
          body: body.any('body'),
          headers: body.optionalStringMap('headers'),
          retryAfterSeconds: body.optionalNumber('retryAfterSeconds'),
        }),
      };
  }
}
