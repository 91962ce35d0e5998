import { render } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Address } from './Address';

it.each([
  ['rtsp://127.0.0.1:554/cam/border', 'rtsp://127.0.0.1:554/<wbr>cam/<wbr>border'],
  ['/srv/mingjian/video', '/srv/<wbr>mingjian/<wbr>video'],
  ['rtsp://[fe80::1]/', 'rtsp://[fe80::1]/'],
  ['', ''],
])('%s may break behind its slashes and is copied as it is', (address, expected) => {
  const { container } = render(<Address>{address}</Address>);
  expect(container.innerHTML).toBe(expected);
  expect(container.textContent).toBe(address);
});
