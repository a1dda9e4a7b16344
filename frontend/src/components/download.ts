/** Hands a blob to the browser as a file. */
export function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // By then the browser has taken its copy.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** A title as a file name: letters and digits of any language, the rest dashes. */
export function fileName(title: string, extension: string): string {
  const stem = title.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '-').replace(/^-|-$/g, '');
  return `${stem || 'panel'}.${extension}`;
}
