// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import type { OfferedStream, OnvifDevice } from '@/api';
import { chosenOf, identityOf, streamWords } from './chosen';

const stream = (more: Partial<OfferedStream> = {}): OfferedStream => ({
  url: 'rtsp://10.0.0.7/1',
  name: 'mainStream',
  codec: 'h265',
  width: 2560,
  height: 1440,
  fps: 25,
  kbps: 4096,
  sound: 'G711',
  ...more,
});

describe('what is taken over', () => {
  it('is the main stream with the small one and the credentials that opened it', () => {
    const picture = { source: 'V', main: stream(), sub: stream({ url: 'rtsp://10.0.0.7/2' }) };
    expect(chosenOf(picture, 'admin', 's3cret')).toEqual({
      url: 'rtsp://10.0.0.7/1',
      subUrl: 'rtsp://10.0.0.7/2',
      username: 'admin',
      password: 's3cret',
    });
    expect(chosenOf({ ...picture, sub: null }, '', '')?.subUrl).toBe('');
  });

  it('is nothing where nothing can be recorded', () => {
    expect(chosenOf({ source: 'V', main: null, sub: null }, '', '')).toBeNull();
  });
});

describe('by what a camera is known again', () => {
  const picture = { source: 'V', main: stream(), sub: null };
  const device: OnvifDevice = {
    address: 'http://10.0.0.7/onvif/device_service',
    name: 'gate',
    manufacturer: 'Hikvision',
    model: 'DS-2CD',
    firmware: '5.7',
    serial_number: 'SN1',
    clock_error_s: 0,
    has_ptz: false,
    has_events: true,
    pictures: [picture],
    notes: [],
  };

  it('is its number with its maker', () => {
    expect(identityOf(device)).toEqual({ maker: 'Hikvision', model: 'DS-2CD', serial: 'SN1' });
  });

  it('is nothing without a number, and for a recorder, whose pictures share it', () => {
    expect(identityOf({ ...device, serial_number: '' })).toBeNull();
    expect(identityOf({ ...device, pictures: [picture, picture] })).toBeNull();
  });
});

it('says of a stream what the device says', () => {
  expect(streamWords(stream())).toBe('H.265 · 2560×1440 · 25 fps · 4096 kbit/s');
  expect(streamWords(stream({ codec: 'h264', width: 0, height: 0, fps: 0, kbps: 0 }))).toBe('H.264');
});
