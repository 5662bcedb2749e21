const { getSystemErrorName } = require('node:util');

function watch(path) {
  const errno = -28;
  const code = getSystemErrorName(errno);
  const text = `${code}: System limit for number of file watchers reached, watch '${path}'`;
  const error = Object.assign(new Error(text), { errno, syscall: 'watch', code, path, filename: path });
  throw error;
}

watch(__dirname);
