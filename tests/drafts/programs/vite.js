// Stands for Vite: a page on the port that it is told.
const http = require("node:http");

const at = process.argv.lastIndexOf("--port");
const port = at < 0 ? 5173 : Number(process.argv[at + 1]);
const page = `<p>${process.env.VITE_API_URL}</p>`;
http.createServer((request, response) => response.end(page)).listen(port, "127.0.0.1");
