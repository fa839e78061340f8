// SPDX-License-Identifier: MIT
// WebSocket clients of Node under one face. `open[library](url, job, face)`
// opens with job.protocols, job.deflate, job.ca and job.fields. The face is
// told opened({ protocol, extensions, send, ping, close }), message(data),
// pong(), refused(status, fields, body) and closed(code, reason); texts are
// strings, bytes are Buffers.
'use strict';
const bytes = (data) => typeof data === 'string' ? data : Buffer.from(data);

const open = {
	ws(url, job, face) {
		const WebSocket = require('ws');
		const socket = new WebSocket(url, job.protocols, {
			ca: job.ca, perMessageDeflate: job.deflate,
			headers: job.fields,
		});
		socket.on('open', () => face.opened({
			protocol: socket.protocol, extensions: socket.extensions,
			send: (data) => socket.send(data),
			ping: (data) => socket.ping(data),
			close: (code, reason) => socket.close(code, reason),
		}));
		socket.on('message', (data, binary) => face.message(
			binary ? data : data.toString()));
		socket.on('pong', () => face.pong());
		socket.on('unexpected-response', (request, response) => {
			const body = [];
			response.on('data', (part) => body.push(part));
			response.on('end', () => face.refused(response.statusCode,
				response.headers, Buffer.concat(body).toString()));
		});
		socket.on('error', (error) => face.failed(error.message));
		socket.on('close', (code, reason) => face.closed(
			code, reason.toString()));
	},

	websocket(url, job, face) {
		const { client: Client, connection } = require('websocket');
		const own = connection.CLOSE_DESCRIPTIONS; // for no reason at all
		const client = new Client({
			maxReceivedMessageSize: 1 << 26, tlsOptions: { ca: job.ca },
			maxReceivedFrameSize: 1 << 26,
		});
		client.on('connect', (socket) => {
			socket.on('message', (message) => face.message(
				message.type === 'utf8' ? message.utf8Data
					: message.binaryData));
			socket.on('pong', () => face.pong());
			socket.on('close', (code, reason) => face.closed(
				code, reason === own[code] ? '' : reason));
			face.opened({
				protocol: socket.protocol || '', extensions: '',
				send: (data) => typeof data === 'string'
					? socket.sendUTF(data) : socket.sendBytes(bytes(data)),
				ping: (data) => socket.ping(data),
				close: (code, reason) => socket.close(code, reason || ''),
			});
		});
		client.on('httpResponse', (response) => {
			const body = [];
			response.on('data', (part) => body.push(part));
			response.on('end', () => face.refused(response.statusCode,
				response.headers, Buffer.concat(body).toString()));
		});
		client.on('connectFailed', (error) => face.failed(
			error.message || String(error)));
		client.connect(url, job.protocols, null, job.fields);
	},

	faye(url, job, face) {
		const { Client } = require('faye-websocket');
		const deflate = require('permessage-deflate');
		const socket = new Client(url, job.protocols, {
			tls: { ca: job.ca }, headers: job.fields,
			extensions: job.deflate ? [deflate] : [],
		});
		socket.on('open', () => face.opened({
			protocol: socket.protocol || '',
			extensions: socket.headers['sec-websocket-extensions'] || '',
			send: (data) => socket.send(bytes(data)),
			ping: (data) => socket.ping(data, () => face.pong()),
			close: (code, reason) => socket.close(code, reason),
		}));
		socket.on('message', (event) => face.message(event.data));
		socket.on('error', (event) => face.failed(event.message));
		socket.on('close', (event) => face.closed(
			event.code, event.reason));
	},

	undici(url, job, face) {
		const { Agent, WebSocket } = require('undici');
		const socket = new WebSocket(url, {
			protocols: job.protocols || [], headers: job.fields,
			dispatcher: new Agent({ connect: { ca: job.ca } }),
		});
		socket.binaryType = 'arraybuffer';
		socket.onopen = () => face.opened({
			protocol: socket.protocol, extensions: socket.extensions,
			send: (data) => socket.send(data),
			close: (code, reason) => socket.close(code, reason),
		});
		socket.onmessage = (event) => face.message(
			typeof event.data === 'string' ? event.data
				: Buffer.from(event.data));
		socket.onerror = (event) => face.failed(
			event.message || 'an error');
		socket.onclose = (event) => face.closed(event.code, event.reason);
	},
};
module.exports = open;
