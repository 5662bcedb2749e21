const http = require('node:http');

http
  .createServer(async (request, response) => {
    try {
      await fetch(process.env.AUTH_URL);
    } catch (error) {
      console.error('auth:', error);
      response.statusCode = 503;
    }
    response.end();
  })
  .listen(process.env.PORT, '127.0.0.1');
