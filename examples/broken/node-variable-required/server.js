const http = require('node:http');
const { store } = require('./settings');

http.createServer((request, response) => response.end(store)).listen(process.env.PORT);
