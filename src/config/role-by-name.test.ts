import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decisiveVariable, roleByName } from './role-by-name.ts';

test('the whole first label of a name decides the role and the port of a node', () => {
  const said = (name: string): unknown => {
    const role = roleByName([name]);
    return role === undefined ? undefined : [role.kind, role.name, role.port];
  };
  assert.deepEqual(said('master1.log_network'), ['master', 'master1', 5000]);
  assert.deepEqual(said('master'), ['master', 'master', 5000]);
  assert.deepEqual(said('secondary1.log_network'), ['secondary', 'secondary1', 5001]);
  assert.deepEqual(said('replica2.log_network'), ['secondary', 'replica2', 5002]);
  assert.deepEqual(said('follower-12.a.b'), ['secondary', 'follower-12', 5012]);
  assert.deepEqual(said('Secondary_3.log_network'), ['secondary', 'Secondary_3', 5003]);
  const silent = ['master2', 'secondary', 'secondary0', 'secondary01', 'secondary10000', 'my-secondary1', 'project-secondary1-1'];
  for (const name of [...silent, 'secondary1-1', 'secondary--1', 'log_network.master1', '6f1ed002ab55', 'localhost', '']) {
    assert.equal(said(name), undefined, name);
  }
});

test('the first name that stands for a role counts, unless it contradicts a role that is already decided', () => {
  assert.equal(roleByName(['6f1ed002ab55', 'replica2.a', 'replica3.b'])?.name, 'replica2');
  assert.equal(roleByName(['secondary1.a'], 'master'), undefined);
  assert.equal(roleByName(['secondary1.a'], 'secondary')?.port, 5001);
  assert.equal(roleByName([]), undefined);
});

test('a name does not count if a variable decides the role', () => {
  for (const variable of ['MASTER_URL', 'NODES', 'MASTER_PORT', 'SECONDARY_PORT', 'SERVER_ID']) {
    assert.equal(decisiveVariable({ [variable]: 'x' }), variable);
  }
  assert.equal(decisiveVariable({ HOST: '0.0.0.0', DATA_DIR: '/data', SERVER_ID: '', MASTER_URL: undefined }), undefined);
});
