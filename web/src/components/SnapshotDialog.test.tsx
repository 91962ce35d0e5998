import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/react';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { stubBrowser } from '@/browserOfTests';
import { saveFile } from '@/lib/saveFile';
import { type Snapshot, takeSnapshot } from '@/lib/server';
import '@/lib/i18n';
import { SnapshotDialog, type SnapshotTarget } from './SnapshotDialog';

vi.mock('@/lib/server', () => ({ takeSnapshot: vi.fn() }));
vi.mock('@/lib/saveFile', async (original) => ({ ...(await original<object>()), saveFile: vi.fn() }));

const TAKEN: Snapshot = {
  name: 'gate.jpg',
  media_type: 'image/jpeg',
  width: 1920,
  height: 1080,
  size: 3,
  sha256: 'ab'.repeat(32),
  at: '2026-11-20T06:03:05.240000Z',
  clock_epoch: 0,
  image: btoa('abc'),
  sidecar_name: 'gate.jpg.json',
  sidecar: '{"format":"mingjian-snapshot/1"}',
};
const TARGET: SnapshotTarget = {
  viewId: 'v',
  channelId: 'c',
  name: 'gate',
  moment: { us: 5, epoch: 1 },
  reason: 'said before',
};

function shown(target: SnapshotTarget) {
  const queries = new QueryClient();
  render(
    <QueryClientProvider client={queries}>
      <SnapshotDialog target={target} onClose={() => {}} />
    </QueryClientProvider>,
  );
  const field = screen.getByTestId<HTMLTextAreaElement>('reason');
  const confirm = () => fireEvent.click(screen.getByText(/^(截图|Take snapshot)$/));
  return { field, confirm };
}

beforeEach(() => {
  stubBrowser();
  vi.mocked(takeSnapshot).mockReset().mockResolvedValue(TAKEN);
  vi.mocked(saveFile).mockReset();
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

it('asks for the frame that was seen, with what was said before as the reason', async () => {
  const { field, confirm } = shown(TARGET);
  expect(field.value).toBe('said before');
  confirm();
  await waitFor(() => expect(takeSnapshot).toHaveBeenCalledWith('v', 'c', { us: 5, epoch: 1 }, 'said before'));
});

it('takes nothing without a reason', async () => {
  const { confirm } = shown({ ...TARGET, reason: null });
  confirm();
  await waitFor(() => expect(screen.getByText(/(至少|at least) 2/)).toBeTruthy());
  expect(takeSnapshot).not.toHaveBeenCalled();
});

it('saves the picture with its sidecar and shows the digest that is in the log', async () => {
  const { field, confirm } = shown({ ...TARGET, moment: null, reason: null });
  fireEvent.change(field, { target: { value: ' because ' } });
  confirm();
  await waitFor(() => expect(screen.getByTestId('snapshot-taken').textContent).toContain(TAKEN.sha256));
  expect(takeSnapshot).toHaveBeenCalledWith('v', 'c', null, 'because');
  const saved = vi.mocked(saveFile).mock.calls;
  expect(saved.map(([name]) => name)).toEqual(['gate.jpg', 'gate.jpg.json']);
  expect(await saved[0]?.[1].text()).toBe('abc');
  expect(await saved[1]?.[1].text()).toBe(TAKEN.sidecar);
});
