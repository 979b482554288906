import assert from 'node:assert/strict';
import { test } from 'node:test';
import { placeIn } from './data-place.ts';

const container = '612 540 0:57 / / rw,relatime master:201 - overlay overlay rw,lowerdir=/var/lib/docker/overlay2/l/A,upperdir=/b';
const machine = '26 1 254:1 / / rw,relatime shared:1 - ext4 /dev/vda1 rw';
const digits = 'c0ffee'.repeat(10) + 'beef';

test('a folder in a container is in a volume, in one that a new container does not get, or in the container itself', () => {
  const mountedFrom = (root: string, type = 'ext4'): string => `${container}\n634 612 254:1 ${root} /data rw - ${type} /dev/vda1 rw`;
  const of = (mounts: string): string => placeIn(mounts, '/data/n1');
  assert.equal(of(container), 'container');
  assert.equal(of(mountedFrom('/var/lib/docker/volumes/master1/_data')), 'volume');
  assert.equal(of(mountedFrom('/srv/log\\040of\\040ours')), 'volume');
  assert.equal(of(mountedFrom(`/var/lib/docker/volumes/${digits}/_data`)), 'anonymous-volume');
  const ofPod = '/var/lib/kubelet/pods/3f0c9c1e-6c0e-4f6b-9a0e-1d2c3b4a5968/volumes';
  assert.equal(of(mountedFrom(`${ofPod}/kubernetes.io~empty-dir/data`)), 'anonymous-volume');
  assert.equal(of(mountedFrom(`${ofPod}/kubernetes.io~csi/pvc-1/mount`)), 'volume');
  assert.equal(of(mountedFrom('/', 'tmpfs')), 'tmpfs');
});

test('outside of containers a folder is on a disk, or in a file system in memory', () => {
  assert.equal(placeIn(machine, '/var/lib/rlog/n1'), 'disk');
  assert.equal(placeIn(`${machine}\n30 26 254:2 / /var rw - xfs /dev/vdb rw`, '/var/lib/rlog/n1'), 'disk');
  assert.equal(placeIn(`${machine}\n31 26 0:5 / /tmp/my\\040log rw - tmpfs tmpfs rw`, '/tmp/my log/n1'), 'tmpfs');
  assert.equal(placeIn(`${machine}\n31 26 0:5 / /tmp rw - tmpfs tmpfs rw`, '/tmpfolder'), 'disk', 'a longer name is another folder');
  assert.equal(placeIn('', '/data'), 'disk');
});
