// Runs before the first paint, so that a light page never flashes dark.
(function () {
  let choice = 'dark';
  try {
    choice = localStorage.getItem('traum.theme') || 'dark';
  } catch {
    // Storage may be forbidden: the default stays.
  }
  const light = choice === 'light' || (choice === 'system' && matchMedia('(prefers-color-scheme: light)').matches);
  document.documentElement.dataset.theme = light ? 'light' : 'dark';
})();
