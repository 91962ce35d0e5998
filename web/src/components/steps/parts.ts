import type { ComponentType } from 'react';
import type { StepCode } from '@/lib/server';
import { CamerasStep } from './CamerasStep';
import { CertificateStep } from './CertificateStep';
import { ClockStep } from './ClockStep';
import { NetworkStep } from './NetworkStep';
import { StorageStep } from './StorageStep';

/** The parts of the set-up that can be gone through again. */
export const PARTS: Record<StepCode, ComponentType<{ onDone: () => void }>> = {
  storage: StorageStep,
  clock: ClockStep,
  certificate: CertificateStep,
  network: NetworkStep,
  cameras: CamerasStep,
};
