const http = require('node:http');

const server = http.createServer(async (request, response) => {
  if (request.url !== '/health') {
    try {
      await fetch(process.env.AUTH_SERVICE_URL + request.url);
    } catch (error) {
      console.error('[proxy]', request.url, error);
      response.statusCode = 502;
    }
  }
  response.end();
});
server.listen(process.env.PORT, '127.0.0.1');
// What a user does.
setTimeout(() => fetch(`http://127.0.0.1:${process.env.PORT}/login`), 700);
