// @vitest-environment jsdom
import { afterEach, describe, expect, it } from 'vitest';
import { takeApart } from './cameraAddress';
import { keepDraft, keptDraft } from './draft';

describe('an address with credentials', () => {
  it.each([
    ['rtsp://admin:secret@10.0.0.5:554/s1', 'rtsp://10.0.0.5:554/s1', 'admin', 'secret'],
    ['rtsp://admin:p@ss@10.0.0.5/s1', 'rtsp://10.0.0.5/s1', 'admin', 'p@ss'],
    ['rtsp://admin:a%3Ab@10.0.0.5/s1', 'rtsp://10.0.0.5/s1', 'admin', 'a:b'],
    ['rtsp://admin@10.0.0.5/s1', 'rtsp://10.0.0.5/s1', 'admin', null],
    ['  rtsp://10.0.0.5/s1 ', 'rtsp://10.0.0.5/s1', null, null],
    ['rtsp://10.0.0.5/a@b', 'rtsp://10.0.0.5/a@b', null, null],
    ['10.0.0.5', '10.0.0.5', null, null],
    ['rtsp://admin:100%@10.0.0.5/', 'rtsp://10.0.0.5/', 'admin', '100%'],
  ])('%s is taken apart', (typed, url, username, password) =>
    expect(takeApart(typed)).toEqual({ url, username, password }),
  );
});

describe('the draft', () => {
  afterEach(() => window.localStorage.clear());

  it.each([
    { url: 'rtsp://10.0.0.5/', password: 'hidden-word' },
    { url: 'rtsp://u:hidden-word@10.0.0.5/' },
    { url: 'rtsp://10.0.0.5/user=admin_password=hidden-word_channel=1' },
    { url: 'rtsp://10.0.0.5/?pwd=hidden-word' },
    { subUrl: 'rtsp://u:hidden-word@10.0.0.5/2' },
    { subUrl: 'rtsp://10.0.0.5/2?password=hidden-word' },
  ])('never holds a password: %j', (form) => {
    keepDraft({ ...form, name: 'East gate' });
    expect(JSON.stringify({ ...window.localStorage })).not.toContain('hidden-word');
    expect(keptDraft().name).toBe('East gate');
  });
});
