/** Copy to the clipboard. On plain HTTP there is no clipboard interface: the field is selected and copied the old way. */
export async function copyText(text: string, field: HTMLInputElement): Promise<boolean> {
  if (window.isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      // Refused by the browser's settings; the old way needs no permission.
    }
  }
  field.select();
  return document.execCommand('copy');
}
