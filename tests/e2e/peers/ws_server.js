// SPDX-License-Identifier: MIT
// An echo server on npm `ws`: PORT [CERTIFICATE KEY]. Prints "listening", and
// for each connection that has closed one line of JSON.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');
const WebSocket = require('ws');

const [port, certificate, key] = process.argv.slice(2);
const server = certificate
	? https.createServer({
		cert: fs.readFileSync(certificate), key: fs.readFileSync(key),
	})
	: http.createServer();
const sockets = new WebSocket.Server({ server });

sockets.on('connection', (socket, request) => {
	const report = {
		path: request.url, host: request.headers.host, messages: 0,
	};
	socket.on('message', (data, binary) => {
		report.messages += 1;
		socket.send(data, { binary });
	});
	socket.on('close', (code, reason) => {
		report.code = code;
		report.reason = reason.toString();
		console.log(JSON.stringify(report));
	});
});
server.listen(Number(port), '127.0.0.1', () => console.log('listening'));
