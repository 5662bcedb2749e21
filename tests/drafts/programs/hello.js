const http = require("node:http");
const port = process.env.PORT || 3000;
http.createServer((request, response) => response.end("ok\n")).listen(port, "127.0.0.1", () => {
  console.log(`listening on ${port}`);
});
