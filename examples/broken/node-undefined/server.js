const http = require('node:http');
const settings = require('./settings.json');

const port = settings.server.port;
http.createServer((request, response) => response.end('ok')).listen(port);
