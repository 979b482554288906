/** The manifests of deploy/kubernetes, as they are written and as kubectl renders them, and what the API says of them. */

import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { validate as isCronJob } from 'kubernetes-models/_schemas/IoK8sApiBatchV1CronJob';
import { validate as isConfigMap } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ConfigMap';
import { validate as isNamespace } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Namespace';
import { validate as isVolumeClaim } from 'kubernetes-models/_schemas/IoK8sApiCoreV1PersistentVolumeClaim';
import { validate as isSecret } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Secret';
import { validate as isService } from 'kubernetes-models/_schemas/IoK8sApiCoreV1Service';
import { validate as isServiceAccount } from 'kubernetes-models/_schemas/IoK8sApiCoreV1ServiceAccount';
import { validate as isRole } from 'kubernetes-models/_schemas/IoK8sApiRbacV1Role';
import { validate as isRoleBinding } from 'kubernetes-models/_schemas/IoK8sApiRbacV1RoleBinding';
import { validate as isStatefulSet } from 'kubernetes-models/_schemas/IoK8sApiAppsV1StatefulSet';
import { validate as isDisruptionBudget } from 'kubernetes-models/_schemas/IoK8sApiPolicyV1PodDisruptionBudget';
import type { IPodDisruptionBudget } from 'kubernetes-models/policy/v1/PodDisruptionBudget';
import type { IRole } from 'kubernetes-models/rbac.authorization.k8s.io/v1/Role';
import type { IConfigMap } from 'kubernetes-models/v1/ConfigMap';
import type { ISecret } from 'kubernetes-models/v1/Secret';
import type { IService } from 'kubernetes-models/v1/Service';
import type { IStatefulSet } from 'kubernetes-models/apps/v1/StatefulSet';
import { parse, parseAllDocuments } from 'yaml';

/** What a manifest has of these, by its kind and name. */
export interface Manifests {
  readonly all: readonly Manifest[];
  readonly statefulSet: IStatefulSet;
  readonly service: (name: string) => IService;
  readonly disruptionBudget: IPodDisruptionBudget;
  readonly secret: (name: string) => ISecret;
  readonly role: IRole;
  readonly configMap: IConfigMap;
}

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

type Validate = ((value: unknown) => boolean) & { errors?: readonly unknown[] | null };

/** The schemas of the API, by kind. */
const schemas: Readonly<Record<string, Validate>> = {
  'v1 ConfigMap': isConfigMap,
  'v1 Namespace': isNamespace,
  'v1 PersistentVolumeClaim': isVolumeClaim,
  'batch/v1 CronJob': isCronJob,
  'v1 Secret': isSecret,
  'v1 Service': isService,
  'v1 ServiceAccount': isServiceAccount,
  'apps/v1 StatefulSet': isStatefulSet,
  'rbac.authorization.k8s.io/v1 Role': isRole,
  'rbac.authorization.k8s.io/v1 RoleBinding': isRoleBinding,
  'policy/v1 PodDisruptionBudget': isDisruptionBudget,
};

/** @returns what is wrong; empty if the API would take it */
export function mistakesIn(manifest: Manifest): string[] {
  const validate = schemas[`${manifest.apiVersion} ${manifest.kind}`];
  if (validate === undefined) return [`there is no schema for ${manifest.apiVersion} ${manifest.kind}`];
  const looked = new Looked();
  if (!validate(looked.at(manifest, ''))) return (validate.errors ?? []).map((error) => JSON.stringify(error));
  return looked.unseenIn(manifest).map((path) => `${path} is not in the schema`);
}

/**
 * The schemas let every name pass that they do not know. A field that is not looked at when its manifest is checked is one
 * that they do not know.
 */
class Looked {
  readonly #paths = new Set<string>();

  at<T extends object>(value: T, path: string): T {
    return new Proxy(value, {
      get: (target, name): unknown => {
        const field: unknown = Reflect.get(target, name);
        if (typeof name === 'symbol' || !Object.hasOwn(target, name)) return field;
        const its = `${path}/${name}`;
        this.#paths.add(its);
        return typeof field === 'object' && field !== null ? this.at(field, its) : field;
      },
    });
  }

  unseenIn(value: unknown, path = ''): string[] {
    if (typeof value !== 'object' || value === null) return [];
    return Object.entries(value).flatMap(([name, field]) => {
      const its = `${path}/${name}`;
      return this.#paths.has(its) ? this.unseenIn(field, its) : [its];
    });
  }
}

/** The files that a kustomization lists, as they are written. */
export function writtenIn(folder: string): Manifests {
  const { resources } = parse(readFileSync(join(folder, 'kustomization.yaml'), 'utf8')) as { readonly resources: readonly string[] };
  const files = resources.filter((name) => name.endsWith('.yaml'));
  return manifestsIn(files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n---\n'));
}

const renderers = [
  ['kubectl', 'kustomize'],
  ['kustomize', 'build'],
] as const;

/** @returns `undefined` where neither kubectl nor kustomize is installed @throws if the folder cannot be rendered */
export function renderedFrom(folder: string): Manifests | undefined {
  for (const [program, command] of renderers) {
    const { error, status, stdout, stderr } = spawnSync(program, [command, folder], { encoding: 'utf8' });
    if (error !== undefined) continue;
    if (status !== 0) throw new Error(`${program} ${command} ${folder}: ${stderr}`);
    return manifestsIn(stdout);
  }
  return undefined;
}

/** kubectl breaks long base64 into lines; the API takes that, and the format of the schema does not. */
function unfolded(manifest: Manifest & Partial<ISecret>): Manifest {
  if (manifest.kind !== 'Secret' || manifest.data === undefined) return manifest;
  const data = Object.entries(manifest.data).map(([name, text]) => [name, text.replaceAll('\n', '')]);
  return Object.assign(manifest, { data: Object.fromEntries(data) as Record<string, string> });
}

function manifestsIn(text: string): Manifests {
  // Kubernetes reads YAML 1.1, in which 0440 is octal and `on` is a boolean.
  const documents = parseAllDocuments(text, { version: '1.1' });
  const all = documents.map((document) => {
    const [error] = document.errors;
    if (error !== undefined) throw error;
    return unfolded(document.toJS() as Manifest & Partial<ISecret>);
  });
  const find = (kind: string, wanted?: string): Manifest => {
    const [found, ...others] = all.filter((each) => each.kind === kind && (wanted ?? each.metadata.name) === each.metadata.name);
    if (found === undefined || others.length > 0) throw new Error(`there is not exactly one ${kind} ${wanted ?? ''}`);
    return found;
  };
  // The test checks them against their schemas.
  return {
    all,
    get statefulSet() {
      return find('StatefulSet') as IStatefulSet;
    },
    get disruptionBudget() {
      return find('PodDisruptionBudget') as IPodDisruptionBudget;
    },
    get role() {
      return find('Role') as IRole;
    },
    get configMap() {
      return find('ConfigMap') as IConfigMap;
    },
    service: (name) => find('Service', name) as IService,
    secret: (name) => find('Secret', name) as ISecret,
  };
}
