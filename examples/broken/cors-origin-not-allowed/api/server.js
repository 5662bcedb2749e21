const http = require('node:http');

const allowed = process.env.ALLOWED_ORIGINS.split(',');
http
  .createServer((request, response) => {
    const { origin } = request.headers;
    if (origin && !allowed.includes(origin)) {
      console.error(`Error: Origin ${origin} not allowed by CORS`);
      response.writeHead(403);
      return response.end();
    }
    response.end('{"status":"ok"}');
  })
  .listen(process.env.PORT, '127.0.0.1');
