const http = require('node:http');

process.emitWarning('the old way to set a header', 'DeprecationWarning', 'SHOP001');
console.error('npm warn deprecated inflight@1.0.6: This module is not supported, and leaks memory.');
console.error('npm warn EBADENGINE Unsupported engine { package: \'shop@1.0.0\', required: { node: \'>=99\' } }');

async function warmUp() {
  try {
    await fetch('http://127.0.0.1:16028/cache');
  } catch (error) {
    console.error('the cache is cold:', error);
  }
  try {
    JSON.parse('{"broken": ');
  } catch (error) {
    console.error('settings.local.json is ignored,', error);
  }
  console.error(new AggregateError([new Error('one'), new TypeError('two')], 'two of 40 pages were not rendered ahead'));
}

warmUp().then(() => setTimeout(() => {
  const server = http.createServer((request, response) => {
    response.statusCode = request.url === '/health' ? 200 : 404;
    response.end();
    console.log(`GET ${request.url} ${response.statusCode} 1.204 ms - 18`);
  });
  server.listen(process.env.PORT, '127.0.0.1');
}, 1500));
