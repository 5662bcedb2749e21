const http = require("node:http");

const users = process.env.USERS_SERVICE_URL;
http
  .createServer((request, response) => {
    response.statusCode = request.url === "/health" ? 200 : 404;
    response.end(users);
  })
  .listen(process.env.GATEWAY_PORT ?? 7000, "127.0.0.1");
