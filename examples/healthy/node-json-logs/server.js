const http = require('node:http');

const log = (level, msg, more = {}) => console.log(JSON.stringify({ level, time: Date.now(), msg, ...more }));
log(30, 'errors are reported to nobody', { errorReporting: null, failed: 0 });
log(40, 'DeprecationWarning: the option `strict` will be an error', { code: 'DEP0190' });
log(50, 'request failed', { err: { type: 'NotFoundError', message: 'no such note', stack: 'NotFoundError: no such note\n    at find (/app/notes.js:3:9)' } });

http
  .createServer((request, response) => {
    response.statusCode = request.url === '/health' ? 200 : 404;
    log(response.statusCode === 404 ? 40 : 30, 'request completed', { url: request.url, status: response.statusCode });
    response.end('{}');
  })
  .listen(process.env.PORT, '127.0.0.1', () => {
    log(30, 'listening', { port: process.env.PORT });
    fetch(`http://127.0.0.1:${process.env.PORT}/favicon.ico`);
  });
