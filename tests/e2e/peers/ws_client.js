// SPDX-License-Identifier: MIT
// A client on npm `ws`: sends messages of each kind to an echo, closes with
// 4001, and prints what it saw as one line of JSON.
'use strict';
require('./loopback.js');
const fs = require('fs');
const crypto = require('crypto');
const WebSocket = require('ws');

const [url, ca] = process.argv.slice(2);
const socket = new WebSocket(url, {
	ca: ca ? fs.readFileSync(ca) : undefined,
});
const messages = [
	'hello from node', Buffer.from([0, 1, 2, 255]), '', Buffer.alloc(0),
	'grüße ✓', crypto.randomBytes(125), crypto.randomBytes(126),
	crypto.randomBytes(65535), crypto.randomBytes(65536),
	crypto.randomBytes(300000),
];
const report = { echoed: 0, wrong: 0, pongs: 0 };

socket.on('open', () => {
	messages.forEach((message) => socket.send(message));
	socket.ping('are you there');
});
socket.on('pong', (data) => {
	report.pongs += data.toString() === 'are you there' ? 1 : 0;
});
socket.on('message', (data, binary) => {
	const sent = messages[report.echoed];
	const same = Buffer.isBuffer(sent) === binary &&
		Buffer.from(sent).equals(data);
	report.echoed += 1;
	report.wrong += same ? 0 : 1;
	if (report.echoed === messages.length) {
		socket.close(4001, 'node is done');
	}
});
socket.on('unexpected-response', (request, response) => {
	report.status = response.statusCode;
	console.log(JSON.stringify(report));
	process.exit(0);
});
socket.on('error', (error) => { report.error = error.message; });
socket.on('close', (code, reason) => {
	report.code = code;
	report.reason = reason.toString();
	console.log(JSON.stringify(report));
});
