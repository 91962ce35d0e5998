import { createRoot } from 'react-dom/client';
import { Console } from '@/app/Console';
import '@/app/base.css';
import { STYLE_OF_TONES } from '@/lib/theme';
import { followOtherWindows } from '@/lib/tone';

const tones = document.createElement('style');
tones.textContent = STYLE_OF_TONES;
document.head.prepend(tones);
followOtherWindows();

const root = document.getElementById('root');
if (root) createRoot(root).render(<Console />);
