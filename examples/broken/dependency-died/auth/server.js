const http = require('node:http');

http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
setTimeout(() => {
  throw new Error('the keys have expired');
}, 1500);
