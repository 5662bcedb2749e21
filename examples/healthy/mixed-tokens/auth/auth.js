const http = require('node:http');

console.error('JsonWebTokenError: invalid signature (a token of another environment), asking to sign in again');
http.createServer((request, response) => response.end('ok')).listen(process.env.PORT, '127.0.0.1');
