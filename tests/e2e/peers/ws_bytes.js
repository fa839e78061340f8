// SPDX-License-Identifier: MIT
// A client on npm `ws` before a back-end of bytes: sends one binary message,
// collects as many bytes, closes, and prints what it saw as JSON.
'use strict';
require('./loopback.js');
const fs = require('fs');
const crypto = require('crypto');
const WebSocket = require('ws');

const [url, ca] = process.argv.slice(2);
const socket = new WebSocket(url, {
	ca: ca ? fs.readFileSync(ca) : undefined,
});
// Lines of text, since gnutls-serv's echo takes nothing else.
const sent = Buffer.from(`${crypto.randomBytes(100000).toString('hex')}\n`);
const got = [];
const report = { text: 0 };

socket.on('open', () => socket.send(sent));
socket.on('message', (data, binary) => {
	report.text += binary ? 0 : 1;
	got.push(data);
	const all = Buffer.concat(got);
	if (all.length >= sent.length) {
		report.same = all.equals(sent);
		socket.close(1000);
	}
});
socket.on('error', (error) => { report.error = error.message; });
socket.on('close', (code) => {
	report.code = code;
	console.log(JSON.stringify(report));
});
