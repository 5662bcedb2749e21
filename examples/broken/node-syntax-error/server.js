const http = require('node:http');

const server = http.createServer((request, response) => {
  response.end('ok');
};

server.listen(process.env.PORT, '127.0.0.1');
