/**
 * The rules of Leases.
 *
 * @module
 */
import { type FieldError, invalidValue } from '../field-error.js';
import { type JsonObject, objectAt } from '../json.js';
import { microTimeProblem } from './kubernetes-time.js';
import { type Strategy } from './resource-definition.js';

const types: Readonly<Record<string, readonly [type: 'string' | 'number', goType: string]>> = {
  holderIdentity: ['string', 'string'],
  leaseDurationSeconds: ['number', 'int32'],
  leaseTransitions: ['number', 'int32'],
};

/** A Lease lasts for some time, and counts its transitions upwards. */
export const leaseStrategy: Strategy = {
  prepareCreate(lease) {
    lease['spec'] ??= {};
  },
  typeProblem(lease) {
    const spec = objectAt(lease, 'spec');
    return wrongType(spec) ?? microTimeProblem(spec['acquireTime']) ?? microTimeProblem(spec['renewTime']);
  },
  validate(lease) {
    const errors: FieldError[] = [];
    const { leaseDurationSeconds: duration, leaseTransitions: transitions } = objectAt(lease, 'spec');
    if (typeof duration === 'number' && duration <= 0) {
      errors.push(invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0'));
    }
    if (typeof transitions === 'number' && transitions < 0) {
      errors.push(invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0'));
    }
    return errors;
  },
};

function wrongType(spec: JsonObject): string | undefined {
  for (const [field, [type, goType]] of Object.entries(types)) {
    const value = spec[field];
    if (value === undefined || value === null || typeof value === type) continue;
    return `json: cannot unmarshal ${typeof value} into Go struct field LeaseSpec.spec.${field} of type ${goType}`;
  }
  return undefined;
}
