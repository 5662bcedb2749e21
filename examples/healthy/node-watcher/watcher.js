const { spawn } = require('node:child_process');
const fs = require('node:fs');

const versions = ['const broken = ;', "require('left-pad-edge');", null];
const server = `
const http = require('node:http');
http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
`;

function start(version = 0) {
  fs.writeFileSync('server.js', versions[version] ?? server);
  console.log(`[watcher] server.js changed, starting it (${version + 1})`);
  const child = spawn(process.execPath, ['server.js'], { stdio: 'inherit' });
  child.on('exit', (code) => {
    if (code) console.log('[watcher] app crashed - waiting for file changes before starting...');
    if (code && version + 1 < versions.length) start(version + 1);
  });
}
start();
