const http = require('node:http');
const store = require('./db/store');

http.createServer((request, response) => response.end(store.all())).listen(process.env.PORT);
