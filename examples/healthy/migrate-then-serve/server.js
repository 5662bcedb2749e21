const http = require('node:http');

console.log('no such table: drafts (optional), drafts are off');
http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
