// Runs before the first paint, so that neither theme nor language flashes.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    const language = localStorage.getItem('language') ?? navigator.language;
    root.lang = language.startsWith('zh') ? 'zh' : 'en';
  } catch {
    // Storage may be forbidden; the defaults hold.
  }
})();
