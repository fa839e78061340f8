// SPDX-License-Identifier: MIT
// WebSocket servers of Node, each on a plain and a TLS port:
// CERTIFICATE KEY LIBRARY PLAIN TLS [LIBRARY PLAIN TLS ...]. They echo, do as
// "please ..." asks, and print a line of JSON for each end.
'use strict';
const fs = require('fs');
const http = require('http');
const https = require('https');

const [cert, key, ...places] = process.argv.slice(2);
const KNOWN = ['inner.two', 'inner.one'];
const choose = (offered) => KNOWN.find((one) => offered.includes(one));
const deflates = (extensions) => /permessage-deflate/.test(extensions);

// One connection: `peer` has send(data), ping(data) and close(code, reason).
function converse(peer, about) {
	return {
		message(data) {
			if (data === 'please ping') {
				peer.ping('and you');
			} else if (data === 'please tell') {
				peer.send(JSON.stringify(about));
			} else if (data === 'please close') {
				peer.close(4002, 'server is döne');
			} else {
				peer.send(data);
			}
		},
		pong: () => peer.send('pong came'),
		closed: (code, reason) => console.log(JSON.stringify(
			{ url: about.url, code, reason: reason.toString() })),
	};
}

const serve = {
	ws(server) {
		const { WebSocketServer } = require('ws');
		const sockets = new WebSocketServer({
			server, perMessageDeflate: true,
			handleProtocols: (offered) => choose([...offered]) || false,
		});
		sockets.on('connection', (socket, request) => {
			const face = converse(socket, {
				url: request.url, protocol: socket.protocol,
				deflate: deflates(socket.extensions),
				fields: request.headers,
			});
			socket.on('message', (data, binary) => face.message(
				binary ? data : data.toString()));
			socket.on('pong', face.pong);
			socket.on('close', face.closed);
		});
	},

	websocket(server) {
		const { server: Server, connection } = require('websocket');
		const own = connection.CLOSE_DESCRIPTIONS; // for no reason at all
		const sockets = new Server({
			httpServer: server, maxReceivedFrameSize: 1 << 26,
			maxReceivedMessageSize: 1 << 26,
		});
		sockets.on('request', (request) => {
			const protocol = choose(request.requestedProtocols);
			const socket = request.accept(protocol, request.origin);
			const face = converse({
				send: (data) => typeof data === 'string'
					? socket.sendUTF(data) : socket.sendBytes(data),
				ping: (data) => socket.ping(data),
				close: (code, reason) => socket.close(code, reason),
			}, {
				url: request.httpRequest.url, protocol: protocol || '',
				deflate: false, fields: request.httpRequest.headers,
			});
			socket.on('message', (message) => face.message(
				message.type === 'utf8' ? message.utf8Data
					: message.binaryData));
			socket.on('pong', face.pong);
			socket.on('close', (code, reason) => face.closed(
				code, reason === own[code] ? '' : reason));
		});
	},

	faye(server) {
		const WebSocket = require('faye-websocket');
		const deflate = require('permessage-deflate');
		server.on('upgrade', (request, stream, body) => {
			const offered = (request.headers['sec-websocket-protocol'] ||
				'').split(/\s*,\s*/);
			const protocol = choose(offered);
			const socket = new WebSocket(request, stream, body,
				protocol ? [protocol] : [], { extensions: [deflate] });
			const face = converse({
				send: (data) => socket.send(data),
				ping: (data) => socket.ping(data, () => face.pong()),
				close: (code, reason) => socket.close(code, reason),
			}, {
				url: request.url, protocol: protocol || '',
				deflate: deflates(
					request.headers['sec-websocket-extensions'] || ''),
				fields: request.headers,
			});
			socket.on('message', (event) => face.message(event.data));
			socket.on('close', (event) => face.closed(
				event.code, event.reason));
		});
	},
};

const listening = [];
const options = { cert: fs.readFileSync(cert), key: fs.readFileSync(key) };
for (let i = 0; i < places.length; i += 3) {
	const [library, plain, tls] = places.slice(i, i + 3);
	[[http.createServer(), plain], [https.createServer(options), tls]].forEach(
		([server, port]) => {
			serve[library](server);
			listening.push(new Promise((done) => server.listen(
				Number(port), '127.0.0.1', done)));
		});
}
Promise.all(listening).then(() => console.log('listening'));
