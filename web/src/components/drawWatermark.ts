import { FIXED } from '@/lib/theme';

/** Text all over an area, slanted, light with a dark edge so that it shows on both. Also for pictures made in the page. */
export function drawWatermark(context: CanvasRenderingContext2D, width: number, height: number, text: string): void {
  const size = Math.max(11, Math.min(16, width / 28));
  context.save();
  context.font = `${size}px "Noto Sans SC","Noto Sans CJK SC","Microsoft YaHei",sans-serif`;
  context.fillStyle = FIXED.watermark;
  context.strokeStyle = FIXED.watermarkEdge;
  context.lineWidth = 2;
  context.rotate(-Math.PI / 9);
  const across = context.measureText(text).width + size * 4;
  const down = size * 6;
  const reach = Math.hypot(width, height);
  let row = 0;
  for (let y = -reach / 2; y < reach * 1.5; y += down) {
    row += 1;
    for (let x = -reach / 2 - (row % 2) * (across / 2); x < reach; x += across) {
      context.strokeText(text, x, y);
      context.fillText(text, x, y);
    }
  }
  context.restore();
}
